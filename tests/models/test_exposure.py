"""What a model has met is known from its replay file and from what it was taught."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from memeclip_core.errors import CheckpointError
from memeclip_core.memes.near_duplicates import key_memes
from memeclip_core.models.exposure import find_met, read_exposure
from memeclip_core.models.learnt import HELD_OUT, LEARNT, Learnt

A, B, C, D, E = ("abcde"[i] * 64 for i in range(5))
LONG = "when the kettle sings before the tea leaves are even in the pot on a monday"


def replay():
    keys = key_memes([A, B], ["one text", LONG])
    return SimpleNamespace(keys=keys, split=np.array([1, 0], np.uint8))


TAUGHT = Learnt(
    keys=key_memes([C, D], ["third", "fourth"]), sides=np.array([LEARNT, HELD_OUT], np.uint8)
)


def test_rows_are_told_by_picture_by_text_and_by_nearly_the_same_text():
    exposure = read_exposure(replay, TAUGHT)
    memes = key_memes([A, E, C, D, "9" * 64], ["re-read", f"{LONG}!!", "other", "fourth", "new"])
    trained, chosen = find_met(exposure, memes)
    # E is nearly the text of B, which was trained on; C was taught; D was only held out.
    assert trained.tolist() == [False, True, True, False, False]
    assert chosen.tolist() == [True, False, False, False, False]
    assert exposure.known


def test_without_a_replay_file_the_first_rows_are_not_known():
    def none():
        raise CheckpointError("it keeps none")

    exposure = read_exposure(none, TAUGHT)
    assert not exposure.known
    trained, chosen = find_met(exposure, key_memes([A, C], ["one text", "third"]))
    assert (trained.tolist(), chosen.tolist()) == ([False, True], [False, False])
