"""What a model has met beyond its replay: corrected memes, and on which side each of them was.

Of a model that was not retrained, the rows to which its replay had no room.

No text and no image; see ``splits.GroupKeys``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from memeclip_core.errors import CheckpointError
from memeclip_core.memes.splits import NO_KEYS, GroupKeys, pack_ids, unpack_ids

LEARNT: Final = 0
HELD_OUT: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Learnt:
    """What a model has met beyond its replay.

    Attributes:
        keys: of N memes that it has learnt from, or that were held out for it.
        sides: uint8 (N,): ``LEARNT`` or ``HELD_OUT``.
        digests: of the text and labels of every meme that was decided at that time.
    """

    keys: GroupKeys = NO_KEYS
    sides: np.ndarray = field(default_factory=lambda: np.zeros(0, np.uint8))
    digests: frozenset[str] = frozenset()


def encode_learnt(learnt: Learnt) -> bytes:
    """Return it as safetensors."""
    arrays = {
        "ids": pack_ids(learnt.keys.ids),
        "text_hash": learnt.keys.texts,
        "sketch": learnt.keys.sketches,
        "side": learnt.sides,
        "digests": pack_ids(sorted(learnt.digests), width=8),
    }
    return save({name: np.ascontiguousarray(array) for name, array in arrays.items()})


def decode_learnt(data: bytes) -> Learnt:
    """Read what ``encode_learnt`` wrote.

    Raises:
        CheckpointError: if the bytes are damaged.
    """
    try:
        arrays = load(data)
        return Learnt(
            keys=GroupKeys(
                ids=unpack_ids(arrays["ids"]),
                texts=arrays["text_hash"],
                sketches=arrays["sketch"],
            ),
            sides=arrays["side"],
            digests=frozenset(unpack_ids(arrays["digests"])),
        )
    except (KeyError, ValueError, SafetensorError) as error:
        raise CheckpointError(
            f"The record of what a model has learnt is damaged ({error}). Restore it."
        ) from None
