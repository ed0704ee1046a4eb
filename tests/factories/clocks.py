"""A clock that tests move by hand."""

from __future__ import annotations

from memeclip_core.app.studio import Studio


class Clock:
    """Return seconds as ``time.time`` and ``time.monotonic`` do: ``now``, until it is set."""

    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def hold_waits(studio: Studio) -> None:
    """Let no wait after wrong passwords, a second at first, pass however slow the test is."""
    studio._people._attempts._clock = Clock()
