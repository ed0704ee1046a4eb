"""Whether probabilities can be believed: the expected calibration error."""

from __future__ import annotations

import numpy as np

from memeclip_core.evaluation.bootstrap import Weighted
from memeclip_core.tasks import TaskKind

BINS = 15


def weigh_calibration_error(
    labels: np.ndarray, probabilities: np.ndarray, kind: TaskKind, *, bins: int = BINS
) -> Weighted:
    """Return the expected calibration error (Guo et al., ICML 2017), in [0, 1].

    Multiclass compares the probability of the winning class with how often it is right;
    multilabel compares every class's probability with how often that class holds.
    """
    if kind == "multiclass":
        winners = probabilities.argmax(axis=1)[:, None]
        confidence = np.take_along_axis(probabilities, winners, axis=1)
        right = np.take_along_axis(labels, winners, axis=1)
    else:
        confidence, right = probabilities, labels
    gaps = np.zeros((len(labels), bins))
    rows = np.arange(len(labels))[:, None]
    np.add.at(gaps, (rows, place_in_bins(confidence, bins)), confidence - right)

    def statistic(weights: np.ndarray) -> np.ndarray:
        total = weights.sum(axis=1, dtype=np.float64) * confidence.shape[1]
        return np.asarray(np.abs(weights @ gaps).sum(axis=1) / total)

    return statistic


def place_in_bins(confidence: np.ndarray, bins: int = BINS) -> np.ndarray:
    """Return the bin of each probability: bin b holds b / bins up to below (b + 1) / bins; 1 falls
    into the last one."""
    return np.minimum((confidence * bins).astype(np.int64), bins - 1)
