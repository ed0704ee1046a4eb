"""Which memes are the same or nearly so: by their picture, their text, or nearly the same text."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from memeclip_core.memes.near_texts import pair_near_sketches, sketch_text
from memeclip_core.memes.splits import SKETCH, GroupKeys, join_equal, join_keys, join_pairs
from memeclip_core.memes.text import text_key


def key_memes(ids: Sequence[str], texts: Sequence[str]) -> GroupKeys:
    """Return what N memes are recognised by, from their ids and texts."""
    sketches = [sketch_text(text) for text in texts]
    return GroupKeys(
        ids=tuple(ids),
        texts=np.array([_start(text_key(text)) for text in texts], np.uint64),
        sketches=np.stack(sketches) if sketches else np.zeros((0, SKETCH), np.uint8),
    )


def key_ids(ids: Sequence[str], has_image: np.ndarray) -> GroupKeys:
    """Return what little N rows are recognised by of which only ids are kept.

    The id of a row without image is the hash of its text; others' texts are unknown.
    """
    starts = [0 if own else _start(meme) for meme, own in zip(ids, has_image, strict=True)]
    return GroupKeys(
        ids=tuple(ids),
        texts=np.array(starts, np.uint64),
        sketches=np.zeros((len(starts), SKETCH), np.uint8),
    )


def group_memes(*parts: GroupKeys) -> tuple[np.ndarray, ...]:
    """Put memes into one group that share a key, directly or through others.

    Returns:
        for each part, the group number of each of its memes; numbers hold across parts.
    """
    keys = join_keys(parts)
    texts = [str(number) if number else None for number in keys.texts.tolist()]
    equal = join_equal(keys.ids, texts)
    # Of equal texts one is compared with the others: they would crowd out what is nearly equal.
    first = np.unique(keys.texts, return_index=True)[1]
    near = pair_near_sketches(keys.sketches[first])
    pairs = [(int(first[a]), int(first[b])) for a, b in near]
    groups = np.array(join_pairs(len(keys), [*enumerate(equal), *pairs]), np.int64)
    ends = np.cumsum([len(part) for part in parts])[:-1]
    return tuple(np.split(groups, ends))


def _start(digest: str | None) -> int:
    return 0 if digest is None else int(digest[:16], 16)
