import math

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score

from memeclip_core.evaluation.metrics import (
    STATISTICS,
    accuracy,
    compute_metrics,
    decide,
    macro_f1,
    metric_names,
    micro_f1,
    one_hot,
)
from tests.factories.metrics import compute_metric

LABELS = one_hot(np.array([0, 0, 1, 1, 2]), 3)
DECISIONS = one_hot(np.array([0, 1, 1, 1, 0]), 3)


def test_numbers_by_hand():
    assert accuracy(LABELS, DECISIONS) == pytest.approx(3 / 5)
    assert micro_f1(LABELS, DECISIONS) == pytest.approx(3 / 5)
    # F1 of the classes: 2*1/(2+2), 2*2/(2+3), 0.
    assert macro_f1(LABELS, DECISIONS) == pytest.approx((0.5 + 0.8 + 0) / 3)


def test_multilabel_by_hand():
    labels = np.array([[1, 1, 0], [0, 0, 0]])
    decisions = np.array([[1, 0, 1], [0, 0, 0]])
    assert accuracy(labels, decisions) == 0.5
    assert micro_f1(labels, decisions) == pytest.approx(2 * 1 / (2 + 2))
    # The third class is in no row, so that the mean is that of the other two.
    assert macro_f1(labels, decisions) == pytest.approx((1 + 0) / 2)


def test_a_class_that_no_row_has_is_left_out_of_the_mean_and_named():
    ids = np.array([0, 0, 1, 2])
    perfect = compute_metric("macro-F1", one_hot(ids, 4), one_hot(ids, 4), names=tuple("abcd"))
    assert (perfect.value, perfect.low, perfect.high) == (1.0, 1.0, 1.0)
    assert perfect.note == "mean over 3 of 4 classes; no row has d"
    wrong = compute_metric("macro-F1", one_hot(ids, 4), one_hot(np.array([3, 0, 1, 2]), 4))
    assert wrong.value == pytest.approx((2 / 3 + 1 + 1) / 3)
    assert compute_metric("accuracy", one_hot(ids, 4), one_hot(ids, 4)).note == ""


@pytest.mark.parametrize("name", ["micro-F1", "macro-F1", "weighted-F1"])
def test_without_a_label_there_is_no_f1(name: str):
    nothing = np.zeros((3, 2), dtype=np.int64)
    metric = compute_metric(name, nothing, nothing)
    assert math.isnan(metric.value)
    assert metric.reason.startswith("no row has a label")
    # A resample without a label is left out too: half of the rows have one, all are right.
    some = np.array([[1, 0], [0, 0]])
    assert compute_metric(name, some, some).low == 1.0


def test_scikit_learn_agrees():
    generator = np.random.default_rng(0)
    labels, decisions = generator.integers(0, 2, size=(2, 50, 5))
    assert accuracy(labels, decisions) == pytest.approx(accuracy_score(labels, decisions))
    labels[:, 4] = 0
    present = f1_score(labels, decisions, average="macro", labels=[0, 1, 2, 3])
    assert macro_f1(labels, decisions) == pytest.approx(present)
    labels[0, 4] = 1
    for average, own in (("micro", micro_f1), ("macro", macro_f1)):
        other = f1_score(labels, decisions, average=average, zero_division=0)
        assert own(labels, decisions) == pytest.approx(other)


def test_decide():
    probabilities = np.array([[0.2, 0.5, 0.3]])
    assert decide(probabilities, "multiclass").tolist() == [[0, 1, 0]]
    assert decide(probabilities, "multilabel", 0.3).tolist() == [[0, 1, 1]]
    assert decide(probabilities, "multilabel").tolist() == [[0, 1, 0]]


@pytest.mark.parametrize("name", STATISTICS)
def test_intervals_hold_the_value_and_shrink_with_n(name: str):
    small = compute_metric(name, LABELS, DECISIONS)
    big = compute_metric(name, np.tile(LABELS, (40, 1)), np.tile(DECISIONS, (40, 1)))
    for metric in (small, big):
        assert metric.low <= metric.value <= metric.high
    assert big.n == 200
    assert big.high - big.low < small.high - small.low


def test_the_interval_of_an_accuracy_is_the_binomial_one():
    labels = np.tile([[1, 0]], (400, 1))
    decisions = labels.copy()
    decisions[:100] = [0, 1]
    metric = compute_metric("accuracy", labels, decisions)
    half = 1.96 * (0.75 * 0.25 / 400) ** 0.5
    assert metric.low == pytest.approx(0.75 - half, abs=0.01)
    assert metric.high == pytest.approx(0.75 + half, abs=0.01)


def test_no_rows_is_undefined_with_a_reason():
    metric = compute_metric("accuracy", LABELS[:0], DECISIONS[:0])
    assert math.isnan(metric.value)
    assert metric.reason == "there are no rows"


def test_same_seed_same_interval():
    first, second = (compute_metric("macro-F1", LABELS, DECISIONS, seed=4) for _ in range(2))
    assert first == second


def test_the_leading_metric():
    assert metric_names("multiclass")[0] == "accuracy"
    assert metric_names("multilabel")[0] == "micro-F1"
    names = metric_names("multilabel")
    assert [m.name for m in compute_metrics(names, LABELS, DECISIONS)] == list(names)
