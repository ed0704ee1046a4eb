"""Rows to learn from: features with the labels of every task, or of one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from memeclip_core.encoders.features import Features, stack_features
from memeclip_core.heads.model import TaskHead, mask_features
from memeclip_core.tasks import Task, TaskKind

MISSING = -1
"""Stands for "not labelled" in a multiclass label array, and fills a multilabel row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledRows:
    """Features with the labels of every task.

    Attributes:
        features: N rows.
        labels: by task: (N,) int64 class ids, or (N, C) int64 of 0 and 1; ``MISSING`` where a
            row has no label for the task.
    """

    features: Features
    labels: dict[str, np.ndarray]

    def __len__(self) -> int:
        return len(self.features)

    def for_task(self, task: str) -> np.ndarray:
        """Return the places of the rows that are labelled for a task."""
        labels = self.labels[task]
        present = labels != MISSING
        return np.flatnonzero(present if present.ndim == 1 else present.all(axis=1))

    def take(self, rows: np.ndarray) -> LabelledRows:
        """Return the rows at these places, in this order."""
        return LabelledRows(
            features=self.features.take(rows),
            labels={task: labels[rows] for task, labels in self.labels.items()},
        )

    def join(self, other: LabelledRows) -> LabelledRows:
        """Return these rows and after them the others, with the labels that both know."""
        return LabelledRows(
            features=stack_features([self.features, other.features]),
            labels={
                task: np.concatenate([labels, other.labels[task]])
                for task, labels in self.labels.items()
                if task in other.labels
            },
        )


def take_examples(rows: LabelledRows, key: str, task: Task | TaskHead, reads: str) -> Examples:
    """Return the rows that are labelled for a task, without what the head must not read."""
    places = rows.for_task(key)
    return Examples(
        features=mask_features(rows.features.take(places), reads),
        kind=task.kind,
        labels=rows.labels[key][places],
        num_classes=len(task.labels),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """Features with one task's labels.

    Attributes:
        features: N rows.
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
