"""Small memories of what was worked out last; safe from several threads.

Invariants: one lock guards what each memory holds, and nothing else is called while it is held.
``ResultMemory`` holds another one for each question while its answer is computed: of several
callers at once, one computes and the others wait.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from cachetools import LRUCache

_K = TypeVar("_K", bound=Hashable)
_V = TypeVar("_V")

SLOW = 0.25
"""What took longer, in seconds, is not computed anew for every single decision."""
PATIENCE = 20.0
"""It is then kept for this many times as long as it took, and no longer than"""
LONGEST = 60.0
"""this many seconds."""


class Lazy(Generic[_V]):
    """A value that is made on the first call, by one thread; a failure is tried again."""

    def __init__(self, make: Callable[[], _V]) -> None:
        self._make = make
        self._mutex = threading.Lock()
        self._value: _V | None = None

    def get(self) -> _V:
        """Return the value, making it first if need be."""
        with self._mutex:
            if self._value is None:
                self._value = self._make()
            return self._value

    @property
    def ready(self) -> bool:
        """Whether the value is there already."""
        return self._value is not None


class Memory(LRUCache[_K, _V]):
    """The most recently used values by key, up to a number; safe from several threads."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self._mutex = threading.RLock()

    def get(self, key: _K) -> _V | None:  # type: ignore[override]
        """Return the value and mark it as used, or ``None``."""
        with self._mutex:
            return super().get(key)

    def put(self, key: _K, value: _V) -> None:
        """Keep a value, forgetting the one that was not used for longest."""
        with self._mutex:
            self[key] = value

    def forget(self, key: _K) -> None:
        """Forget one value."""
        with self._mutex:
            self.pop(key, None)


@dataclass(slots=True)
class _Kept(Generic[_V]):
    lock: threading.Lock = field(default_factory=threading.Lock)
    state: Hashable = None
    made: float = 0.0
    took: float = 0.0
    result: list[_V] = field(default_factory=list)


class ResultMemory:
    """Results by question, each with the state of the world that it was computed in.

    While many people label, the state changes every second. A result that takes long is then
    handed out a little longer; whatever it shows has to say as of when it is.

    Args:
        size: how many questions are remembered; that which was not asked for longest goes first.
        clock: seconds.
    """

    def __init__(self, size: int = 256, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: LRUCache[Hashable, _Kept[Any]] = LRUCache(size)

    def get(
        self,
        question: Hashable,
        state: Hashable,
        compute: Callable[[], _V],
        *,
        patient: bool = True,
    ) -> _V:
        """Return the answer to a question; compute it if the state is another one.

        Of several callers at once, one computes and the others wait for it.

        Args:
            question, state: what is asked, and of what.
            compute: finds the answer.
            patient: whether a slow answer may be a little old.
        """
        with self._lock:
            kept: _Kept[_V] = self._kept.setdefault(question, _Kept())
        with kept.lock:
            now = self._clock()
            fresh = kept.state == state
            age, slow = now - kept.made, kept.took > SLOW
            still = patient and slow and age < min(PATIENCE * kept.took, LONGEST)
            if not kept.result or not (fresh or still):
                result = compute()
                done = self._clock()
                kept.result, kept.state = [result], state
                kept.took, kept.made = done - now, done
            return kept.result[0]
