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
        kind: the task's.
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

_STEPS: Final = 50
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

    Newton's method with a very small ridge towards the line that changes nothing, which keeps
    separable rows finite.
    """
    design = np.stack([logits, np.ones_like(logits)], axis=1)
    start = np.array([1.0, 0.0])
    line = start
    for _ in range(_STEPS):
        believed = 1 / (1 + np.exp(-np.clip(design @ line, -50, 50)))
        slope = design.T @ (believed - truth) + _RIDGE * (line - start)
        curve = (design * (believed * (1 - believed))[:, None]).T @ design + _RIDGE * np.eye(2)
        step = np.linalg.solve(curve, slope)
        # Newton's step can overshoot where the curve is flat: hold it to a length.
        line = line - step * min(1.0, 2.0 / max(float(np.linalg.norm(step)), 1e-12))
        if np.abs(step).max() < 1e-9:
            break
    return float(line[0]), float(line[1])
