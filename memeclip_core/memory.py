"""A small memory of what was worked out last."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

_K = TypeVar("_K", bound=Hashable)
_V = TypeVar("_V")


class Memory(Generic[_K, _V]):
    """The most recently used values by key, up to a number; safe from several threads."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict[_K, _V] = OrderedDict()
        self._mutex = threading.Lock()

    def get(self, key: _K) -> _V | None:
        """Return the value and mark it as used, or ``None``."""
        with self._mutex:
            if key not in self._values:
                return None
            self._values.move_to_end(key)
            return self._values[key]

    def put(self, key: _K, value: _V) -> None:
        """Keep a value, forgetting the one that was not used for longest."""
        with self._mutex:
            self._values[key] = value
            self._values.move_to_end(key)
            while len(self._values) > self._size:
                self._values.popitem(last=False)

    def forget(self, key: _K) -> None:
        """Forget one value."""
        with self._mutex:
            self._values.pop(key, None)
