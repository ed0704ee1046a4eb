"""Candidate against active: the same metrics on the same rows, and where they part."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Literal

import numpy as np

from memeclip_core.evaluation.bootstrap import Resampled, Weighted, make_metric, resample
from memeclip_core.evaluation.metrics import count_decisions, metric_names
from memeclip_core.evaluation.paired import Scored, bootstrap_p, compare_metric, correct_holm
from memeclip_core.marks import mark
from memeclip_core.records.model import ClassChange, Flip, Metric, TaskComparison
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
    groups: np.ndarray | None = None,
) -> TaskComparison:
    """Compare two models' decisions on one task.

    Args:
        task, kind: the task's.
        rows: which rows these are.
        names: the task's C label names.
        memes: the ids of the N rows.
    """
    name = metric_names(kind)[0]
    # Decisions are probabilities of 0 and 1, which any threshold between gives back.
    threshold = 0.5 if kind == "multilabel" else None
    first, second = (
        Scored(probabilities=own.astype(np.float64), threshold=threshold)
        for own in (active, candidate)
    )
    found = compare_metric(name, labels, first, second, kind=kind, names=names, groups=groups)
    differing = np.flatnonzero((active != candidate).any(axis=1))
    return TaskComparison(
        task=task,
        rows=rows,
        n=len(labels),
        active=found.first,
        candidate=found.second,
        flips=len(differing),
        p=None if math.isnan(found.p) else found.p,
        classes=compare_classes(names, labels, active, candidate, groups=groups),
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


def correct_tasks(found: Sequence[TaskComparison]) -> tuple[TaskComparison, ...]:
    """Return comparisons of several tasks on the same rows, their p-values corrected (Holm)."""
    corrected = correct_holm([math.nan if item.p is None else item.p for item in found])
    return tuple(
        replace(item, p=None if math.isnan(p) else p)
        for item, p in zip(found, corrected, strict=True)
    )


def compare_classes(
    names: Sequence[str],
    labels: np.ndarray,
    active: np.ndarray,
    candidate: np.ndarray,
    *,
    groups: np.ndarray | None = None,
) -> tuple[ClassChange, ...]:
    """Compare every class's F1 on the same rows and the same resamples of them.

    The p-values are corrected for the number of classes (Holm).

    Args:
        labels, active, candidate: (N, C) of 0 and 1; without rows there is nothing to compare.
    """
    if not len(labels):
        return ()
    found = resample(
        {"active": _weigh_classes(labels, active), "candidate": _weigh_classes(labels, candidate)},
        len(labels) if groups is None else groups,
    )
    before, after = found["active"], found["candidate"]
    gains = (after.draws - before.draws).T
    corrected = correct_holm([bootstrap_p(own) for own in gains])

    def metric(side: Resampled, place: int) -> Metric:
        value, draws = float(side.value[place]), side.draws[:, place]
        return make_metric("F1", value, draws, len(labels), reason=mark("no row has this label"))

    return tuple(
        ClassChange(
            label=name,
            n=int(labels[:, place].sum()),
            active=metric(before, place),
            candidate=metric(after, place),
            p=None if math.isnan(p) else p,
        )
        for place, (name, p) in enumerate(zip(names, corrected, strict=True))
    )


def _weigh_classes(labels: np.ndarray, decisions: np.ndarray) -> Weighted:
    count = count_decisions(labels, decisions)
    return lambda weights: count(weights).f1


def _named(names: Sequence[str], row: np.ndarray) -> tuple[str, ...]:
    return tuple(name for name, on in zip(names, row, strict=True) if on)
