import math

import numpy as np
import pytest
from scipy.stats import binomtest

from memeclip_core.evaluation.measure import report_names
from memeclip_core.evaluation.metrics import one_hot
from memeclip_core.evaluation.paired import (
    Scored,
    compare_scores,
    compute_mcnemar,
    correct_holm,
)


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


def test_several_seeds_are_one_test():
    labels = one_hot(np.zeros(60, int), 2)
    generator = np.random.default_rng(0)
    firsts = [sure((generator.random(60) < 0.5).astype(int).tolist()) for _ in range(3)]
    seconds = [sure((generator.random(60) < 0.3).astype(int).tolist()) for _ in range(3)]
    together = compare_scores(labels, firsts, seconds, kind="multiclass")[0]
    alone = [
        compare_scores(labels, a, b, kind="multiclass")[0]
        for a, b in zip(firsts, seconds, strict=True)
    ]
    assert together.gain.value == pytest.approx(np.mean([d.gain.value for d in alone]))
    assert together.first.value == pytest.approx(np.mean([d.first.value for d in alone]))
    # Three trainings tell more than one, and less than three times as many rows would.
    assert together.p < max(d.p for d in alone)
    assert together.gain.low < together.gain.value < together.gain.high
    test = compute_mcnemar(labels, firsts, seconds, kind="multiclass")
    singles = [
        compute_mcnemar(labels, a, b, kind="multiclass")
        for a, b in zip(firsts, seconds, strict=True)
    ]
    assert test.second_only == sum(t.second_only for t in singles)
    assert test.p < max(t.p for t in singles)


def test_the_same_seed_three_times_is_no_more_than_once():
    labels = one_hot(np.zeros(40, int), 2)
    first, second = sure([1] * 9 + [0] * 31), sure([0] * 9 + [1] * 2 + [0] * 29)
    once = compute_mcnemar(labels, first, second, kind="multiclass")
    thrice = compute_mcnemar(labels, [first] * 3, [second] * 3, kind="multiclass")
    assert thrice.p == pytest.approx(once.p)
    one, three = (
        compare_scores(labels, [first] * k, [second] * k, kind="multiclass")[0] for k in (1, 3)
    )
    assert one.p == three.p
    assert three.gain.value == pytest.approx(one.gain.value)
    assert (three.gain.low, three.gain.high) == pytest.approx((one.gain.low, one.gain.high))


def test_a_row_that_stands_twice_is_one_row():
    labels = one_hot(np.zeros(20, int), 2)
    first, second = sure([1] * 8 + [0] * 12), sure([0] * 20)
    groups = np.r_[np.repeat(np.arange(4), 2), np.arange(8, 20)]
    # Eight rows that only the second has right are four memes: 2 / 2^4.
    found = compute_mcnemar(labels, first, second, kind="multiclass", groups=groups)
    assert found.p == pytest.approx(2 / 2**4)
    alone = compare_scores(labels, first, second, kind="multiclass")[0]
    grouped = compare_scores(labels, first, second, kind="multiclass", groups=groups)[0]
    assert grouped.gain.high - grouped.gain.low > alone.gain.high - alone.gain.low


def test_holm_by_hand():
    corrected = correct_holm([0.01, math.nan, 0.04, 0.03, 0.5])
    assert corrected[0] == pytest.approx(0.04)
    assert math.isnan(corrected[1])
    assert corrected[2:] == pytest.approx((0.09, 0.09, 0.5))
    assert correct_holm([0.6, 0.7]) == (1.0, 1.0)


def test_numbers_of_seeds_must_be_equal():
    labels = one_hot(np.zeros(3, int), 2)
    with pytest.raises(ValueError, match="different shapes"):
        compare_scores(labels, [sure([0] * 3)] * 2, [sure([0] * 3)], kind="multiclass")
