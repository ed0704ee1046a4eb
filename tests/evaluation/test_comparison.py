import math

import numpy as np
import pytest

from memeclip_core.evaluation.comparison import (
    MAX_FLIPS,
    compare_classes,
    compare_decisions,
    correct_tasks,
)
from memeclip_core.evaluation.metrics import one_hot
from memeclip_core.records.model import Flip


def compare(labels, active, candidate):
    return compare_decisions(
        task="colour",
        kind="multiclass",
        rows="corrected",
        names=("red", "green", "blue"),
        memes=[f"meme {place}" for place in range(len(labels))],
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
        task="t",
        kind="multilabel",
        rows="replay",
        names=("a", "b"),
        memes=[str(place) for place in range(100)],
        labels=labels,
        active=blind,
        candidate=labels,
    )
    assert found.flipped[1] == Flip(meme="1", truth=("b",), active=(), candidate=("b",))
    assert (found.active.value, found.candidate.value) == (0.0, 1.0)
    assert found.p < 0.01


def test_no_rows():
    result = compare([], [], [])
    assert (result.n, result.flips) == (0, 0)
    assert result.candidate.reason == "there are no rows"
    assert result.p is None
    assert result.classes == result.flipped == ()


def test_the_memes_with_another_answer_are_named_with_what_each_says():
    result = compare([0, 1, 2], [0, 1, 0], [0, 0, 2])
    assert result.flipped == (
        Flip(meme="meme 1", truth=("green",), active=("green",), candidate=("red",)),
        Flip(meme="meme 2", truth=("blue",), active=("red",), candidate=("blue",)),
    )


def test_of_very_many_flips_all_are_counted_and_the_first_are_named():
    count = MAX_FLIPS + 5
    result = compare([0] * count, [1] * count, [2] * count)
    assert result.flips == count
    assert [flip.meme for flip in result.flipped] == [f"meme {i}" for i in range(MAX_FLIPS)]


def test_each_class_has_its_own_f1_before_and_after():
    red, green, blue = compare([0, 0, 1, 1], [0, 1, 1, 1], [0, 0, 1, 0]).classes
    # Red: 1 hit of 2 labels and 1 decision, then 2 hits of 2 and 3. Green: 2 of 2 and 3, 1 of 2, 1.
    assert (red.label, red.n) == ("red", 2)
    assert (red.active.value, red.candidate.value) == pytest.approx((2 / 3, 4 / 5))
    assert (green.active.value, green.candidate.value) == pytest.approx((4 / 5, 2 / 3))
    assert red.active.n == 4
    assert math.isnan(blue.active.value)
    assert (blue.n, blue.p, blue.candidate.reason) == (0, None, "no row has this label")


def test_a_class_that_is_found_at_last_has_clearly_changed_and_the_others_have_not():
    labels = [0, 1] * 60
    _, green, _ = compare(labels, [0] * 120, labels).classes
    assert green.active.value == 0.0
    assert green.candidate.value == 1.0
    assert green.p < 0.01
    same = compare_classes(("a", "b"), *[one_hot(np.array(labels), 2)] * 3)
    assert [change.p for change in same] == [1.0, 1.0]


def test_p_values_of_many_classes_and_tasks_are_corrected():
    generator = np.random.default_rng(0)
    labels = one_hot(generator.integers(0, 3, 90), 3)
    active, candidate = (one_hot(generator.integers(0, 3, 90), 3) for _ in range(2))
    three = [c.p for c in compare_classes(("a", "b", "c"), labels, active, candidate)]
    least = min(range(3), key=three.__getitem__)
    alone = compare_classes(("a",), labels[:, [least]], active[:, [least]], candidate[:, [least]])[
        0
    ].p
    assert three[least] == pytest.approx(min(1.0, 3 * alone), abs=0.1)
    result = compare([0, 1] * 20, [1, 0] * 20, [0, 1] * 20)
    twice = correct_tasks([result, result, compare([], [], [])])
    assert [item.p for item in twice] == [2 * result.p, 2 * result.p, None]
