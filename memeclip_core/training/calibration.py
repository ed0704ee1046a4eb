"""Temperature calibration: how much softer probabilities must be to be believed."""

from __future__ import annotations

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
