"""Everything that is reported of one model on one task: whole, by class, and class by class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from memeclip_core.evaluation.bootstrap import Statistic, make_metric, resample, undefined_metric
from memeclip_core.evaluation.calibration import weigh_calibration_error
from memeclip_core.evaluation.metrics import (
    NO_ROWS,
    Threshold,
    count_decisions,
    decide,
    make_metrics,
    weigh_decisions,
)
from memeclip_core.evaluation.ranking import RANKINGS, weigh_ranking
from memeclip_core.records.model import Metric
from memeclip_core.tasks import TaskKind

RULES = 2
"""Counts up when a figure is defined otherwise than before, so that old and new never mix."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassReport:
    """One class: how many rows have it, and how well it is found."""

    label: str
    support: int
    precision: Metric
    recall: Metric
    f1: Metric


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskReport:
    """One model on one task.

    Attributes:
        n: rows.
        metrics: over all classes, the leading one first.
        classes: one per class, in the task's order.
        confusion: counts; multiclass: (C, C), a row per true class and a column per decision;
            multilabel: (C, 4), a row per class: true negatives, false positives, false
            negatives, true positives.
    """

    kind: TaskKind
    n: int
    metrics: tuple[Metric, ...]
    classes: tuple[ClassReport, ...]
    confusion: tuple[tuple[int, ...], ...]

    def metric(self, name: str) -> Metric:
        """Return a metric by its name; KeyError if it is not reported."""
        for metric in self.metrics:
            if metric.name == name:
                return metric
        raise KeyError(name)


def report_names(kind: TaskKind) -> tuple[str, ...]:
    """Return the names of the metrics in a report, the leading one first."""
    if kind == "multilabel":
        return ("micro-F1", "macro-F1", "weighted-F1", "subset accuracy", "AUROC", "mAP", "ECE")
    return ("accuracy", "macro-F1", "micro-F1", "weighted-F1", "AUROC", "ECE")


def weigh_scores(
    name: str,
    labels: np.ndarray,
    probabilities: np.ndarray,
    kind: TaskKind,
    threshold: Threshold | None = None,
    *,
    names: Sequence[str] = (),
    folds: np.ndarray | None = None,
) -> Statistic:
    """Return a reported metric as a function of weights.

    Args:
        name: one of ``report_names``.
    """
    if name in RANKINGS:
        return weigh_ranking(name, labels, probabilities, names, folds)
    if name == "ECE":
        return Statistic(weigh=weigh_calibration_error(labels, probabilities, kind))
    return weigh_decisions(name, labels, decide(probabilities, kind, threshold), names)


def measure_scores(
    labels: np.ndarray,
    probabilities: np.ndarray,
    *,
    kind: TaskKind,
    names: tuple[str, ...],
    threshold: Threshold | None = None,
    groups: np.ndarray | None = None,
    folds: np.ndarray | None = None,
    seed: int = 0,
) -> TaskReport:
    """Measure probabilities against labels, once, over all rows.

    Args:
        labels: (N, C) of 0 and 1; one per row if multiclass. N may be 0.
        threshold: the multilabel decision threshold; ``None`` is 0.5.
    """
    decisions = decide(probabilities, kind, threshold)
    made = {
        name: weigh_scores(name, labels, probabilities, kind, threshold, names=names, folds=folds)
        for name in report_names(kind)
    }
    return TaskReport(
        kind=kind,
        n=len(labels),
        metrics=make_metrics(made, len(labels), groups=groups, seed=seed),
        classes=_measure_classes(labels, decisions, names, groups, seed),
        confusion=compute_confusion(labels, decisions, kind),
    )


def compute_confusion(
    labels: np.ndarray, decisions: np.ndarray, kind: TaskKind
) -> tuple[tuple[int, ...], ...]:
    """Return the confusion matrix, or one line per class if multilabel; see ``TaskReport``."""
    if kind == "multiclass":
        matrix = labels.T @ decisions
    else:
        no, off = 1 - labels, 1 - decisions
        pairs = ((no, off), (no, decisions), (labels, off), (labels, decisions))
        matrix = np.stack([(a * b).sum(axis=0) for a, b in pairs], axis=1)
    return tuple(tuple(int(cell) for cell in row) for row in matrix)


def _measure_classes(
    labels: np.ndarray,
    decisions: np.ndarray,
    names: tuple[str, ...],
    groups: np.ndarray | None,
    seed: int,
) -> tuple[ClassReport, ...]:
    n = len(labels)
    if n == 0:
        none = undefined_metric("", 0, NO_ROWS)
        return tuple(
            ClassReport(label=name, support=0, precision=none, recall=none, f1=none)
            for name in names
        )
    count = count_decisions(labels, decisions)

    def ratios(weights: np.ndarray) -> np.ndarray:
        counts = count(weights)
        with np.errstate(invalid="ignore"):
            parts = (counts.hits / counts.decisions, counts.hits / counts.labels, counts.f1)
        return np.concatenate(parts, axis=1)

    found = resample({"": ratios}, n if groups is None else groups, seed=seed)[""]
    width = len(names)
    reasons = ("the class was never predicted", "no row has the class", "no row has the class")

    def metric(what: int, place: int) -> Metric:
        column = what * width + place
        return make_metric(
            ("precision", "recall", "F1")[what],
            float(found.value[column]),
            found.draws[:, column],
            n,
            reason=reasons[what],
        )

    return tuple(
        ClassReport(
            label=name,
            support=int(labels[:, place].sum()),
            precision=metric(0, place),
            recall=metric(1, place),
            f1=metric(2, place),
        )
        for place, name in enumerate(names)
    )
