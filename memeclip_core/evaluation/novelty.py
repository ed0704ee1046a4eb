"""Whether a meme is unlike what heads learnt from: its nearest training rows, far or near.

A head answers as surely far from everything it saw as in its midst (Nguyen et al., 2015). The mean
cosine to the nearest training rows tells (as in Sun et al., 2022, Out-of-Distribution Detection
with Deep Nearest Neighbors); validation rows say what is usual.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from memeclip_core.encoders.features import unit_rows

NEAREST: Final = 5
UNUSUAL: Final = 0.02
"""The share of validation rows that count as unlike the training rows."""

LEAST_ROWS: Final = 50
"""Validation rows below which nothing is said, since the share could not be told."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Surroundings:
    """Training rows at unit length, float32 (N, D), and the nearness of the least usual row."""

    rows: np.ndarray
    floor: float

    def is_far(self, features: np.ndarray) -> bool:
        """Say whether features (D,) lie farther from the training rows than is usual."""
        return float(measure_nearness(self.rows, features[None])[0]) < self.floor


def learn_surroundings(train: np.ndarray, val: np.ndarray) -> Surroundings | None:
    """Return what is usual of features (N, D) and (M, D); ``None`` where the rows are too few."""
    if len(train) < NEAREST or len(val) < LEAST_ROWS:
        return None
    rows = unit_rows(train)
    return Surroundings(rows=rows, floor=float(np.quantile(measure_nearness(rows, val), UNUSUAL)))


def measure_nearness(rows: np.ndarray, features: np.ndarray) -> np.ndarray:
    """Return the mean cosine of features (M, D) to their nearest of unit rows (N, D): (M,)."""
    cosines = unit_rows(features) @ rows.T
    nearest: np.ndarray = np.partition(cosines, -NEAREST, axis=1)[:, -NEAREST:].mean(axis=1)
    return nearest
