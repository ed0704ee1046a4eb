"""Rows to learn from: features with one task's labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from memeclip_core.encoders.features import Features
from memeclip_core.tasks import TaskKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """Features with one task's labels.

    Attributes:
        features: N rows.
        kind: the task's.
        labels: (N,) int64 class ids if multiclass; (N, C) float32 of 0 and 1 if multilabel.
        num_classes: C.
        weights: (N,) float32, how much each row counts; ``None`` means 1 each.
    """

    features: Features
    kind: TaskKind
    labels: np.ndarray
    num_classes: int
    weights: np.ndarray | None = None

    def __post_init__(self) -> None:
        if len(self.labels) != len(self.features):
            raise ValueError(f"{len(self.features)} rows, but {len(self.labels)} labels")

    def __len__(self) -> int:
        return len(self.features)
