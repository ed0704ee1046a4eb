"""The bootstrap: how far a number would wander if other rows had been drawn.

A statistic here is a function of weights. A resample is nothing but how often each row was
drawn, so a thousand of them are one matrix, and most metrics one matrix product.

Rows that are near duplicates of each other are one draw: they are right or wrong together. A
resample loses rows of rare classes, which pulls the percentile interval to one side, so an interval
is the percentile interval together with its mirror image at the value (the basic bootstrap
interval); a test simulates how often such intervals hold the truth.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from memeclip_core.records.model import Metric

RESAMPLES = 1000

Weighted = Callable[[np.ndarray], np.ndarray]
"""Weights (R, N) float32, one row per resample → values (R,), or (R, K) for K numbers at once."""


class Statistic(NamedTuple):
    """A number as a function of weights; why, where it is undefined; what it leaves out, or ""."""

    weigh: Weighted
    reason: str = ""
    note: str = ""


_CELLS = 200_000
"""Weights held at once: 0.8 MB, which stay in the processor's cache."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Resampled:
    """A statistic of the rows as they are, () or (K,), and of each resample, (R,) or (R, K)."""

    value: np.ndarray
    draws: np.ndarray


def draw_weights(
    groups: int | Sequence[int] | np.ndarray, *, seed: int = 0, resamples: int = RESAMPLES
) -> Iterator[np.ndarray]:
    """Yield how often each resample holds each of N rows: float32 (r, N).

    The parts together have ``resamples`` rows; the same seed gives the same ones.

    Args:
        groups: a group number a row; as many groups as there are, are drawn, each with all of its
            rows. A number N stands for N rows of which each is its own group.
        seed, resamples: which, and how many.
    """
    own = np.arange(groups) if isinstance(groups, int) else np.asarray(groups)
    _, member = np.unique(own, return_inverse=True)
    n = int(member.max()) + 1
    generator = np.random.default_rng(seed)
    step = max(1, _CELLS // len(member))
    for start in range(0, resamples, step):
        count = min(step, resamples - start)
        draws = generator.integers(0, n, size=(count, n))
        draws += n * np.arange(count)[:, None]
        counts = np.bincount(draws.ravel(), minlength=count * n)
        yield counts.reshape(count, n).astype(np.float32)[:, member]


def resample(
    statistics: Mapping[str, Weighted],
    groups: int | Sequence[int] | np.ndarray,
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> dict[str, Resampled]:
    """Compute statistics of the rows and of the same resamples of them; see ``draw_weights``."""
    parts: dict[str, list[np.ndarray]] = {name: [] for name in statistics}
    for weights in draw_weights(groups, seed=seed, resamples=resamples):
        for name, statistic in statistics.items():
            parts[name].append(statistic(weights))
    once = np.ones((1, groups if isinstance(groups, int) else len(groups)), np.float32)
    return {
        name: Resampled(value=statistic(once)[0], draws=np.concatenate(parts[name]))
        for name, statistic in statistics.items()
    }


def find_interval(
    draws: np.ndarray, value: float, *, least: float = 0.0, most: float = 1.0
) -> tuple[float, float]:
    """Return the 95 % interval of a value; see the head of this file.

    Args:
        draws: (R,) resampled values; undefined ones are left out.
        value: of the rows as they are.
        least, most: what the value can be.
    """
    defined = draws[~np.isnan(draws)]
    if not len(defined):
        return math.nan, math.nan
    low, high = (float(side) for side in np.quantile(defined, [0.025, 0.975]))
    return max(least, min(low, 2 * value - high)), min(most, max(high, 2 * value - low))


def make_metric(
    name: str,
    value: float,
    draws: np.ndarray,
    n: int,
    *,
    reason: str = "",
    note: str = "",
    least: float = 0.0,
) -> Metric:
    """Return a number with its n and interval; one that is NaN needs a reason."""
    if math.isnan(value):
        return undefined_metric(name, n, reason)
    low, high = find_interval(draws, value, least=least)
    return Metric(name=name, value=value, n=n, low=low, high=high, note=note)


def undefined_metric(name: str, n: int, reason: str) -> Metric:
    """Return a number that does not exist, and why."""
    return Metric(name=name, value=math.nan, n=n, low=math.nan, high=math.nan, reason=reason)
