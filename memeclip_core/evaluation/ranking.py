"""Metrics of scores rather than decisions: AUROC and mean average precision.

Both are written as functions of weights, so that a thousand resamples cost one sort.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from memeclip_core.evaluation.bootstrap import Weighted

_PerClass = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Weights (R, G) of a class's positives and of all its rows, by tie group → values (R,)."""


def weigh_auroc(labels: np.ndarray, probabilities: np.ndarray) -> tuple[Weighted, str]:
    """Return the area under the ROC curve, one class against the rest, averaged over classes.

    A class that holds for all rows or for none is left out. With two exclusive classes both
    have the same area, so the mean is the usual number. Ties count half.

    Args:
        labels: (N, C) of 0 and 1.
        probabilities: (N, C), from softmax or sigmoid.

    Returns:
        the metric as a function of weights, and why it is undefined or "".
    """
    usable = np.flatnonzero(labels.any(axis=0) & ~labels.all(axis=0))
    reason = "" if len(usable) else "every class holds for all rows or for none"
    if labels.shape[1] == 2 and (labels.sum(axis=1) == 1).all():
        usable = usable[:1]
    return _weigh(labels, probabilities, usable, _area), reason


def weigh_mean_average_precision(
    labels: np.ndarray, probabilities: np.ndarray
) -> tuple[Weighted, str]:
    """Return the mean over classes of average precision; classes without a positive are left out.

    Average precision is the step-wise area under the precision-recall curve, as in
    scikit-learn's ``average_precision_score``.

    Args:
        labels: (N, C) of 0 and 1.
        probabilities: (N, C).

    Returns:
        the metric as a function of weights, and why it is undefined or "".
    """
    usable = np.flatnonzero(labels.any(axis=0))
    reason = "" if len(usable) else "no row has a positive label"
    return _weigh(labels, probabilities, usable, _average_precision), reason


def _weigh(
    labels: np.ndarray, probabilities: np.ndarray, classes: np.ndarray, rule: _PerClass
) -> Weighted:
    """Sort each class once, highest first; rows with the same score form one group."""
    plans = []
    for place in classes:
        order = np.argsort(-probabilities[:, place], kind="stable")
        scores = probabilities[order, place]
        starts = np.flatnonzero(np.r_[True, scores[1:] != scores[:-1]])
        plans.append((order, labels[order, place].astype(np.float32), starts))

    def statistic(weights: np.ndarray) -> np.ndarray:
        if not plans:
            return np.full(len(weights), np.nan)
        values = []
        for order, positive, starts in plans:
            drawn = weights[:, order]
            hits = drawn * positive
            if len(starts) < drawn.shape[1]:
                hits = np.add.reduceat(hits, starts, axis=1)
                drawn = np.add.reduceat(drawn, starts, axis=1)
            values.append(rule(hits, drawn))
        return _mean_defined(np.array(values))

    return statistic


def _area(hits: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    misses = drawn - hits
    positives = hits.sum(axis=1, dtype=np.float64)
    negatives = misses.sum(axis=1, dtype=np.float64)
    # A miss loses to every hit that stands above it, and to half of those beside it.
    above = np.cumsum(hits, axis=1) - hits / 2
    won = np.einsum("rg,rg->r", misses, above, dtype=np.float64)
    return np.where(positives * negatives > 0, won / np.maximum(positives * negatives, 1), np.nan)


def _average_precision(hits: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    positives = hits.sum(axis=1, dtype=np.float64)
    precision = np.cumsum(hits, axis=1) / np.maximum(np.cumsum(drawn, axis=1), 1)
    area = np.einsum("rg,rg->r", hits, precision, dtype=np.float64)
    return np.where(positives > 0, area / np.maximum(positives, 1), np.nan)


def _mean_defined(values: np.ndarray) -> np.ndarray:
    """Return the mean over classes (K, R) of those that are defined; NaN where none is."""
    defined = ~np.isnan(values)
    count = defined.sum(axis=0)
    total = np.where(defined, values, 0.0).sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
