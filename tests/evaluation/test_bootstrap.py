import math

import numpy as np
import pytest

from memeclip_core.evaluation.bootstrap import draw_weights, find_interval, make_metric, resample
from memeclip_core.evaluation.metrics import macro_f1, one_hot
from tests.factories.metrics import compute_metric


def test_every_resample_draws_n_rows():
    weights = np.concatenate(list(draw_weights(7)))
    assert weights.shape == (1000, 7)
    assert (weights.sum(axis=1) == 7).all()
    assert weights.mean() == 1.0


def test_parts_do_not_show(monkeypatch):
    whole = np.concatenate(list(draw_weights(10, seed=3, resamples=50)))
    monkeypatch.setattr("memeclip_core.evaluation.bootstrap._CELLS", 70)
    parts = list(draw_weights(10, seed=3, resamples=50))
    assert [len(p) for p in parts] == [7, 7, 7, 7, 7, 7, 7, 1]
    np.testing.assert_array_equal(np.concatenate(parts), whole)


def test_a_mean_by_hand():
    values = np.array([0.0, 1.0, 5.0])
    found = resample({"mean": lambda w: w @ values / w.sum(axis=1)}, 3)["mean"]
    assert found.value == 2.0
    # 27 equally likely resamples; one of them is 5, 5, 5.
    assert (found.draws == 5.0).mean() == pytest.approx(1 / 27, abs=0.02)


def test_statistics_share_their_resamples():
    found = resample({"a": lambda w: w[:, 0], "b": lambda w: w[:, 0]}, 5, seed=2)
    np.testing.assert_array_equal(found["a"].draws, found["b"].draws)
    other = resample({"a": lambda w: w[:, 0]}, 5, seed=3)
    assert not np.array_equal(found["a"].draws, other["a"].draws)


def test_the_interval_leaves_undefined_draws_out():
    draws = np.r_[np.linspace(0, 1, 1001), np.full(50, np.nan)]
    assert find_interval(draws, 0.5) == pytest.approx((0.025, 0.975))
    assert all(math.isnan(side) for side in find_interval(draws[-50:], 0.5))


def test_the_interval_reaches_as_far_to_one_side_as_to_the_other():
    draws = np.linspace(0.2, 0.6, 1001)
    # The middle 95 % are 0.21 to 0.59, and their mirror image at 0.5 is 0.41 to 0.79.
    assert find_interval(draws, 0.5) == pytest.approx((0.21, 0.79))
    assert find_interval(draws, 0.2) == pytest.approx((0.0, 0.59))
    assert find_interval(draws, 0.2, least=-1.0) == pytest.approx((-0.19, 0.59))


def test_near_duplicates_are_drawn_together():
    weights = np.concatenate(list(draw_weights(np.array([7, 3, 7, 3, 9]))))
    np.testing.assert_array_equal(weights[:, 0], weights[:, 2])
    np.testing.assert_array_equal(weights[:, 1], weights[:, 3])
    assert (weights[:, [0, 1, 4]].sum(axis=1) == 3).all()
    alone = np.concatenate(list(draw_weights(5)))
    np.testing.assert_array_equal(np.concatenate(list(draw_weights(np.arange(5)))), alone)


def test_an_interval_of_rows_that_stand_twice_is_that_of_half_as_many():
    hits = np.random.default_rng(0).random(60) < 0.7
    twice, groups = np.repeat(hits, 2), np.repeat(np.arange(60), 2)

    def width(values, groups):
        draws = resample({"": lambda w: w @ values / w.sum(axis=1)}, groups)[""].draws
        return np.std(draws)

    assert width(twice, groups) == pytest.approx(width(hits, 60), rel=0.01)
    assert width(twice, 120) < 0.8 * width(hits, 60)


def draw_multiclass(generator, n, shares, right):
    ids = generator.choice(len(shares), n, p=shares)
    decided = np.where(generator.random(n) < right, ids, generator.choice(len(shares), n, p=shares))
    return one_hot(ids, len(shares)), one_hot(decided, len(shares))


def draw_multilabel(generator, n, shares, right):
    labels = generator.random((n, len(shares))) < shares
    found = np.where(labels, generator.random(labels.shape) < right, False)
    decisions = found | (generator.random(labels.shape) < 0.01)
    return labels.astype(np.int64), decisions.astype(np.int64)


@pytest.mark.parametrize(
    ("draw", "n", "shares", "right", "before"),
    [
        (draw_multiclass, 228, (0.5, 0.5), 0.5, 0.94),
        (draw_multiclass, 100, (0.55, 0.3, 0.13, 0.02), 0.7, 0.75),
        (draw_multiclass, 150, (0.6, 0.2, 0.1, 0.05, 0.03, 0.02), 0.7, 0.83),
        (draw_multilabel, 63, (0.5, 0.3, 0.2, 0.1, *[0.05] * 4, *[0.02] * 8), 0.6, 0.22),
    ],
)
def test_the_interval_of_macro_f1_holds_the_truth_also_with_rare_classes(
    draw, n, shares, right, before
):
    """``before`` is what was measured while classes without a row counted 0."""
    generator = np.random.default_rng(0)
    truth = macro_f1(*draw(generator, 200_000, shares, right))
    metrics = [
        compute_metric("macro-F1", *draw(generator, n, shares, right), seed=seed)
        for seed in range(150)
    ]
    covered = np.mean([metric.low <= truth <= metric.high for metric in metrics])
    assert covered >= 0.88, (covered, before)


def test_an_undefined_number_says_why():
    metric = make_metric("AUROC", math.nan, np.zeros(3), 9, reason="one class only")
    assert (metric.n, metric.reason) == (9, "one class only")
    assert math.isnan(metric.low)
    assert make_metric("AUROC", 0.5, np.zeros(3), 9, reason="one class only").reason == ""
