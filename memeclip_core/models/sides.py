"""On which side of the split every corrected meme is, and what of the replay makes way for it.

A group of memes that are the same or nearly so is never torn; see ``near_duplicates``. A group that
the starter was trained on can only be learnt from: no model that comes from it is measured on it.
A group among the starter's validation rows stays there, with its corrected labels. A group that
was on a side when the model in service was made stays on it. Of all others a fifth is held out,
as the meme says that was decided first, so that later ones follow it; but a group that is more than
a fifth of all memes is learnt from, since figures of it would be those of one text.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from memeclip_core.memes.near_duplicates import group_memes, key_ids
from memeclip_core.memes.splits import HELD_OUT_OF, GroupKeys, is_held_out, join_keys
from memeclip_core.models.learnt import HELD_OUT, LEARNT, Learnt
from memeclip_core.models.replay import TRAIN, VAL, Replay


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sides:
    """Masks of N corrected memes, of which every meme is in one, and of the replay's M rows.

    Attributes:
        learn: to learn from.
        choose: to calibrate and to measure on, like the starter's validation rows.
        held_out: to measure on alone.
        aside: neither; they were held out once, and are like memes that were learnt since.
        stay: (M,) the rows that are like no corrected meme; all others leave.
    """

    learn: np.ndarray
    choose: np.ndarray
    held_out: np.ndarray
    aside: np.ndarray
    stay: np.ndarray


def deal_sides(memes: GroupKeys, replay: GroupKeys, split: np.ndarray, before: Learnt) -> Sides:
    """Deal corrected memes to their sides.

    Args:
        memes: what N memes are recognised by, those that were decided first in front.
        replay, split: M rows that the starter was trained or chosen on.
        before: what the model in service has met since.
    """
    own, rows, met = group_memes(memes, replay, before.keys)
    learnt = np.isin(own, np.concatenate([rows[split == TRAIN], met[before.sides == LEARNT]]))
    held = np.isin(own, met[before.sides == HELD_OUT])
    chosen = np.isin(own, rows[split == VAL])
    # Of each group the first meme: a group's number is that of one of its members.
    first = {group: place for place, group in reversed([*enumerate(own.tolist())])}
    drawn = np.array([is_held_out(memes.ids[first[group]]) for group in own.tolist()], bool)
    _, place, size = np.unique(own, return_inverse=True, return_counts=True)
    drawn &= size[place] <= max(HELD_OUT_OF, len(memes) / HELD_OUT_OF)
    once = {meme for meme, side in zip(before.keys.ids, before.sides, strict=True) if side}
    aside = learnt & np.array([meme in once for meme in memes.ids], bool)
    fresh = ~(learnt | held | chosen)
    return Sides(
        learn=(learnt & ~aside) | (fresh & ~drawn),
        choose=chosen & ~learnt & ~held,
        held_out=(held & ~learnt) | (fresh & drawn),
        aside=aside,
        stay=~np.isin(rows, own),
    )


def find_staying(replay: Replay, learnt: Learnt) -> np.ndarray:
    """Return bool (M,): a replay's rows that are like no meme that a model has met beyond it."""
    own, rows = group_memes(learnt.keys, key_replay(replay))
    return ~np.isin(rows, own)


def key_replay(replay: Replay) -> GroupKeys:
    """Return what a replay's rows are recognised by, as far as its file says."""
    return replay.keys or key_ids(replay.features.ids, replay.features.has_image)


def record_sides(memes: GroupKeys, sides: Sides, used: np.ndarray, before: Learnt) -> Learnt:
    """Return what a model has met that learns from these memes, besides what was met before.

    Args:
        memes, sides, before: see ``deal_sides``.
        used: (N,) the memes that could be used.
    """
    places = np.flatnonzero((sides.learn | sides.held_out) & used)
    now = memes.take(places)
    kept = np.flatnonzero(~np.isin(before.keys.ids, now.ids)) if len(before.keys) else places[:0]
    side = np.where(sides.held_out[places], HELD_OUT, LEARNT).astype(np.uint8)
    return Learnt(
        keys=join_keys([now, before.keys.take(kept)]),
        sides=np.concatenate([side, before.sides[kept]]),
    )
