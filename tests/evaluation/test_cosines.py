"""How cosines lie in the rows with a class and in the others."""

from __future__ import annotations

import math

import numpy as np
import pytest

from memeclip_core.evaluation.cosines import spread_cosines


def test_each_class_parts_its_own_rows_from_the_others():
    labels = np.eye(2, dtype=np.int64)[[0, 0, 1, 1]]
    cosines = np.array([[0.4, 0.0], [0.2, 0.1], [0.3, -0.1], [0.1, 0.3]])
    first, second = spread_cosines(labels, cosines, ["no", "yes"])
    # Own rows 0.2 and 0.4, others 0.1 and 0.3: three of the four pairs are in order.
    assert (first.label, first.own.n, first.others.n, first.apart) == ("no", 2, 2, 0.75)
    assert first.own.quantiles == pytest.approx((0.21, 0.25, 0.3, 0.35, 0.39))
    assert first.others.quantiles[2] == pytest.approx(0.2)
    assert second.own.quantiles[2] == pytest.approx(0.1)


def test_a_class_that_no_row_has_has_no_box():
    (found,) = spread_cosines(np.zeros((2, 1), np.int64), np.array([[0.1], [0.2]]), ["never"])
    assert (found.own.n, found.own.quantiles) == (0, ())
    assert math.isnan(found.apart)
    (empty,) = spread_cosines(np.zeros((0, 1), np.int64), np.zeros((0, 1)), ["never"])
    assert empty.others.n == 0
