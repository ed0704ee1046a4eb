"""Risk against coverage: how often a model is wrong if it answers only where it is surest.

See El-Yaniv and Wiener (JMLR 2010), and Geifman and El-Yaniv (NeurIPS 2017).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from memeclip_core.evaluation.metrics import Threshold
from memeclip_core.evaluation.rates import Rate, find_rate
from memeclip_core.tasks import TaskKind

STEPS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class CoveragePoint:
    """The surest rows, as a share of all, and how many of them are wrong."""

    coverage: float
    wrong: Rate


def measure_sureness(
    probabilities: np.ndarray, kind: TaskKind, threshold: Threshold | None = None
) -> np.ndarray:
    """Return how sure a model is of each row: (N,), higher is surer.

    Multiclass is as sure as the winning class is likely. Multilabel is as sure as of its least
    sure class: how far the probability lies from the threshold, of the way to 0 or to 1.
    """
    if kind == "multiclass":
        return np.asarray(probabilities.max(axis=1, initial=0.0))
    limit = 0.5 if threshold is None else threshold
    above, below = (probabilities - limit) / (1 - limit), (limit - probabilities) / limit
    return np.asarray(np.where(probabilities >= limit, above, below).min(axis=1, initial=1.0))


def compute_coverage(
    right: np.ndarray, sureness: np.ndarray, *, steps: int = STEPS
) -> tuple[CoveragePoint, ...]:
    """Return the share of wrong rows among the surest ones, for growing shares of all rows.

    Of rows that are equally sure any may come first, so each counts as their mean.

    Args:
        right: bool (N,), the rows that are right in every class.
        sureness: (N,).
        steps: how many shares.
    """
    n = len(right)
    if not n:
        return ()
    _, tie = np.unique(-sureness, return_inverse=True)  # the surest have the number 0
    means = np.bincount(tie, weights=~right.astype(bool)) / np.bincount(tie)
    total = np.cumsum(means[np.sort(tie)])
    counts = sorted({-(-n * step // steps) for step in range(1, steps + 1)})
    return tuple(
        CoveragePoint(coverage=k / n, wrong=find_rate(float(total[k - 1]), k)) for k in counts
    )
