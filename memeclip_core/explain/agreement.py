"""How near picture and text lie in a shared space, beside the same of training memes."""

from __future__ import annotations

from typing import Final

import numpy as np

from memeclip_core.records.explanation import Distribution

BINS: Final = 20
QUANTILES: Final = (0.05, 0.25, 0.5, 0.75, 0.95)
LEAST: Final = 50
"""Training memes with picture and text below which no distribution is shown."""


def measure_agreement(images: np.ndarray, texts: np.ndarray) -> np.ndarray:
    """Return the cosines of unit rows (N, S) of pictures and of texts: (N,) in [-1, 1]."""
    cosines: np.ndarray = np.clip((images.astype(np.float64) * texts).sum(axis=1), -1.0, 1.0)
    return cosines


def describe_distribution(cosines: np.ndarray, source: str) -> Distribution:
    """Return histogram and quantiles of cosines (N,) of a model's training memes."""
    counts, edges = np.histogram(cosines, bins=BINS)
    return Distribution(
        edges=tuple(map(float, edges)),
        counts=tuple(map(int, counts)),
        quantiles=tuple(map(float, np.quantile(cosines, QUANTILES))),
        n=len(cosines),
        source=source,
    )
