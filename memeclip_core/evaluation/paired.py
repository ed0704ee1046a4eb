"""Is one model better than another? Both are judged on the same rows.

Models of several seeds are one question, answered by one test: rows and pairs of seeds are drawn
together. Several questions at once (classes, heads) are corrected by Holm's method.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from memeclip_core.evaluation.bootstrap import make_metric, resample, undefined_metric
from memeclip_core.evaluation.measure import report_names, weigh_scores
from memeclip_core.evaluation.metrics import NO_ROWS, Threshold, decide
from memeclip_core.records.model import Metric
from memeclip_core.tasks import TaskKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A model's probabilities (N, C), and its decision threshold if multilabel."""

    probabilities: np.ndarray
    threshold: Threshold | None = None


Models = Scored | Sequence[Scored]
"""One model, or one for each seed, in the same order on both sides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Second minus first on one metric; with several seeds, all are means over them.

    Attributes:
        first, second: the metric of each, with its interval.
        gain: second minus first; its interval comes from resampling the rows of both together,
            and the pairs of seeds.
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
        first_only, second_only: rows that only the first, only the second has right, over all
            seeds together. A multilabel row is right if every class is.
        p: two-sided; 1 where they never differ.
    """

    n: int
    first_only: int
    second_only: int
    p: float


def compare_scores(
    labels: np.ndarray,
    first: Models,
    second: Models,
    *,
    kind: TaskKind,
    names: Sequence[str] = (),
    groups: np.ndarray | None = None,
    seed: int = 0,
) -> tuple[Difference, ...]:
    """Compare two models on every reported metric by the paired bootstrap.

    Args:
        first, second: two models on these rows, in the same order, or one pair for each seed.

    Raises:
        ValueError: if the shapes or the numbers of seeds differ.
    """
    return tuple(
        compare_metric(
            name, labels, first, second, kind=kind, names=names, groups=groups, seed=seed
        )
        for name in report_names(kind)
    )


def compute_mcnemar(
    labels: np.ndarray,
    first: Models,
    second: Models,
    *,
    kind: TaskKind,
    groups: np.ndarray | None = None,
) -> McNemar:
    """Test whether two models differ in how many rows they have right (McNemar, 1947).

    If there were no difference, which of the two has a row right would be the toss of a coin. A
    group of near duplicates is one toss, and so is a row with its pairs of seeds.
    """
    pairs = _pair(labels, first, second)
    leads = np.zeros(len(labels), dtype=np.int64)
    first_only = second_only = 0
    for pair in pairs:
        right, other = (
            (labels == decide(s.probabilities, kind, s.threshold)).all(axis=1) for s in pair
        )
        first_only += int((right & ~other).sum())
        second_only += int((other & ~right).sum())
        leads += other.astype(np.int64) - right
    if groups is not None and len(groups):
        leads = np.bincount(np.unique(groups, return_inverse=True)[1], leads).astype(np.int64)
    return McNemar(n=len(labels), first_only=first_only, second_only=second_only, p=_toss_p(leads))


def compare_metric(
    name: str,
    labels: np.ndarray,
    first: Models,
    second: Models,
    *,
    kind: TaskKind,
    names: Sequence[str] = (),
    groups: np.ndarray | None = None,
    seed: int = 0,
) -> Difference:
    """Compare two models on one metric by the paired bootstrap; see ``compare_scores``."""
    pairs = _pair(labels, first, second)
    n = len(labels)
    if n == 0:
        none = undefined_metric(name, 0, NO_ROWS)
        return Difference(first=none, second=none, gain=none, p=math.nan)
    made = {
        f"{side} {place}": weigh_scores(
            name, labels, scored.probabilities, kind, scored.threshold, names=names
        )
        for place, pair in enumerate(pairs)
        for side, scored in zip("ab", pair, strict=True)
    }
    # One call, so that all see the same resamples.
    found = resample(
        {key: item.weigh for key, item in made.items()}, n if groups is None else groups, seed=seed
    )
    values = {s: [float(found[f"{s} {i}"].value) for i in range(len(pairs))] for s in "ab"}
    draws = {s: np.stack([found[f"{s} {i}"].draws for i in range(len(pairs))], 1) for s in "ab"}
    picks = np.random.default_rng(seed).integers(0, len(pairs), draws["a"].shape)
    means = {s: np.take_along_axis(own, picks, axis=1).mean(axis=1) for s, own in draws.items()}
    value = {s: float(np.mean(own)) for s, own in values.items()}
    facts = made["a 0"]
    metrics = {
        s: make_metric(name, value[s], means[s], n, reason=facts.reason, note=facts.note)
        for s in "ab"
    }
    gains = means["b"] - means["a"]
    gain = make_metric(
        name, value["b"] - value["a"], gains, n, reason=facts.reason, note=facts.note, least=-1.0
    )
    return Difference(first=metrics["a"], second=metrics["b"], gain=gain, p=bootstrap_p(gains))


def bootstrap_p(draws: np.ndarray) -> float:
    """Return the two-sided p-value of differences (R,) between resamples; NaN without any."""
    defined = draws[~np.isnan(draws)]
    if not len(defined):
        return math.nan
    # One is added to both counts: a p-value of 0 cannot come of finitely many resamples.
    below = (1 + (defined <= 0).sum()) / (1 + len(defined))
    above = (1 + (defined >= 0).sum()) / (1 + len(defined))
    return float(min(1.0, 2 * min(below, above)))


def correct_holm(p: Sequence[float]) -> tuple[float, ...]:
    """Return p-values corrected for how many there are (Holm, 1979); NaN stays and counts not.

    The smallest is multiplied by their number, the next by one less, and so on; none comes out
    smaller than one before it.
    """
    known = sorted((value, place) for place, value in enumerate(p) if not math.isnan(value))
    corrected, least = list(p), 0.0
    for rank, (value, place) in enumerate(known):
        least = max(least, min(1.0, value * (len(known) - rank)))
        corrected[place] = least
    return tuple(corrected)


def _pair(labels: np.ndarray, first: Models, second: Models) -> list[tuple[Scored, Scored]]:
    sides = [[side] if isinstance(side, Scored) else list(side) for side in (first, second)]
    if len(sides[0]) != len(sides[1]) or any(
        scored.probabilities.shape != labels.shape for side in sides for scored in side
    ):
        raise ValueError("labels and probabilities of different shapes cannot be compared")
    return list(zip(*sides, strict=True))


def _toss_p(leads: np.ndarray) -> float:
    """Return how likely the sum of leads (G,), each with the sign of a fair coin, lies as far out.

    The distribution of the sum is computed whole: with leads of 1 it is the binomial one.
    """
    sizes = np.abs(leads[leads != 0])
    odds = np.ones(1)
    for size in sizes:
        odds = (np.pad(odds, (2 * size, 0)) + np.pad(odds, (0, 2 * size))) / 2
    sums = np.abs(2 * np.arange(len(odds)) - len(odds) + 1) // 2
    return float(min(1.0, odds[sums >= abs(int(leads.sum()))].sum()))
