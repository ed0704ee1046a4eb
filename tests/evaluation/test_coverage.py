"""Risk against coverage on rows that can be counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from memeclip_core.evaluation.coverage import compute_coverage, measure_sureness


def risks(right: list[int], sureness: list[float], steps: int) -> list[float]:
    found = compute_coverage(np.array(right, bool), np.array(sureness), steps=steps)
    return [point.wrong.value for point in found]


def test_the_surest_come_first():
    assert risks([1, 1, 0, 1], [0.6, 0.9, 0.7, 0.8], 4) == pytest.approx([0, 0, 1 / 3, 1 / 4])


def test_equally_sure_rows_count_as_their_mean():
    # The first is right; of the three others one is wrong, whichever comes next.
    assert risks([1, 0, 1, 1], [0.9, 0.5, 0.5, 0.5], 4) == pytest.approx([0, 1 / 6, 2 / 9, 1 / 4])


def test_shares_are_those_of_whole_rows():
    found = compute_coverage(np.ones(3, bool), np.array([0.1, 0.2, 0.3]), steps=20)
    assert [(point.coverage, point.wrong.n) for point in found] == [(1 / 3, 1), (2 / 3, 2), (1, 3)]
    assert compute_coverage(np.zeros(0, bool), np.zeros(0)) == ()


def test_one_of_several_classes_is_as_sure_as_it_is_likely():
    assert measure_sureness(np.array([[0.2, 0.8], [0.5, 0.5]]), "multiclass").tolist() == [0.8, 0.5]


def test_several_labels_are_as_sure_as_the_least_sure():
    # 0.2 lies on the threshold; 0.6 half of the way to 1; 0.1 half of the way to 0.
    found = measure_sureness(np.array([[0.6, 0.2], [0.6, 0.1], [1.0, 0.0]]), "multilabel", 0.2)
    assert found == pytest.approx([0, 0.5, 1])
