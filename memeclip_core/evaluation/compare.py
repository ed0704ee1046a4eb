"""Candidate against active: the same metrics on the same rows, and where they part."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, Literal

import numpy as np

from memeclip_core.evaluation.bootstrap import Weighted, make_metric, resample
from memeclip_core.evaluation.metrics import compute_metric, count_decisions, metric_names
from memeclip_core.evaluation.paired import Scored, bootstrap_p, compare_metric
from memeclip_core.records import ClassChange, Flip, TaskComparison
from memeclip_core.tasks import TaskKind

MAX_FLIPS: Final = 300
"""How many memes with another answer are named; all are counted."""


def compare_decisions(
    *,
    task: str,
    kind: TaskKind,
    rows: Literal["corrected", "replay"],
    names: Sequence[str],
    memes: Sequence[str],
    labels: np.ndarray,
    active: np.ndarray,
    candidate: np.ndarray,
) -> TaskComparison:
    """Compare two models' decisions on one task.

    Args:
        task, kind: the task's.
        rows: which rows these are.
        names: the task's C label names.
        memes: the ids of the N rows.
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
    differing = np.flatnonzero((active != candidate).any(axis=1))
    return TaskComparison(
        task=task,
        rows=rows,
        n=len(labels),
        active=compute_metric(name, labels, active),
        candidate=compute_metric(name, labels, candidate),
        flips=len(differing),
        p=None if math.isnan(p) else p,
        classes=compare_classes(names, labels, active, candidate),
        flipped=tuple(
            Flip(
                meme=memes[row],
                truth=_named(names, labels[row]),
                active=_named(names, active[row]),
                candidate=_named(names, candidate[row]),
            )
            for row in differing[:MAX_FLIPS]
        ),
    )


def compare_classes(
    names: Sequence[str], labels: np.ndarray, active: np.ndarray, candidate: np.ndarray
) -> tuple[ClassChange, ...]:
    """Compare every class's F1 on the same rows and the same resamples of them.

    A class that no row carries has no F1, in the rows as they are or in a resample.

    Args:
        names: C label names.
        labels, active, candidate: (N, C) of 0 and 1; without rows there is nothing to compare.
    """
    if not len(labels):
        return ()
    found = resample(
        {"active": _weigh_classes(labels, active), "candidate": _weigh_classes(labels, candidate)},
        len(labels),
    )
    before, after = found["active"], found["candidate"]
    changes = []
    for place, name in enumerate(names):
        n = int(labels[:, place].sum())
        p = bootstrap_p(after.draws[:, place] - before.draws[:, place])
        made = (
            make_metric(
                "F1",
                float(side.value[place]),
                side.draws[:, place],
                len(labels),
                reason="no row has this label",
            )
            for side in (before, after)
        )
        changes.append(
            ClassChange(
                label=name,
                n=n,
                active=next(made),
                candidate=next(made),
                p=None if math.isnan(p) or n == 0 else p,
            )
        )
    return tuple(changes)


def _weigh_classes(labels: np.ndarray, decisions: np.ndarray) -> Weighted:
    count = count_decisions(labels, decisions)

    def weigh(weights: np.ndarray) -> np.ndarray:
        counts = count(weights)
        return np.where(counts.labels > 0, counts.f1, np.nan)

    return weigh


def _named(names: Sequence[str], row: np.ndarray) -> tuple[str, ...]:
    return tuple(name for name, on in zip(names, row, strict=True) if on)
