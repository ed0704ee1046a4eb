"""Scores at other thresholds, counted by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from memeclip_core.evaluation.thresholds import sweep_thresholds

LABELS = np.array([[1, 0], [1, 1], [0, 0]])
PROBABILITIES = np.array([[0.9, 0.3], [0.5, 0.7], [0.4, 0.1]])


def at(threshold: float):
    found = sweep_thresholds(LABELS, PROBABILITIES)
    return next(item for item in found if item.threshold == threshold)


def test_a_threshold_is_scored_as_if_it_were_the_models():
    # At 0.4 four are decided, three of them rightly; all three labels are found.
    low = at(0.4)
    assert (low.precision, low.recall, low.micro_f1) == (0.75, 1.0, pytest.approx(6 / 7))
    assert low.macro_f1 == pytest.approx((0.8 + 1) / 2)
    assert low.named == pytest.approx(4 / 3)
    # At 0.6 two are decided, both rightly; one label is missed.
    high = at(0.6)
    assert (high.precision, high.recall) == (1.0, pytest.approx(2 / 3))


def test_where_nothing_is_decided_there_is_no_precision():
    assert math.isnan(at(0.98).precision)
    assert (at(0.98).recall, at(0.98).named) == (0, 0)
    assert sweep_thresholds(LABELS[:0], PROBABILITIES[:0]) == ()
