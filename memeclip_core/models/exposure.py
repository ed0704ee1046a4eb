"""What a model has met: the rows that it has trained on, and those that it was chosen on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from memeclip_core.errors import CheckpointError
from memeclip_core.memes.near_duplicates import group_memes
from memeclip_core.memes.splits import NO_KEYS, GroupKeys, join_keys
from memeclip_core.models.learnt import LEARNT, Learnt
from memeclip_core.models.replay import TRAIN, VAL, Replay
from memeclip_core.models.sides import key_replay


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Exposure:
    """What a model has met.

    Attributes:
        trained: what the memes are recognised by that it has trained on.
        chosen: the same of those on which its epoch, calibration and threshold were chosen.
        known: whether it keeps a record of the rows that it was first trained on.
    """

    trained: GroupKeys = NO_KEYS
    chosen: GroupKeys = NO_KEYS
    known: bool = False


def read_exposure(read_replay: Callable[[], Replay], learnt: Learnt) -> Exposure:
    """Return what a model has met, by its replay file and by what it was taught since.

    Where it has no replay file, only what it was taught is known.
    """
    taught = learnt.keys.take(np.flatnonzero(learnt.sides == LEARNT))
    try:
        replay = read_replay()
    except CheckpointError:
        return Exposure(trained=taught)
    keys = key_replay(replay)
    rows = {split: keys.take(np.flatnonzero(replay.split == split)) for split in (TRAIN, VAL)}
    return Exposure(trained=join_keys([rows[TRAIN], taught]), chosen=rows[VAL], known=True)


def find_met(exposure: Exposure, memes: GroupKeys) -> tuple[np.ndarray, np.ndarray]:
    """Return which of N memes a model has trained on, and which it was chosen on: bool (N,) each.

    Memes that are nearly the same count as one.
    """
    own, trained, chosen = group_memes(memes, exposure.trained, exposure.chosen)
    return np.isin(own, trained), np.isin(own, chosen)
