import math

import numpy as np
import pytest

from memeclip_core.evaluation.bootstrap import draw_weights, find_interval, make_metric, resample


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
    assert find_interval(draws) == pytest.approx((0.025, 0.975))
    assert all(math.isnan(side) for side in find_interval(draws[-50:]))


def test_an_undefined_number_says_why():
    metric = make_metric("AUROC", math.nan, np.zeros(3), 9, reason="one class only")
    assert (metric.n, metric.reason) == (9, "one class only")
    assert math.isnan(metric.low)
    assert make_metric("AUROC", 0.5, np.zeros(3), 9, reason="one class only").reason == ""
