import math

import numpy as np
import pytest
from scipy.stats import binomtest

from memeclip_core.evaluation.measure import report_names
from memeclip_core.evaluation.metrics import one_hot
from memeclip_core.evaluation.paired import Scored, compare_scores, compute_mcnemar


def sure(ids: list[int], *, of: int = 2) -> Scored:
    return Scored(probabilities=0.8 * one_hot(np.array(ids, dtype=int), of) + 0.2 / of)


def test_mcnemar_by_hand():
    labels = one_hot(np.zeros(12, int), 2)
    # The first is wrong on 8 rows that the second has right; the second on 1.
    first, second = sure([1] * 8 + [0] * 4), sure([0] * 11 + [1])
    result = compute_mcnemar(labels, first, second, kind="multiclass")
    assert (result.n, result.first_only, result.second_only) == (12, 1, 8)
    # 2 * (C(9, 0) + C(9, 1)) / 2^9
    assert result.p == pytest.approx(2 * 10 / 512)


@pytest.mark.parametrize(("a", "b"), [(0, 0), (0, 1), (3, 3), (2, 9), (40, 25), (700, 800)])
def test_scipy_agrees(a: int, b: int):
    labels = one_hot(np.zeros(a + b + 1, int), 2)
    first, second = sure([0] * a + [1] * b + [0]), sure([1] * a + [0] * b + [0])
    result = compute_mcnemar(labels, first, second, kind="multiclass")
    assert (result.first_only, result.second_only) == (a, b)
    expected = binomtest(a, a + b, 0.5).pvalue if a + b else 1.0
    assert result.p == pytest.approx(expected)


def test_a_multilabel_row_is_right_as_a_whole():
    labels = np.array([[1, 0], [1, 1]])
    first = Scored(probabilities=np.array([[0.3, 0.1], [0.3, 0.1]]), threshold=0.2)
    second = Scored(probabilities=np.array([[0.3, 0.9], [0.9, 0.9]]))
    result = compute_mcnemar(labels, first, second, kind="multilabel")
    assert (result.first_only, result.second_only, result.p) == (1, 1, 1.0)


def test_the_interval_of_a_gain_is_the_paired_one():
    # 400 rows; the second gets 60 more right and 20 fewer: gain 0.1.
    labels = one_hot(np.zeros(400, int), 2)
    first = sure([1] * 60 + [0] * 340)
    second = sure([0] * 60 + [1] * 20 + [0] * 320)
    gain = compare_scores(labels, first, second, kind="multiclass")[0].gain
    assert gain.value == pytest.approx(0.1)
    # A row's difference is 1, -1 or 0: its variance is 80/400 - 0.1^2.
    half = 1.96 * ((0.2 - 0.01) / 400) ** 0.5
    assert gain.low == pytest.approx(0.1 - half, abs=0.01)
    assert gain.high == pytest.approx(0.1 + half, abs=0.01)


def test_a_model_does_not_differ_from_itself():
    generator = np.random.default_rng(0)
    labels = one_hot(generator.integers(0, 3, 60), 3)
    model = Scored(probabilities=generator.dirichlet(np.ones(3), 60))
    found = compare_scores(labels, model, model, kind="multiclass")
    assert [d.gain.name for d in found] == list(report_names("multiclass"))
    for difference in found:
        assert (difference.gain.low, difference.gain.high, difference.p) == (0.0, 0.0, 1.0)
        assert difference.first == difference.second


def test_p_is_small_where_every_resample_agrees():
    labels = one_hot(np.arange(100) % 2, 2)
    right, wrong = sure(list(np.arange(100) % 2)), sure(list((np.arange(100) + 1) % 2))
    difference = compare_scores(labels, wrong, right, kind="multiclass")[0]
    assert difference.gain.value == 1.0
    assert difference.p == pytest.approx(2 / 1001)


def test_undefined_says_why():
    labels = one_hot(np.zeros(5, int), 2)
    found = {
        d.gain.name: d
        for d in compare_scores(labels, sure([0] * 5), sure([0] * 5), kind="multiclass")
    }
    assert found["AUROC"].gain.reason == "every class holds for all rows or for none"
    assert math.isnan(found["AUROC"].p)
    none = compare_scores(labels[:0], sure([]), sure([]), kind="multiclass")[0]
    assert none.gain.reason == "there are no rows"


def test_other_rows_are_refused():
    with pytest.raises(ValueError, match="different shapes"):
        compare_scores(one_hot(np.zeros(3, int), 2), sure([0]), sure([0] * 3), kind="multiclass")
