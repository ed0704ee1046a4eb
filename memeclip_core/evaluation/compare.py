"""Candidate against active: the same metric on the same rows."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from memeclip_core.evaluation.metrics import compute_metric, metric_names
from memeclip_core.evaluation.paired import Scored, compare_metric
from memeclip_core.records import TaskComparison
from memeclip_core.tasks import TaskKind


def compare_decisions(
    *,
    task: str,
    kind: TaskKind,
    rows: Literal["corrected", "replay"],
    labels: np.ndarray,
    active: np.ndarray,
    candidate: np.ndarray,
) -> TaskComparison:
    """Compare two models' decisions on one task.

    Args:
        task, kind: the task's.
        rows: which rows these are.
        labels, active, candidate: (N, C) of 0 and 1; N may be 0.
    """
    name = metric_names(kind)[0]
    # Decisions are probabilities of 0 and 1, which any threshold between gives back.
    threshold = 0.5 if kind == "multilabel" else None
    first, second = (
        Scored(probabilities=found.astype(np.float64), threshold=threshold)
        for found in (active, candidate)
    )
    p = compare_metric(name, labels, first, second, kind=kind).p
    return TaskComparison(
        task=task,
        rows=rows,
        n=len(labels),
        active=compute_metric(name, labels, active),
        candidate=compute_metric(name, labels, candidate),
        flips=int((active != candidate).any(axis=1).sum()) if len(labels) else 0,
        p=None if math.isnan(p) else p,
    )
