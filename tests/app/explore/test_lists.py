"""Suspects as a list: the worst first, and without those whose label was changed since."""

import numpy as np

from memeclip_core.app.explore.lists import list_suspects
from memeclip_core.storage.arrays import KeptArrays
from tests.factories.queues import TASKS

HATE, TONE = TASKS.tasks


class Contents:
    ids = ("a", "b", "c", "d")


def found(labels, probabilities, quality, wrong):
    return KeptArrays(
        arrays={
            "labels": np.array(labels),
            "probabilities": np.array(probabilities, np.float32),
            "quality": np.array(quality),
            "wrong": np.array(wrong),
        },
        facts={
            "labelled": 4,
            "compared": 3,
            "reason": "",
            "number": 0,
            "time": 0.0,
            "judged": [1],
        },
    )


def test_the_worst_come_first_and_changed_ones_are_gone():
    kept = found(
        [0, 1, 0, 1], [[0.3, 0.7], [0.9, 0.1], [0.2, 0.8], [0.1, 0.9]], [0.3, 0.1, 0.2, 0.9],
        [True, True, True, False],
    )  # fmt: skip
    listed = list_suspects(Contents, HATE, kept, np.array([0, 1, 1, 1]), 10)
    assert [(one.id, one.given, one.likelier) for one in listed.suspects] == [
        ("b", ("yes",), ("no",)), ("a", ("no",), ("yes",)),
    ]  # fmt: skip
    assert (listed.total, listed.labelled, listed.compared) == (2, 4, 3)
    assert "The probe agrees with 25 % of the labels" in listed.note
    assert list_suspects(Contents, HATE, kept, np.array([0, 1, 0, 1]), 1).suspects[0].id == "b"


def test_of_several_labels_those_that_are_suspect_are_turned_and_the_judged_ones_named():
    labels = [[1, 0], [0, 0], [1, 1], [0, 1]]
    wrong = [[0, 1], [0, 0], [1, 1], [0, 1]]
    kept = found(labels, [[0.1, 0.9]] * 4, [0.1, 0.5, 0.05, 0.5], np.array(wrong, bool))
    now = np.array([[1, 0], [0, 0], [1, 1], [0, 0]])  # the last one was changed since
    listed = list_suspects(Contents, TONE, kept, now, 5)
    assert [(one.id, one.given, one.likelier) for one in listed.suspects] == [
        ("c", ("irony", "slur"), ()), ("a", ("irony",), ("irony", "slur")),
    ]  # fmt: skip
    display = TONE.labels[1].display
    assert f"Of 2 classes 1 are judged, those that the probe knows well enough: {display}." in (
        listed.note
    )
