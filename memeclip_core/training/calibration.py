"""Temperature calibration: how much softer probabilities must be to be believed; and a line per
class for multilabel logits (Platt scaling), where one temperature for all is too little.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import torch
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from memeclip_core.tasks import TaskKind

TEMPERATURES = np.geomspace(0.25, 16.0, 121)


def choose_temperature(labels: np.ndarray, logits: np.ndarray, kind: TaskKind) -> float:
    """Return the temperature with the smallest mean loss (Guo et al., ICML 2017).

    Args:
        labels: (N,) class ids if multiclass, (N, C) of 0 and 1 if multilabel.
        logits: (N, C), before softmax or sigmoid. No rows give 1.
    """
    if len(labels) == 0:
        return 1.0
    scores, truth = torch.from_numpy(logits).double(), torch.from_numpy(labels)

    def loss(temperature: float) -> float:
        if kind == "multilabel":
            return binary_cross_entropy_with_logits(scores / temperature, truth.double()).item()
        return cross_entropy(scores / temperature, truth).item()

    return float(min(TEMPERATURES, key=loss))


LEAST: Final = 5
"""A class with fewer positives, or negatives, takes the temperature of all classes together."""

_RIDGE: Final = 1e-3


def choose_lines(
    labels: np.ndarray, logits: np.ndarray, *, temperature: float
) -> tuple[tuple[float, float], ...]:
    """Return slope and offset of each class; probabilities are sigmoid(slope * logit + offset).

    Args:
        labels: (N, C) of 0 and 1.
        logits: (N, C), before the sigmoid.
        temperature: of a class with too few rows, or whose line would not rise.
    """
    return tuple(
        _choose(truth, column, 1 / temperature)
        for truth, column in zip(labels.T, logits.T, strict=True)
    )


def _choose(truth: np.ndarray, logits: np.ndarray, common: float) -> tuple[float, float]:
    positives = int(truth.sum())
    if min(positives, len(truth) - positives) < LEAST:
        return common, 0.0
    slope, offset = fit_line(truth, logits)
    return (slope, offset) if slope > 0 else (common, 0.0)


def fit_line(truth: np.ndarray, logits: np.ndarray) -> tuple[float, float]:
    """Return slope and offset of the logistic regression of truth (N,) on logits (N,).

    A very small ridge keeps separable rows finite.
    """
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1 / _RIDGE, solver="newton-cholesky", tol=1e-9)
    model.fit(logits[:, None].astype(np.float64), truth)
    return float(model.coef_[0, 0]), float(model.intercept_[0])
