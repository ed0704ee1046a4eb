"""Where records are by the first eight bytes of their keys, in 16 bytes of memory for each.

Invariants: runs are sorted, the longest and oldest first, and a new list of them takes the place
of the old one, so that whoever looks something up meanwhile takes no lock.
"""

from __future__ import annotations

from typing import Final

import numpy as np

_Run = tuple[np.ndarray, np.ndarray]

_RATIO: Final = 8
"""A run is more than so many times as long as the next: there are few, and each number moves to a
longer one a few times in all."""


class Places:
    """Numbers from 0 by heads; one head may have several, of which the last one added counts."""

    def __init__(self) -> None:
        self._runs: list[_Run] = []

    def __len__(self) -> int:
        return sum(len(heads) for heads, _ in self._runs)

    def add(self, heads: np.ndarray, places: np.ndarray) -> None:
        """Add places, int64 (N,), by heads, uint64 (N,); one call at a time."""
        runs = [*self._runs, _sort(heads, places)]
        while len(runs) > 1 and len(runs[-2][0]) <= _RATIO * len(runs[-1][0]):
            older, newer = runs[-2:]
            runs[-2:] = [_sort(*(np.concatenate(both) for both in zip(older, newer, strict=True)))]
        self._runs = runs

    def find(self, heads: np.ndarray) -> np.ndarray:
        """Return the places of heads, int64 (N,); -1 where there is none."""
        found = np.full(len(heads), -1, np.int64)
        for known, places in self._runs:
            at = known.searchsorted(heads, side="right") - 1
            there = known[at] == heads  # what is below them all meets the highest one
            found[there] = places[at[there]]
        return found

    def drop(self, first: int, end: int) -> None:
        """Drop the places from ``first`` to below ``end``; see ``add``."""
        runs = []
        for heads, places in self._runs:
            left = (places < first) | (places >= end)
            if left.any():
                runs.append((heads[left], places[left]))
        self._runs = runs


def _sort(heads: np.ndarray, places: np.ndarray) -> _Run:
    """Return both in the order of the heads; of equal ones, those that come later stay behind."""
    order = heads.argsort(kind="stable")
    return heads[order], places[order]
