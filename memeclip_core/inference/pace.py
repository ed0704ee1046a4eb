"""How long the encoder takes in this process for one text and for one picture.

Invariants: any thread may note and ask; one mutex guards what was noted.
"""

from __future__ import annotations

import threading
from collections import deque
from statistics import median
from typing import Final, Literal

Tower = Literal["text", "image"]

REMEMBERED: Final = 9
"""Measurements per tower that the median is of: one slow moment changes nothing."""


class Pace:
    """The median of what one pass took lately, in seconds.

    The first measurement of a tower is left out: networks load when they are first used.
    """

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._seen: dict[Tower, deque[float]] = {}

    def note(self, tower: Tower, passes: int, seconds: float) -> None:
        """Take down what so many passes took together."""
        with self._mutex:
            if tower in self._seen:
                self._seen[tower].append(seconds / passes)
            else:
                self._seen[tower] = deque(maxlen=REMEMBERED)

    def seconds(self, tower: Tower) -> float | None:
        """Return what one pass takes, or ``None`` before it was measured."""
        with self._mutex:
            seen = self._seen.get(tower)
            return median(seen) if seen else None
