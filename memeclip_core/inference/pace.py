"""How long the encoder takes in this process for one text and for one picture of some size.

Invariants: any thread may note and ask; one mutex guards what was noted.
"""

from __future__ import annotations

import math
import threading
from collections import defaultdict, deque
from functools import partial
from statistics import median
from typing import Final, Literal

Tower = Literal["text", "image"]

REMEMBERED: Final = 9
"""Measurements per tower and size that the median is of: one slow moment changes nothing."""

STEPS: Final = 2
"""Sizes that are told apart from one power of two to the next."""


class Pace:
    """The median of what a call with a single text or picture took lately, in seconds.

    A long text takes many times what a short one takes, so what was measured of one size says
    nothing of another. A size is a text's characters, or a picture's pixels. The first measurement
    of a tower is left out: networks load when they are first used.
    """

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._loaded: set[Tower] = set()
        self._seen: dict[tuple[Tower, int], deque[float]] = defaultdict(
            partial(deque, maxlen=REMEMBERED)
        )

    def note(self, tower: Tower, sizes: list[int], seconds: float) -> None:
        """Take down what a call took; of one with several texts or pictures nothing is learnt."""
        with self._mutex:
            if tower in self._loaded and len(sizes) == 1:
                self._seen[tower, _step(sizes[0])].append(seconds)
            self._loaded.add(tower)

    def seconds(self, tower: Tower, size: int) -> float | None:
        """Return what one of about this size takes, or ``None`` before it was measured."""
        with self._mutex:
            seen = self._seen.get((tower, _step(size)))
            return median(seen) if seen else None


def _step(size: int) -> int:
    return round(STEPS * math.log2(max(1, size)))
