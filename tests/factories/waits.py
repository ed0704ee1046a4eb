"""Waiting for what another thread or process does."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE = 60.0
"""Seconds; what takes a moment takes many on a busy machine."""


def until(find: Callable[[], T], what: str = "it did not come", *, patience: float = PATIENCE) -> T:
    """Return what ``find`` returns as soon as that is true, or fail with ``what``."""
    end = time.monotonic() + patience
    while not (found := find()):
        assert time.monotonic() < end, what
        time.sleep(0.01)
    return found
