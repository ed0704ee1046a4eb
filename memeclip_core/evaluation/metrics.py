"""Metrics over complete arrays, each with n and a 95 % bootstrap interval.

Nothing here is averaged over batches. A number that is not defined is NaN, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from memeclip_core.records import Metric
from memeclip_core.tasks import TaskKind

RESAMPLES = 1000

Statistic = Callable[[np.ndarray, np.ndarray], float]


def one_hot(ids: np.ndarray, num_classes: int) -> np.ndarray:
    """Return class ids (N,) as an int64 matrix (N, C) of 0 and 1."""
    matrix: np.ndarray = np.eye(num_classes, dtype=np.int64)[ids]
    return matrix


def decide(probabilities: np.ndarray, kind: TaskKind, threshold: float | None = None) -> np.ndarray:
    """Turn probabilities (N, C) into decisions (N, C) of 0 and 1.

    Multiclass takes the highest; multilabel everything at or above the threshold (0.5 if None).
    """
    if kind == "multiclass":
        return one_hot(probabilities.argmax(axis=-1), probabilities.shape[1])
    return (probabilities >= (0.5 if threshold is None else threshold)).astype(np.int64)


def accuracy(labels: np.ndarray, decisions: np.ndarray) -> float:
    """Share of rows whose decisions equal the labels in every class; both (N, C)."""
    return float((labels == decisions).all(axis=1).mean())


def micro_f1(labels: np.ndarray, decisions: np.ndarray) -> float:
    """F1 over all row-class pairs together; 0 where nothing is labelled or decided."""
    hits = int((labels & decisions).sum())
    total = int(labels.sum() + decisions.sum())
    return 2 * hits / total if total else 0.0


def macro_f1(labels: np.ndarray, decisions: np.ndarray) -> float:
    """Mean over classes of F1; a class with neither labels nor decisions counts 0.

    The same convention as scikit-learn's ``f1_score(..., zero_division=0)``.
    """
    hits = (labels & decisions).sum(axis=0)
    totals = labels.sum(axis=0) + decisions.sum(axis=0)
    return float(np.mean(2 * hits / np.maximum(totals, 1)))


STATISTICS: dict[str, Statistic] = {
    "accuracy": accuracy,
    "macro-F1": macro_f1,
    "micro-F1": micro_f1,
}


def compute_metric(
    name: str, labels: np.ndarray, decisions: np.ndarray, *, seed: int = 0
) -> Metric:
    """Compute one metric with its bootstrap interval.

    Args:
        name: ``accuracy``, ``macro-F1`` or ``micro-F1``.
        labels, decisions: (N, C) of 0 and 1.
        seed: draws the resamples.
    """
    statistic, n = STATISTICS[name], len(labels)
    if n == 0:
        nan = float("nan")
        return Metric(name=name, value=nan, n=0, low=nan, high=nan, reason="there are no rows")
    generator = np.random.default_rng(seed)
    draws = generator.integers(0, n, size=(RESAMPLES, n))
    values = np.array([statistic(labels[rows], decisions[rows]) for rows in draws])
    low, high = np.quantile(values, [0.025, 0.975])
    return Metric(
        name=name, value=statistic(labels, decisions), n=n, low=float(low), high=float(high)
    )


def compute_metrics(
    names: Sequence[str], labels: np.ndarray, decisions: np.ndarray, *, seed: int = 0
) -> tuple[Metric, ...]:
    """Compute several metrics on the same rows; see ``compute_metric``."""
    return tuple(compute_metric(name, labels, decisions, seed=seed) for name in names)


def metric_names(kind: TaskKind) -> tuple[str, ...]:
    """Return the metrics that are reported for a kind of task, the leading one first."""
    if kind == "multilabel":
        return ("micro-F1", "macro-F1", "accuracy")
    return ("accuracy", "macro-F1")
