"""The bootstrap: how far a number would wander if other rows had been drawn.

A statistic here is a function of weights. A resample is nothing but how often each row was
drawn, so a thousand of them are one matrix, and most metrics one matrix product.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from memeclip_core.records import Metric

RESAMPLES = 1000

Weighted = Callable[[np.ndarray], np.ndarray]
"""Weights (R, N) float32, one row per resample → values (R,), or (R, K) for K numbers at once."""

_CELLS = 200_000
"""Weights held at once: 0.8 MB, which stay in the processor's cache."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Resampled:
    """A statistic of the rows as they are, () or (K,), and of each resample, (R,) or (R, K)."""

    value: np.ndarray
    draws: np.ndarray


def draw_weights(n: int, *, seed: int = 0, resamples: int = RESAMPLES) -> Iterator[np.ndarray]:
    """Yield how often each resample holds each of n rows: float32 (r, n), rows summing to n.

    The parts together have ``resamples`` rows; the same seed gives the same ones.
    """
    generator = np.random.default_rng(seed)
    step = max(1, _CELLS // n)
    for start in range(0, resamples, step):
        count = min(step, resamples - start)
        draws = generator.integers(0, n, size=(count, n))
        draws += n * np.arange(count)[:, None]
        counts = np.bincount(draws.ravel(), minlength=count * n)
        yield counts.reshape(count, n).astype(np.float32)


def resample(
    statistics: Mapping[str, Weighted], n: int, *, seed: int = 0, resamples: int = RESAMPLES
) -> dict[str, Resampled]:
    """Compute statistics of n > 0 rows and of the same resamples of them."""
    parts: dict[str, list[np.ndarray]] = {name: [] for name in statistics}
    for weights in draw_weights(n, seed=seed, resamples=resamples):
        for name, statistic in statistics.items():
            parts[name].append(statistic(weights))
    once = np.ones((1, n), np.float32)
    return {
        name: Resampled(value=statistic(once)[0], draws=np.concatenate(parts[name]))
        for name, statistic in statistics.items()
    }


def find_interval(draws: np.ndarray) -> tuple[float, float]:
    """Return the middle 95 % of resampled values (R,); undefined ones are left out."""
    defined = draws[~np.isnan(draws)]
    if not len(defined):
        return math.nan, math.nan
    low, high = np.quantile(defined, [0.025, 0.975])
    return float(low), float(high)


def make_metric(name: str, value: float, draws: np.ndarray, n: int, *, reason: str = "") -> Metric:
    """Return a number with its n and interval; one that is NaN needs a reason."""
    if math.isnan(value):
        return undefined_metric(name, n, reason)
    low, high = find_interval(draws)
    return Metric(name=name, value=value, n=n, low=low, high=high)


def undefined_metric(name: str, n: int, reason: str) -> Metric:
    """Return a number that does not exist, and why."""
    return Metric(name=name, value=math.nan, n=n, low=math.nan, high=math.nan, reason=reason)
