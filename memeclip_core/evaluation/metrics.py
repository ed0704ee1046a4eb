"""Metrics of decisions over complete arrays, each with n and a 95 % bootstrap interval.

Nothing here is averaged over batches. A number that is not defined is NaN, with the reason. One
rule holds for every mean over classes, here and in ``ranking``, in the rows as they are and in each
resample: a class without a row has no value and is left out, and the metric's note names it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from memeclip_core.evaluation.bootstrap import Statistic, make_metric, resample, undefined_metric
from memeclip_core.marks import mark
from memeclip_core.records.model import Metric
from memeclip_core.tasks import TaskKind

NO_ROWS = mark("there are no rows")
NO_LABELS = mark("no row has a label")
NO_DECISIONS = mark("no row has a label, and none was predicted")

Threshold = float | np.ndarray
"""One multilabel decision threshold, or one per row: (N, 1)."""

Score = Callable[[np.ndarray, np.ndarray], float]
"""(labels, decisions), both (N, C) of 0 and 1 → a number."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Counts:
    """What all metrics of decisions are made of, for R weightings of the same rows.

    Attributes:
        hits: (R, C), labelled and decided.
        labels, decisions: (R, C), labelled; decided.
        right: (R,), rows whose decisions equal the labels in every class.
        rows: (R,), rows.
    """

    hits: np.ndarray
    labels: np.ndarray
    decisions: np.ndarray
    right: np.ndarray
    rows: np.ndarray

    @property
    def f1(self) -> np.ndarray:
        """F1 of each class, (R, C); NaN of a class that no row has."""
        both = self.labels + self.decisions
        return np.where(self.labels > 0, 2 * self.hits / np.maximum(both, 1), np.nan)


def one_hot(ids: np.ndarray, num_classes: int) -> np.ndarray:
    """Return class ids (N,) as an int64 matrix (N, C) of 0 and 1."""
    matrix: np.ndarray = np.eye(num_classes, dtype=np.int64)[ids]
    return matrix


def decide(
    probabilities: np.ndarray, kind: TaskKind, threshold: Threshold | None = None
) -> np.ndarray:
    """Turn probabilities (N, C) into decisions (N, C) of 0 and 1.

    Multiclass takes the highest; multilabel everything at or above the threshold (0.5 if None).
    """
    if kind == "multiclass":
        return one_hot(probabilities.argmax(axis=-1), probabilities.shape[1])
    return (probabilities >= (0.5 if threshold is None else threshold)).astype(np.int64)


def count_decisions(labels: np.ndarray, decisions: np.ndarray) -> Callable[[np.ndarray], Counts]:
    """Return a function from weights (R, N) to counts; labels and decisions are (N, C)."""
    classes = labels.shape[1]
    right = (labels == decisions).all(axis=1, keepdims=True)
    facts = np.hstack([labels & decisions, labels, decisions, right]).astype(np.float32)

    def count(weights: np.ndarray) -> Counts:
        # Sums of whole numbers below 2^24: exact in float32.
        sums = (weights @ facts).astype(np.float64)
        hits, marked, decided = np.split(sums[:, :-1], 3, axis=1)
        return Counts(
            hits=hits.reshape(-1, classes),
            labels=marked.reshape(-1, classes),
            decisions=decided.reshape(-1, classes),
            right=sums[:, -1],
            rows=weights.sum(axis=1, dtype=np.float64),
        )

    return count


def _micro_f1(counts: Counts) -> np.ndarray:
    total = (counts.labels + counts.decisions).sum(axis=1)
    hits = counts.hits.sum(axis=1)
    return np.where(total > 0, 2 * hits / np.maximum(total, 1), np.nan)


def _weighted_f1(counts: Counts) -> np.ndarray:
    total = counts.labels.sum(axis=1)
    each = (np.nan_to_num(counts.f1) * counts.labels).sum(axis=1)
    return np.where(total > 0, each / np.maximum(total, 1), np.nan)


def mean_defined(values: np.ndarray) -> np.ndarray:
    """Return the mean over classes (R, C) of those that are defined; NaN where none is."""
    defined = ~np.isnan(values)
    count = defined.sum(axis=1)
    return np.where(count > 0, np.nansum(values, axis=1) / np.maximum(count, 1), np.nan)


def note_left_out(kept: np.ndarray, names: Sequence[str], why: str) -> str:
    """Say which classes a mean leaves out; "" if none.

    Args:
        kept: bool (C,).
        names: of the C classes, or empty.
        why: "no row has", put before the names.
    """
    if kept.all():
        return ""
    left = "; ".join(name for name, own in zip(names, kept, strict=False) if not own)
    return f"mean over {int(kept.sum())} of {len(kept)} classes; {why} {left or 'the others'}"


FORMULAS: dict[str, Callable[[Counts], np.ndarray]] = {
    "accuracy": lambda counts: counts.right / counts.rows,
    "macro-F1": lambda counts: mean_defined(counts.f1),
    "micro-F1": _micro_f1,
    "weighted-F1": _weighted_f1,
    "subset accuracy": lambda counts: counts.right / counts.rows,
}
"""Metric name → values (R,) of counts. Accuracy of several labels is of whole rows: subset."""


def weigh_decisions(
    name: str, labels: np.ndarray, decisions: np.ndarray, names: Sequence[str] = ()
) -> Statistic:
    """Return a metric of decisions as a function of weights; ``names`` are those of the classes."""
    count, formula = count_decisions(labels, decisions), FORMULAS[name]
    kept = labels.sum(axis=0) > 0
    return Statistic(
        weigh=lambda weights: formula(count(weights)),
        reason=NO_DECISIONS if name == "micro-F1" else NO_LABELS,
        note=note_left_out(kept, names, "no row has") if name == "macro-F1" else "",
    )


def _compute(name: str, labels: np.ndarray, decisions: np.ndarray) -> float:
    once = np.ones((1, len(labels)), np.float32)
    return float(weigh_decisions(name, labels, decisions).weigh(once)[0])


accuracy: Score = partial(_compute, "accuracy")
"""The share of rows whose decisions equal the labels in every class."""

micro_f1: Score = partial(_compute, "micro-F1")
"""F1 over all row-class pairs together; NaN where nothing is labelled or decided."""

macro_f1: Score = partial(_compute, "macro-F1")
"""The mean of F1 over the classes that a row has; NaN without any. scikit-learn's
``f1_score(..., average="macro")`` of the classes that are in the labels."""

weighted_f1: Score = partial(_compute, "weighted-F1")
"""The mean over classes of F1, each weighing as much as it has labels; NaN without any."""

STATISTICS: dict[str, Score] = {
    "accuracy": accuracy,
    "macro-F1": macro_f1,
    "micro-F1": micro_f1,
    "weighted-F1": weighted_f1,
}


def compute_metrics(
    metrics: Sequence[str],
    labels: np.ndarray,
    decisions: np.ndarray,
    *,
    names: Sequence[str] = (),
    groups: np.ndarray | None = None,
    seed: int = 0,
) -> tuple[Metric, ...]:
    """Compute metrics with their bootstrap intervals, on the same resamples.

    Args:
        metrics: keys of ``FORMULAS``.
    """
    made = {name: weigh_decisions(name, labels, decisions, names) for name in metrics}
    return make_metrics(made, len(labels), groups=groups, seed=seed)


def make_metrics(
    statistics: Mapping[str, Statistic],
    n: int,
    *,
    groups: int | np.ndarray | None,
    seed: int = 0,
) -> tuple[Metric, ...]:
    """Measure statistics of n rows on the same resamples; without rows they are undefined.

    Args:
        statistics: by the metric's name.
        n: how many rows were measured.
        groups: see ``draw_weights``; ``None`` draws the rows one by one.
    """
    if n == 0:
        return tuple(undefined_metric(name, 0, NO_ROWS) for name in statistics)
    found = resample(
        {name: item.weigh for name, item in statistics.items()},
        n if groups is None else groups,
        seed=seed,
    )
    return tuple(
        make_metric(name, float(own.value), own.draws, n, reason=item.reason, note=item.note)
        for (name, item), own in zip(statistics.items(), found.values(), strict=True)
    )


def metric_names(kind: TaskKind) -> tuple[str, ...]:
    """Return the metrics that are reported for a kind of task, the leading one first."""
    if kind == "multilabel":
        return ("micro-F1", "macro-F1", "accuracy")
    return ("accuracy", "macro-F1")
