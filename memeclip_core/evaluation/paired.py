"""Is one model better than another? Both are judged on the same rows."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from memeclip_core.evaluation.bootstrap import make_metric, resample, undefined_metric
from memeclip_core.evaluation.measure import report_names, weigh_scores
from memeclip_core.evaluation.metrics import NO_ROWS, Threshold, decide
from memeclip_core.records import Metric
from memeclip_core.tasks import TaskKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A model's probabilities (N, C), and its decision threshold if multilabel."""

    probabilities: np.ndarray
    threshold: Threshold | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Second minus first on one metric.

    Attributes:
        first, second: the metric of each, with its interval.
        gain: second minus first; its interval comes from resampling the rows of both together.
        p: share of resamples that contradict the sign of the gain, doubled: a two-sided
            bootstrap p-value; NaN where the gain is undefined.
    """

    first: Metric
    second: Metric
    gain: Metric
    p: float


@dataclass(frozen=True, slots=True, kw_only=True)
class McNemar:
    """The exact test of whether two models are wrong on different numbers of rows.

    Attributes:
        n: rows.
        first_only, second_only: rows that only the first, only the second has right. A
            multilabel row is right if every class is.
        p: two-sided, from the binomial distribution; 1 where they never differ.
    """

    n: int
    first_only: int
    second_only: int
    p: float


def compare_scores(
    labels: np.ndarray, first: Scored, second: Scored, *, kind: TaskKind, seed: int = 0
) -> tuple[Difference, ...]:
    """Compare two models on every reported metric by the paired bootstrap.

    Args:
        labels: (N, C) of 0 and 1; N may be 0.
        first, second: two models on these rows, in the same order.
        kind: the task's.
        seed: draws the resamples.

    Raises:
        ValueError: if the shapes differ.
    """
    if not labels.shape == first.probabilities.shape == second.probabilities.shape:
        raise ValueError("labels and probabilities of different shapes cannot be compared")
    return tuple(
        compare_metric(name, labels, first, second, kind=kind, seed=seed)
        for name in report_names(kind)
    )


def compute_mcnemar(
    labels: np.ndarray, first: Scored, second: Scored, *, kind: TaskKind
) -> McNemar:
    """Test whether two models differ in how many rows they have right (McNemar, 1947)."""
    right, other = (
        (labels == decide(s.probabilities, kind, s.threshold)).all(axis=1) for s in (first, second)
    )
    first_only, second_only = int((right & ~other).sum()), int((other & ~right).sum())
    return McNemar(
        n=len(labels),
        first_only=first_only,
        second_only=second_only,
        p=_binomial_p(min(first_only, second_only), first_only + second_only),
    )


def compare_metric(
    name: str, labels: np.ndarray, first: Scored, second: Scored, *, kind: TaskKind, seed: int = 0
) -> Difference:
    """Compare two models on one metric by the paired bootstrap; see ``compare_scores``."""
    n = len(labels)
    if n == 0:
        none = undefined_metric(name, 0, NO_ROWS)
        return Difference(first=none, second=none, gain=none, p=math.nan)
    made = {
        key: weigh_scores(name, labels, scored.probabilities, kind, scored.threshold)
        for key, scored in (("first", first), ("second", second))
    }
    # One call, so that both see the same resamples.
    found = resample({key: weighted for key, (weighted, _) in made.items()}, n, seed=seed)
    metrics = {
        key: make_metric(name, float(found[key].value), found[key].draws, n, reason=reason)
        for key, (_, reason) in made.items()
    }
    draws = found["second"].draws - found["first"].draws
    gain = float(found["second"].value - found["first"].value)
    return Difference(
        first=metrics["first"],
        second=metrics["second"],
        gain=make_metric(name, gain, draws, n, reason=made["first"][1]),
        p=bootstrap_p(draws),
    )


def bootstrap_p(draws: np.ndarray) -> float:
    """Return the two-sided p-value of differences (R,) between resamples; NaN without any."""
    defined = draws[~np.isnan(draws)]
    if not len(defined):
        return math.nan
    # One is added to both counts: a p-value of 0 cannot come of finitely many resamples.
    below = (1 + (defined <= 0).sum()) / (1 + len(defined))
    above = (1 + (defined >= 0).sum()) / (1 + len(defined))
    return float(min(1.0, 2 * min(below, above)))


def _binomial_p(smaller: int, trials: int) -> float:
    """Return P(at most ``smaller`` or at least ``trials - smaller`` heads of a fair coin)."""
    if 2 * smaller >= trials:
        return 1.0
    ways = sum(math.comb(trials, k) for k in range(smaller + 1))
    return float(min(1.0, 2 * ways / 2**trials))
