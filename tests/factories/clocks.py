"""A clock that tests move by hand."""

from __future__ import annotations


class Clock:
    """Return seconds as ``time.time`` and ``time.monotonic`` do: ``now``, until it is set."""

    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now
