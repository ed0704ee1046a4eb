"""Shares with their intervals, by group; every expected number is worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from memeclip_core.evaluation.rates import NO_GROUP, compute_group_rates, find_rate


def test_the_interval_is_wilsons():
    # z² = 3.8415; (0.8 + 0.19207) / 1.38415 = 0.71674; the half is 0.22656.
    found = find_rate(8, 10)
    assert found.value == 0.8
    assert (found.low, found.high) == pytest.approx((0.4902, 0.9433), abs=1e-4)


def test_all_and_none_have_intervals_too():
    assert find_rate(0, 5).low == pytest.approx(0, abs=1e-12)
    assert find_rate(0, 5).high == pytest.approx(0.4345, abs=1e-4)
    assert find_rate(5, 5).high == pytest.approx(1)
    assert math.isnan(find_rate(0, 0).value)


def test_each_group_has_its_own_rates():
    labels = np.eye(2, dtype=np.int64)[[0, 0, 1, 1, 1]]
    decisions = np.eye(2, dtype=np.int64)[[0, 1, 1, 0, 1]]
    groups = [("a",), ("a",), ("a",), ("b", "a"), ()]
    first, second, third = compute_group_rates(labels, decisions, groups)
    # a: truths 0 0 1 1, decisions 0 1 1 0.
    assert (first.group, first.n, first.right.value) == ("a", 4, 0.5)
    assert [rate.value for rate in first.found] == [0.5, 0.5]
    assert [rate.value for rate in first.alarms] == [0.5, 0.5]
    # The row without a group: truth 1, decision 1.
    assert (second.group, second.n, second.right.value) == (NO_GROUP, 1, 1.0)
    assert (second.found[1].value, second.alarms[0].value) == (1.0, 0.0)
    assert math.isnan(second.found[0].value)
    assert (third.group, third.n, third.right.value) == ("b", 1, 0.0)
