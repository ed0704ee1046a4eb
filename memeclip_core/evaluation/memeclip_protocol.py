"""Scores as MemeCLIP's published code takes them: averaged over batches of the test rows.

Only for a fair look at published figures. The mean of batch scores is not the score of the
rows: macro-F1 comes out lower the smaller the batch and the rarer the classes. And the published
figures are those of the best of ten epochs on the test rows themselves, which no protocol makes up
for.
"""

from __future__ import annotations

import numpy as np

from memeclip_core.evaluation.bootstrap import Statistic, Weighted
from memeclip_core.evaluation.metrics import Threshold, count_decisions, decide, make_metrics
from memeclip_core.evaluation.ranking import rank_class
from memeclip_core.records.model import Metric
from memeclip_core.tasks import TaskKind

BATCH_SIZE = 16
PROTOCOL = "memeclip-code"
NAMES = ("accuracy", "macro-F1", "AUROC")
CAVEAT = "MemeCLIP's published figures are of the best epoch on the test rows"


def measure_batched(
    labels: np.ndarray,
    probabilities: np.ndarray,
    *,
    logits: np.ndarray | None = None,
    kind: TaskKind,
    threshold: Threshold | None = None,
    batch_size: int = BATCH_SIZE,
    seed: int = 0,
) -> tuple[Metric, ...]:
    """Return accuracy, macro-F1 and AUROC as means over consecutive batches, weighted by size.

    A class that a batch has neither in labels nor in decisions is left out of that batch's
    macro-F1. Its AUROC ranks the sigmoid of each logit in single precision, where the largest are
    all 1, and counts 0 for a class that the batch has in no row or in every row. The intervals come
    from resampling batches.

    Args:
        labels, probabilities: (N, C), in the order of the dataset.
        logits: (N, C) of the head, before any calibration; ``None`` ranks the probabilities.
        batch_size: 16 in MemeCLIP's code.
    """
    n = len(labels)
    decisions = decide(probabilities, kind, threshold)
    ranked = probabilities if logits is None else _sigmoid(logits.astype(np.float32))
    right = (labels == decisions).all(axis=1)
    places = [slice(start, min(start + batch_size, n)) for start in range(0, n, batch_size)]
    values = np.array(
        [
            (
                float(right[rows].mean()),
                _present_macro_f1(labels[rows], decisions[rows]),
                _batch_auroc(labels[rows], ranked[rows]),
            )
            for rows in places
        ]
    ).reshape(-1, len(NAMES))
    sizes = np.array([rows.stop - rows.start for rows in places], dtype=np.float64)
    return make_metrics(
        {
            f"{name} (mean of batches of {batch_size})": Statistic(
                weigh=_weigh_mean(column, sizes),
                reason="no batch has a class in labels or decisions",
                note=CAVEAT,
            )
            for name, column in zip(NAMES, values.T, strict=True)
        },
        n,
        groups=len(places),
        seed=seed,
    )


def _present_macro_f1(labels: np.ndarray, decisions: np.ndarray) -> float:
    counts = count_decisions(labels, decisions)(np.ones((1, len(labels)), np.float32))
    both = (counts.labels + counts.decisions)[0]
    present = both > 0
    f1 = 2 * counts.hits[0, present] / both[present]
    return float(f1.mean()) if present.any() else float("nan")


def _batch_auroc(labels: np.ndarray, scores: np.ndarray) -> float:
    areas = [rank_class(labels[:, i], scores[:, i]) for i in range(labels.shape[1])]
    return float(np.nan_to_num(areas).mean())


def _sigmoid(logits: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):
        return np.asarray(1 / (1 + np.exp(-logits)))


def _weigh_mean(values: np.ndarray, sizes: np.ndarray) -> Weighted:
    """Return the mean of the defined values, each by its batch's size, as a function of weights."""
    defined = ~np.isnan(values) * sizes
    filled = np.nan_to_num(values) * sizes

    def statistic(weights: np.ndarray) -> np.ndarray:
        count = weights @ defined
        return np.where(count > 0, weights @ filled / np.maximum(count, 1), np.nan)

    return statistic
