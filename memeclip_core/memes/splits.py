"""Which memes are trained on and which are measured on, so that no duplicate straddles."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import fsum

import numpy as np

from memeclip_core.errors import DatasetError

HELD_OUT_OF = 5
"""One corrected meme in this many is held out."""

SKETCH = 128
"""Bytes of the sketch of a text. Two of them agree in about the share in which the texts overlap,
give or take 0.04 where that is 0.7."""

_ANY = ""
"""The class that every row has, so that parts of equal shares get equally many rows."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GroupKeys:
    """What N memes are recognised by, without their texts; see ``near_duplicates``.

    Attributes:
        ids: content ids.
        texts: uint64 (N,), the start of the hash of each normalised text; 0 without one.
        sketches: uint8 (N, ``SKETCH``), of which nearly equal texts share most; zeros without one.
    """

    ids: tuple[str, ...]
    texts: np.ndarray
    sketches: np.ndarray

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, places: np.ndarray) -> GroupKeys:
        """Return the keys at these places, in this order."""
        return GroupKeys(
            ids=tuple(self.ids[place] for place in places),
            texts=self.texts[places],
            sketches=self.sketches[places],
        )


NO_KEYS = GroupKeys(ids=(), texts=np.zeros(0, np.uint64), sketches=np.zeros((0, SKETCH), np.uint8))


def join_keys(parts: Sequence[GroupKeys]) -> GroupKeys:
    """Return the keys of all parts, one after the other."""
    return GroupKeys(
        ids=tuple(meme for part in parts for meme in part.ids),
        texts=np.concatenate([part.texts for part in parts]),
        sketches=np.concatenate([part.sketches for part in parts]),
    )


def pack_ids(ids: Sequence[str], *, width: int = 32) -> np.ndarray:
    """Return hexadecimal ids of equal length as bytes: uint8 (N, ``width``)."""
    return np.frombuffer(b"".join(map(bytes.fromhex, ids)), np.uint8).reshape(-1, width)


def unpack_ids(packed: np.ndarray) -> tuple[str, ...]:
    """Return what ``pack_ids`` packed."""
    return tuple(row.tobytes().hex() for row in packed)


def is_held_out(meme_id: str) -> bool:
    """Say whether a meme belongs to the fifth that retraining only measures on.

    This deals groups that no model has met yet; see ``models.sides`` for all others.

    Args:
        meme_id: SHA-256 in hexadecimal.
    """
    return int(meme_id[:8], 16) % HELD_OUT_OF == 0


def join_equal(*columns: Sequence[str | None]) -> tuple[int, ...]:
    """Put rows that share a key in any column into one group.

    Args:
        columns: one key a row, such as its text's hash and its image's id; ``None`` is like
            nothing else.

    Returns:
        a group number for each row: the place of the group's first row.
    """
    pairs: list[tuple[int, int]] = []
    for keys in columns:
        first: dict[str, int] = {}
        pairs += [(first.setdefault(k, i), i) for i, k in enumerate(keys) if k is not None]
    return join_pairs(len(columns[0]) if columns else 0, pairs)


def join_pairs(n: int, pairs: Iterable[tuple[int, int]]) -> tuple[int, ...]:
    """Put rows that are paired, directly or through others, into one group; see ``join_equal``."""
    root = list(range(n))

    def find(i: int) -> int:
        while root[i] != i:
            root[i] = root[root[i]]
            i = root[i]
        return i

    for a, b in pairs:
        low, high = sorted((find(a), find(b)))
        root[high] = low
    return tuple(find(i) for i in range(n))


def make_folds(
    strata: Sequence[Sequence[str]], groups: Sequence[int], *, folds: int, seed: int
) -> tuple[int, ...]:
    """Deal rows into folds of equal size that hold equally much of every class.

    Args:
        strata: the classes of each row; one if multiclass, any number if multilabel.
        groups: the group of each row; a group is never torn.
        seed: of the order in which groups of the same size are dealt.

    Returns:
        the fold of each row, from 0 to ``folds - 1``.

    Raises:
        DatasetError: on fewer than two folds, or fewer groups than folds.
    """
    distinct = len(set(groups))
    if not 2 <= folds <= distinct:
        raise DatasetError(
            f"{folds} folds were asked for, and there are {distinct} rows that are no duplicates "
            "of each other. Choose from 2 to that many folds."
        )
    return _deal(strata, groups, [1 / folds] * folds, seed)


def make_split(
    strata: Sequence[Sequence[str]], groups: Sequence[int], *, share: float, seed: int
) -> tuple[bool, ...]:
    """Set a share of the rows aside, with its share of every class; see ``make_folds``.

    Returns:
        for each row, whether it is set aside.

    Raises:
        DatasetError: if ``share`` is not between 0 and 1.
    """
    if not 0 < share < 1:
        raise DatasetError(f"The share to set aside is {share}; it must lie between 0 and 1.")
    return tuple(part == 1 for part in _deal(strata, groups, [1 - share, share], seed))


def _deal(
    strata: Sequence[Sequence[str]], groups: Sequence[int], shares: Sequence[float], seed: int
) -> tuple[int, ...]:
    """Deal groups one by one to the part that is relatively shortest of their classes.

    Large groups and rare classes go first, while there is still a choice: the iterative
    stratification of Sechidis et al. (ECML 2011), on groups instead of rows.
    """
    # By hand: scikit-learn stratifies no several labels a row, and published figures are of these
    # folds.
    total: Counter[str] = Counter()
    held: dict[int, Counter[str]] = {}
    for classes, group in zip(strata, groups, strict=True):
        # In the row's order: a set's order changes from process to process, and so would sums.
        counts = Counter(dict.fromkeys((_ANY, *classes), 1))
        total += counts
        held.setdefault(group, Counter()).update(counts)
    order = sorted(held)
    random.Random(seed).shuffle(order)
    order.sort(key=lambda group: (-held[group][_ANY], min(total[c] for c in held[group])))
    parts: list[Counter[str]] = [Counter() for _ in shares]
    chosen: dict[int, int] = {}
    for group in order:
        needs = [
            fsum(n * (1 - part[c] / (share * total[c])) / total[c] for c, n in held[group].items())
            for part, share in zip(parts, shares, strict=True)
        ]
        chosen[group] = max(range(len(parts)), key=lambda i: (needs[i], -i))
        parts[chosen[group]] += held[group]
    return tuple(chosen[group] for group in groups)
