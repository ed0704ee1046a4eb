"""Scores as MemeCLIP's published code takes them: averaged over batches of the test rows.

Only for a fair look at published figures. The mean of batch scores is not the score of the
rows: macro-F1 comes out lower the smaller the batch and the rarer the classes.
"""

from __future__ import annotations

import numpy as np

from memeclip_core.evaluation.bootstrap import (
    Weighted,
    make_metric,
    resample,
    undefined_metric,
)
from memeclip_core.evaluation.metrics import NO_ROWS, Threshold, count_decisions, decide
from memeclip_core.evaluation.ranking import weigh_auroc
from memeclip_core.records import Metric
from memeclip_core.tasks import TaskKind

BATCH_SIZE = 16
PROTOCOL = "memeclip-code"
NAMES = ("accuracy", "macro-F1", "AUROC")


def measure_batched(
    labels: np.ndarray,
    probabilities: np.ndarray,
    *,
    kind: TaskKind,
    threshold: Threshold | None = None,
    batch_size: int = BATCH_SIZE,
    seed: int = 0,
) -> tuple[Metric, ...]:
    """Return accuracy, macro-F1 and AUROC as means over consecutive batches.

    A class that a batch has neither in labels nor in decisions is left out of that batch's
    macro-F1, and one that it has in all rows or in none out of its AUROC; a batch without any
    AUROC is left out. The intervals come from resampling batches.

    Args:
        labels, probabilities: (N, C), in the order of the dataset.
        kind, threshold: the task's, and the model's.
        batch_size: 16 in MemeCLIP's code.
        seed: draws the resamples.
    """
    names = tuple(f"{name} (mean of batches of {batch_size})" for name in NAMES)
    n = len(labels)
    if n == 0:
        return tuple(undefined_metric(name, 0, NO_ROWS) for name in names)
    decisions = decide(probabilities, kind, threshold)
    right = (labels == decisions).all(axis=1)
    values = []
    for start in range(0, n, batch_size):
        rows = slice(start, start + batch_size)
        values.append(
            (
                float(right[rows].mean()),
                _present_macro_f1(labels[rows], decisions[rows]),
                _batch_auroc(labels[rows], probabilities[rows]),
            )
        )
    columns = np.array(values).T
    found = resample(
        {name: _weigh_mean(column) for name, column in zip(names, columns, strict=True)},
        len(values),
        seed=seed,
    )
    return tuple(
        make_metric(
            name,
            float(found[name].value),
            found[name].draws,
            n,
            reason="no batch has rows with and rows without a class",
        )
        for name in names
    )


def _present_macro_f1(labels: np.ndarray, decisions: np.ndarray) -> float:
    counts = count_decisions(labels, decisions)(np.ones((1, len(labels)), np.float32))
    present = (counts.labels + counts.decisions)[0] > 0
    return float(counts.f1[0, present].mean()) if present.any() else float("nan")


def _batch_auroc(labels: np.ndarray, probabilities: np.ndarray) -> float:
    statistic, _ = weigh_auroc(labels, probabilities)
    return float(statistic(np.ones((1, len(labels)), np.float32))[0])


def _weigh_mean(values: np.ndarray) -> Weighted:
    """Return the mean of the defined values as a function of weights."""
    defined = (~np.isnan(values)).astype(np.float64)
    filled = np.nan_to_num(values)

    def statistic(weights: np.ndarray) -> np.ndarray:
        count = weights @ defined
        return np.where(count > 0, weights @ filled / np.maximum(count, 1), np.nan)

    return statistic
