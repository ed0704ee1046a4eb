"""Memes that stand in a dataset more than once, and those that stand in two splits.

A meme is its text and its picture together: another text on the same picture is another meme, and
so is the same text on another picture. Datasets such as Hateful Memes are built of such pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from itertools import permutations

import numpy as np

from memeclip_core.datasets.reader import Row
from memeclip_core.errors import ImageError
from memeclip_core.memes.image import DEFAULT_LIMITS, content_id
from memeclip_core.memes.near_duplicates import ImagePrint, group_near_images, group_near_texts
from memeclip_core.memes.splits import join_equal
from memeclip_core.memes.text import text_key
from memeclip_core.records.dataset_report import Duplicates, Kind, Straddle
from memeclip_core.storage.tree import read_file


def find_copies(
    rows: Sequence[Row], texts: Sequence[object], judged: Sequence[bool] | np.ndarray
) -> np.ndarray:
    """Say of each of N rows whether a judged row is the same meme, so that it must not be learnt.

    That is one with the same text and the same picture; where one of the two has no picture, the
    text alone tells.

    Args:
        rows, texts: the rows, and what those with the same text have in common.
        judged: bool (N,); a row among them is no copy itself.

    Returns:
        bool (N,).
    """

    @cache
    def picture(i: int) -> str | None:
        path = rows[i].image
        with suppress(ImageError):
            if path is not None:
                return content_id(read_file(path, max_bytes=DEFAULT_LIMITS.max_bytes))
        return None

    def key(i: int) -> object:
        return texts[i] if rows[i].text.strip() else None

    def same(i: int, j: int) -> bool:
        if picture(i) == picture(j):
            return key(i) is not None or picture(i) is not None
        return key(i) is not None and None in (picture(i), picture(j))

    held: dict[object, list[int]] = {}
    for j in map(int, np.flatnonzero(judged)):
        held.setdefault(key(j), []).append(j)
    return np.array(
        [not judged[i] and any(same(i, j) for j in held.get(key(i), ())) for i in range(len(rows))],
        dtype=np.bool_,
    )


def find_duplicates(
    rows: Sequence[Row], prints: Sequence[ImagePrint | None]
) -> tuple[Duplicates, ...]:
    """Find duplicates of every kind among rows of all splits, whose images have these prints."""
    texts = [text_key(row.text) for row in rows]
    images = [item.content if item is not None else None for item in prints]
    near_texts = group_near_texts([row.text for row in rows])
    near_images = group_near_images(prints)
    return (
        _describe("same text", rows, texts, join_equal(texts), None),
        _describe("near text", rows, texts, near_texts, texts),
        _describe("same image", rows, images, join_equal(images), None),
        _describe("near image", rows, images, near_images, images),
    )


def _describe(
    kind: Kind,
    rows: Sequence[Row],
    keys: Sequence[str | None],
    groups: Sequence[int],
    same: Sequence[str | None] | None,
) -> Duplicates:
    """Describe groups; those of one ``same`` key are left out, and so are rows without a key."""
    members: dict[int, list[int]] = {}
    for i, group in enumerate(groups):
        if keys[i] is not None:
            members.setdefault(group, []).append(i)
    found = [
        group
        for group in members.values()
        if len(group) > 1 and (same is None or len({same[i] for i in group}) > 1)
    ]
    return Duplicates(
        kind=kind,
        compared=sum(key is not None for key in keys),
        groups=tuple(tuple(rows[i].place for i in group) for group in found),
        contradicting=sum(len({_labels(rows[i]) for i in group}) > 1 for group in found),
        straddles=_find_straddles(rows, found, same),
    )


def _labels(row: Row) -> frozenset[tuple[str, frozenset[str]]]:
    return frozenset((column, frozenset(values)) for column, values in row.labels.items())


def _find_straddles(
    rows: Sequence[Row], groups: Sequence[Sequence[int]], same: Sequence[str | None] | None
) -> tuple[Straddle, ...]:
    splits = list(dict.fromkeys(row.split for row in rows))
    of = {split: sum(row.split == split for row in rows) for split in splits}
    shared = dict.fromkeys(permutations(splits, 2), 0)
    for group in groups:
        present = {rows[i].split for i in group}
        for i in group:
            twins = {rows[j].split for j in group if same is not None and same[j] == same[i]}
            for other in present - twins - {rows[i].split}:
                shared[rows[i].split, other] += 1
    return tuple(
        Straddle(split=split, other=other, rows=n, of=of[split])
        for (split, other), n in shared.items()
        if n
    )
