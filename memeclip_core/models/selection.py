"""What counts as better: the statistics that training and comparison choose by."""

from __future__ import annotations

import numpy as np

from memeclip_core.evaluation.metrics import (
    STATISTICS,
    compute_metrics,
    decide,
    metric_names,
    one_hot,
)
from memeclip_core.heads.model import HeadModel, mask_features, score_head
from memeclip_core.memes.splits import join_equal
from memeclip_core.records.model import Metric
from memeclip_core.tasks import Task, TaskKind
from memeclip_core.training.rows import LabelledRows
from memeclip_core.training.train import Judge


def as_matrix(labels: np.ndarray, num_classes: int) -> np.ndarray:
    """Return labels as a matrix (N, C) of 0 and 1; multiclass ids (N,) become one-hot."""
    return one_hot(labels, num_classes) if labels.ndim == 1 else labels.astype(np.int64)


def judge_task(task: Task) -> Judge:
    """Return a judge by the kind's leading metric: accuracy, or micro-F1 if multilabel."""
    return judge_kind(task.kind)


def judge_kind(kind: TaskKind) -> Judge:
    """Return a judge by the kind's leading metric: accuracy, or micro-F1 if multilabel.

    While a multilabel head trains, the best threshold of a coarse grid judges an epoch, since
    its final threshold is chosen only afterwards.
    """
    score = STATISTICS[metric_names(kind)[0]]

    def statistic(truth: np.ndarray, decisions: np.ndarray) -> float:
        # What is not defined must not win over what is: it counts nothing.
        return float(np.nan_to_num(score(truth, decisions)))

    def judge_epoch(labels: np.ndarray, probabilities: np.ndarray) -> float:
        truth = as_matrix(labels, probabilities.shape[1])
        grid = (0.1, 0.2, 0.3, 0.4, 0.5) if kind == "multilabel" else (None,)
        return max(statistic(truth, decide(probabilities, kind, t)) for t in grid)

    return Judge(epoch=judge_epoch, threshold=statistic)


def decide_task(model: HeadModel, task: str, rows: LabelledRows) -> tuple[np.ndarray, np.ndarray]:
    """Return the labels and a model's decisions on the rows labelled for a task, both (N, C)."""
    head = model.heads[task]
    places = rows.for_task(task)
    scores = score_head(head, mask_features(rows.features.take(places), model.reads))
    decisions = decide(scores.probabilities, head.kind, head.threshold)
    return as_matrix(rows.labels[task][places], len(head.labels)), decisions


def measure_task(model: HeadModel, task: str, rows: LabelledRows) -> tuple[Metric, ...]:
    """Return a model's metrics on the rows labelled for a task, each with n and interval."""
    labels, decisions = decide_task(model, task, rows)
    head = model.heads[task]
    groups = group_equal(rows.take(rows.for_task(task)))
    names = metric_names(head.kind)
    return compute_metrics(names, labels, decisions, names=head.labels, groups=groups)


def group_equal(rows: LabelledRows) -> np.ndarray:
    """Return a group number a row, the same for rows that hold the same meme: (N,)."""
    return np.array(join_equal(rows.features.ids), dtype=np.int64)
