"""Metrics of decisions over complete arrays, each with n and a 95 % bootstrap interval.

Nothing here is averaged over batches. A number that is not defined is NaN, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from memeclip_core.evaluation.bootstrap import (
    Weighted,
    make_metric,
    resample,
    undefined_metric,
)
from memeclip_core.records import Metric
from memeclip_core.tasks import TaskKind

NO_ROWS = "there are no rows"

Threshold = float | np.ndarray
"""One multilabel decision threshold, or one per row: (N, 1)."""

Statistic = Callable[[np.ndarray, np.ndarray], float]


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
        """F1 of each class, (R, C); 0 with neither labels nor decisions."""
        both = self.labels + self.decisions
        return np.asarray(2 * self.hits / np.maximum(both, 1))


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


def _accuracy(counts: Counts) -> np.ndarray:
    return np.asarray(counts.right / counts.rows)


def _micro_f1(counts: Counts) -> np.ndarray:
    total = (counts.labels + counts.decisions).sum(axis=1)
    return np.asarray(2 * counts.hits.sum(axis=1) / np.maximum(total, 1))


def _macro_f1(counts: Counts) -> np.ndarray:
    return np.asarray(counts.f1.mean(axis=1))


def _weighted_f1(counts: Counts) -> np.ndarray:
    total = np.maximum(counts.labels.sum(axis=1), 1)
    return np.asarray((counts.f1 * counts.labels).sum(axis=1) / total)


FORMULAS: dict[str, Callable[[Counts], np.ndarray]] = {
    "accuracy": _accuracy,
    "macro-F1": _macro_f1,
    "micro-F1": _micro_f1,
    "weighted-F1": _weighted_f1,
    "subset accuracy": _accuracy,
}
"""Metric name → values (R,) of counts. Accuracy of several labels is of whole rows: subset."""


def weigh_decisions(name: str, labels: np.ndarray, decisions: np.ndarray) -> Weighted:
    """Return a metric of decisions as a function of weights."""
    count, formula = count_decisions(labels, decisions), FORMULAS[name]
    return lambda weights: formula(count(weights))


def _compute(name: str, labels: np.ndarray, decisions: np.ndarray) -> float:
    once = np.ones((1, len(labels)), np.float32)
    return float(weigh_decisions(name, labels, decisions)(once)[0])


def accuracy(labels: np.ndarray, decisions: np.ndarray) -> float:
    """Share of rows whose decisions equal the labels in every class; both (N, C)."""
    return _compute("accuracy", labels, decisions)


def micro_f1(labels: np.ndarray, decisions: np.ndarray) -> float:
    """F1 over all row-class pairs together; 0 where nothing is labelled or decided."""
    return _compute("micro-F1", labels, decisions)


def macro_f1(labels: np.ndarray, decisions: np.ndarray) -> float:
    """Mean over classes of F1; a class with neither labels nor decisions counts 0.

    The same convention as scikit-learn's ``f1_score(..., zero_division=0)``.
    """
    return _compute("macro-F1", labels, decisions)


def weighted_f1(labels: np.ndarray, decisions: np.ndarray) -> float:
    """Mean over classes of F1, each weighing as much as it has labels; 0 without any."""
    return _compute("weighted-F1", labels, decisions)


STATISTICS: dict[str, Statistic] = {
    "accuracy": accuracy,
    "macro-F1": macro_f1,
    "micro-F1": micro_f1,
    "weighted-F1": weighted_f1,
}


def compute_metric(
    name: str, labels: np.ndarray, decisions: np.ndarray, *, seed: int = 0
) -> Metric:
    """Compute one metric with its bootstrap interval.

    Args:
        name: a key of ``FORMULAS``.
        labels, decisions: (N, C) of 0 and 1.
        seed: draws the resamples.
    """
    return compute_metrics((name,), labels, decisions, seed=seed)[0]


def compute_metrics(
    names: Sequence[str], labels: np.ndarray, decisions: np.ndarray, *, seed: int = 0
) -> tuple[Metric, ...]:
    """Compute several metrics on the same rows and resamples; see ``compute_metric``."""
    n = len(labels)
    if n == 0:
        return tuple(undefined_metric(name, 0, NO_ROWS) for name in names)
    found = resample(
        {name: weigh_decisions(name, labels, decisions) for name in names}, n, seed=seed
    )
    return tuple(make_metric(k, float(v.value), v.draws, n) for k, v in found.items())


def metric_names(kind: TaskKind) -> tuple[str, ...]:
    """Return the metrics that are reported for a kind of task, the leading one first."""
    if kind == "multilabel":
        return ("micro-F1", "macro-F1", "accuracy")
    return ("accuracy", "macro-F1")
