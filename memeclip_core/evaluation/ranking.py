"""Metrics of scores rather than decisions: AUROC and mean average precision.

Both are written as functions of weights, so that a thousand resamples cost one sort.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from memeclip_core.evaluation.bootstrap import Statistic, Weighted
from memeclip_core.evaluation.metrics import NO_LABELS, mean_defined, note_left_out
from memeclip_core.marks import mark

_PerClass = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Weights (R, G) of a class's positives and of all its rows, by tie group → values (R,)."""


def weigh_auroc(
    labels: np.ndarray, probabilities: np.ndarray, names: Sequence[str] = ()
) -> Statistic:
    """Return the area under the ROC curve, one class against the rest, averaged over classes.

    A class that holds for all rows or for none is left out. With two exclusive classes both
    have the same area, so the mean is the usual number. Ties count half.
    """
    count = labels.sum(axis=0)
    kept = (count > 0) & (count < len(labels))
    usable = np.flatnonzero(kept)
    if labels.shape[1] == 2 and (labels.sum(axis=1) == 1).all():
        usable = usable[:1]
    return Statistic(
        weigh=_weigh(labels, probabilities, usable, _area),
        reason=mark("every class holds for all rows or for none"),
        note=note_left_out(kept, names, "no row or every row has"),
    )


def weigh_mean_average_precision(
    labels: np.ndarray, probabilities: np.ndarray, names: Sequence[str] = ()
) -> Statistic:
    """Return the mean over classes of average precision; classes without a row are left out.

    Average precision is the step-wise area under the precision-recall curve, as in
    scikit-learn's ``average_precision_score``.
    """
    kept = labels.sum(axis=0) > 0
    return Statistic(
        weigh=_weigh(labels, probabilities, np.flatnonzero(kept), _average_precision),
        reason=NO_LABELS,
        note=note_left_out(kept, names, "no row has"),
    )


RANKINGS: dict[str, Callable[[np.ndarray, np.ndarray, Sequence[str]], Statistic]] = {
    "AUROC": weigh_auroc,
    "mAP": weigh_mean_average_precision,
}
"""Metric name → a function of labels, probabilities and the classes' names."""


def weigh_ranking(
    name: str,
    labels: np.ndarray,
    probabilities: np.ndarray,
    names: Sequence[str] = (),
    folds: np.ndarray | None = None,
) -> Statistic:
    """Return a key of ``RANKINGS``: of all rows, or the mean over folds.

    Scores of different models are not on one scale, so that rows of different folds are never
    ranked against each other (Forman and Scholz, 2010).

    Args:
        name, labels, probabilities, names: see ``RANKINGS``.
    """
    rule = RANKINGS[name]
    if folds is None or not len(labels):
        return rule(labels, probabilities, names)
    places = [np.flatnonzero(folds == fold) for fold in np.unique(folds)]
    parts = [rule(labels[own], probabilities[own], names) for own in places]

    def weigh(weights: np.ndarray) -> np.ndarray:
        values = [
            part.weigh(np.ascontiguousarray(weights[:, own]))
            for part, own in zip(parts, places, strict=True)
        ]
        return mean_defined(np.stack(values, axis=1))

    note = f"mean over {len(parts)} folds"
    if any(part.note for part in parts):
        note += ", in each over the classes that can be ranked there"
    return Statistic(weigh=weigh, reason=parts[0].reason, note=note)


def rank_class(labels: np.ndarray, scores: np.ndarray) -> float:
    """Return the area under one class's ROC curve; NaN if no row or every row has the class.

    Args:
        labels, scores: (N,).
    """
    column = labels[:, None], scores[:, None]
    return float(_weigh(*column, np.arange(1), _area)(np.ones((1, len(labels)), np.float32))[0])


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
        return mean_defined(np.stack(values, axis=1))

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


def compute_recall(
    images: np.ndarray, texts: np.ndarray, owners: np.ndarray, *, k: int = 10
) -> float:
    """Return the share of texts whose picture is among the k nearest of all pictures.

    Args:
        images: (N, S) unit rows.
        texts: (M, S) unit rows.
        owners: (M,), the row in ``images`` that each text describes.
        k: how many pictures a text may name. Pictures as near as the right one count before it.

    Returns:
        In [0, 1]; NaN without texts.
    """
    if len(texts) == 0:
        return float("nan")
    near = texts @ images.T  # [m, n]
    own = near[np.arange(len(texts)), owners][:, None]
    ahead = (near >= own).sum(1) - 1
    return float((ahead < k).mean())
