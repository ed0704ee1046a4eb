import numpy as np

from memeclip_core.evaluation.compare import compare_decisions
from memeclip_core.evaluation.metrics import one_hot


def compare(labels, active, candidate):
    return compare_decisions(
        task="colour",
        kind="multiclass",
        rows="corrected",
        labels=one_hot(np.array(labels, dtype=int), 3),
        active=one_hot(np.array(active, dtype=int), 3),
        candidate=one_hot(np.array(candidate, dtype=int), 3),
    )


def test_both_are_judged_on_the_same_rows():
    result = compare([0, 1, 2, 2], [0, 1, 0, 0], [0, 0, 2, 2])
    assert (result.n, result.flips) == (4, 3)
    assert (result.active.value, result.candidate.value) == (0.5, 0.75)
    assert result.active.name == "accuracy"


def test_eleven_answers_that_all_went_wrong_are_no_chance():
    right = [0, 1] * 100
    worse = [2] * 11 + right[11:]
    assert compare(right, right, worse).p < 0.01
    mixed = compare(right, [2] * 6 + right[6:], right[:6] + [2] * 6 + right[12:])
    assert mixed.flips == 12
    assert mixed.p > 0.5


def test_several_labels_are_compared_row_by_row_too():
    labels = np.tile([[1, 0], [0, 1]], (50, 1))
    blind = np.zeros_like(labels)
    found = compare_decisions(
        task="t", kind="multilabel", rows="replay", labels=labels, active=blind, candidate=labels
    )
    assert (found.active.value, found.candidate.value) == (0.0, 1.0)
    assert found.p < 0.01


def test_no_rows():
    result = compare([], [], [])
    assert (result.n, result.flips) == (0, 0)
    assert result.candidate.reason == "there are no rows"
    assert result.p is None
