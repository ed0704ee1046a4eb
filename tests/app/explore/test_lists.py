"""Suspects as a list: the worst first, and without those whose label was changed since."""

import numpy as np

from memeclip_core.app.explore.lists import list_suspects
from memeclip_core.storage.arrays import KeptArrays
from tests.factories.queues import TASKS

HATE, TONE = TASKS.tasks


class Contents:
    ids = ("a", "b", "c", "d")


def found(labels, probabilities, quality, suspect):
    return KeptArrays(
        arrays={
            "labels": np.array(labels),
            "probabilities": np.array(probabilities, np.float32),
            "quality": np.array(quality),
            "suspect": np.array(suspect),
        },
        facts={"labelled": 4, "compared": 3, "reason": "", "number": 0, "time": 0.0},
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
    assert list_suspects(Contents, HATE, kept, np.array([0, 1, 0, 1]), 1).suspects[0].id == "b"


def test_several_labels_are_named_as_they_are():
    labels = [[1, 0], [0, 0], [1, 1], [0, 1]]
    kept = found(labels, [[0.1, 0.9]] * 4, [0.1, 0.5, 0.5, 0.5], [True, False, False, False])
    (one,) = list_suspects(Contents, TONE, kept, np.array(labels), 5).suspects
    assert (one.given, one.likelier) == (("irony",), ("slur",))
