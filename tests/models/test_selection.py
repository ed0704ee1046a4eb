import numpy as np

from memeclip_core.models.selection import as_matrix, decide_task, judge_kind, measure_task
from memeclip_core.training.rows import MISSING, LabelledRows
from tests.factories.heads import make_features, make_model


def test_an_epoch_of_multiclass_is_judged_by_accuracy():
    judge = judge_kind("multiclass")
    labels, probabilities = np.array([0, 1]), np.array([[0.9, 0.1], [0.6, 0.4]])
    assert judge.epoch(labels, probabilities) == 0.5


def test_an_epoch_of_multilabel_is_judged_at_its_best_threshold():
    labels = np.array([[1, 0], [0, 1]])
    probabilities = np.array([[0.25, 0.05], [0.05, 0.25]])
    assert judge_kind("multilabel").epoch(labels, probabilities) == 1.0


def test_ids_become_one_hot_rows():
    assert as_matrix(np.array([2, 0]), 3).tolist() == [[0, 0, 1], [1, 0, 0]]
    assert as_matrix(np.array([[1, 1]]), 2).tolist() == [[1, 1]]


def rows() -> LabelledRows:
    return LabelledRows(
        features=make_features(6),
        labels={
            "colour": np.array([0, 1, 2, MISSING, 0, 1]),
            "tags": np.array([[1, 0]] * 6),
        },
    )


def test_only_labelled_rows_are_measured():
    labels, decisions = decide_task(make_model(), "colour", rows())
    assert labels.shape == decisions.shape == (5, 3)
    assert {m.n for m in measure_task(make_model(), "colour", rows())} == {5}


def test_the_leading_metric_comes_first():
    assert measure_task(make_model(), "tags", rows())[0].name == "micro-F1"
