"""Everything that is reported of one model on one task: whole, by class, and class by class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from memeclip_core.evaluation.bootstrap import Weighted, make_metric, resample, undefined_metric
from memeclip_core.evaluation.calibration import weigh_calibration_error
from memeclip_core.evaluation.metrics import (
    NO_ROWS,
    Threshold,
    count_decisions,
    decide,
    weigh_decisions,
)
from memeclip_core.evaluation.ranking import weigh_auroc, weigh_mean_average_precision
from memeclip_core.records import Metric
from memeclip_core.tasks import TaskKind


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
        kind: the task's.
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
) -> tuple[Weighted, str]:
    """Return a reported metric as a function of weights, and why it is undefined or "".

    Args:
        name: one of ``report_names``.
        labels, probabilities: (N, C), N > 0.
        kind, threshold: the task's, and the model's.
    """
    if name == "AUROC":
        return weigh_auroc(labels, probabilities)
    if name == "mAP":
        return weigh_mean_average_precision(labels, probabilities)
    if name == "ECE":
        return weigh_calibration_error(labels, probabilities, kind), ""
    return weigh_decisions(name, labels, decide(probabilities, kind, threshold)), ""


def measure_scores(
    labels: np.ndarray,
    probabilities: np.ndarray,
    *,
    kind: TaskKind,
    names: tuple[str, ...],
    threshold: Threshold | None = None,
    seed: int = 0,
) -> TaskReport:
    """Measure probabilities against labels, once, over all rows.

    Args:
        labels: (N, C) of 0 and 1; one per row if multiclass. N may be 0.
        probabilities: (N, C), from softmax or sigmoid.
        kind: the task's.
        names: of the C classes.
        threshold: the multilabel decision threshold; ``None`` is 0.5.
        seed: draws the resamples.
    """
    decisions = decide(probabilities, kind, threshold)
    return TaskReport(
        kind=kind,
        n=len(labels),
        metrics=_measure_whole(labels, probabilities, kind, threshold, seed),
        classes=_measure_classes(labels, decisions, names, seed),
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


def _measure_whole(
    labels: np.ndarray,
    probabilities: np.ndarray,
    kind: TaskKind,
    threshold: Threshold | None,
    seed: int,
) -> tuple[Metric, ...]:
    n, names = len(labels), report_names(kind)
    if n == 0:
        return tuple(undefined_metric(name, 0, NO_ROWS) for name in names)
    made = {name: weigh_scores(name, labels, probabilities, kind, threshold) for name in names}
    found = resample({name: weighted for name, (weighted, _) in made.items()}, n, seed=seed)
    return tuple(
        make_metric(name, float(found[name].value), found[name].draws, n, reason=made[name][1])
        for name in names
    )


def _measure_classes(
    labels: np.ndarray, decisions: np.ndarray, names: tuple[str, ...], seed: int
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
        parts = ((counts.decisions, 1), (counts.labels, 1), (counts.labels + counts.decisions, 2))
        with np.errstate(invalid="ignore"):
            return np.concatenate([k * counts.hits / whole for whole, k in parts], axis=1)

    found, width = resample({"": ratios}, n, seed=seed)[""], len(names)
    reasons = (
        "the class was never predicted",
        "no row has the class",
        "no row has the class, and it was never predicted",
    )

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
