import numpy as np

from memeclip_core.explore.palette import (
    code_labels,
    colour_classes,
    colour_numbers,
    compare_labels,
    name_classes,
    number_names,
)
from tests.factories.queues import TASKS

HATE, TONE = TASKS.tasks


def test_classes_are_counted_and_so_are_memes_of_none():
    found = colour_classes("c", "by", ("no", "yes"), np.array([1, -1, 0, 1]), "note")
    assert found.codes.tolist() == [1, -1, 0, 1] and found.codes.dtype == np.int16
    assert (found.counts, found.unknown, found.kind) == ((1, 2), 1, "category")


def test_numbers_say_where_nothing_is_known():
    found = colour_numbers("c", "by", np.array([0.5, np.nan]))
    assert (found.unknown, found.kind, found.counts) == (1, "number", ())
    assert found.values.dtype == np.float32


def test_several_labels_and_none_of_them_are_classes_of_their_own():
    names = name_classes(TONE)
    codes = code_labels(TONE, np.array([[1, 0], [0, 1], [1, 1], [0, 0], [-1, -1]]))
    assert [None if code < 0 else names[code] for code in codes] == [
        TONE.labels[0].display, TONE.labels[1].display, "several", "none of these", None,
    ]  # fmt: skip
    assert code_labels(HATE, np.array([1, -1])).tolist() == [1, -1]
    assert name_classes(HATE) == tuple(label.display for label in HATE.labels)


def test_right_and_wrong_need_both_answers():
    assert compare_labels(np.array([1, 0, -1, 1]), np.array([1, 1, 1, -1])).tolist() == [
        0, 1, -1, -1,
    ]  # fmt: skip
    said, true = np.array([[1, 0], [1, 1], [-1, -1]]), np.array([[1, 0], [1, 0], [1, 0]])
    assert compare_labels(said, true).tolist() == [0, 1, -1]


def test_names_come_by_how_often_they_occur():
    names, codes = number_names(["b", "", "a", "b", "c", "a", "b"])
    assert names == ("b", "a", "c")
    assert codes.tolist() == [0, -1, 1, 0, 2, 1, 0]
