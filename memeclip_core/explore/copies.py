"""Memes that are the same or nearly so, as groups."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from memeclip_core.records.exploration import CopyGroup, CopyKind


def list_groups(
    kind: CopyKind,
    ids: Sequence[str],
    numbers: Sequence[int] | np.ndarray,
    keys: Sequence[str | None],
    *,
    near: bool = False,
) -> tuple[CopyGroup, ...]:
    """Return the groups of at least two memes, the largest first.

    Args:
        kind: what they have in common.
        ids: N memes.
        numbers: N group numbers.
        keys: what makes memes the same; ``None`` is in no group.
        near: whether groups of memes that are all the same are left out.
    """
    members: dict[int, list[int]] = {}
    for i, number in enumerate(numbers):
        if keys[i] is not None:
            members.setdefault(int(number), []).append(i)
    found = [
        group
        for group in members.values()
        if len(group) > 1 and not (near and len({keys[i] for i in group}) == 1)
    ]
    found.sort(key=lambda group: (-len(group), group))
    return tuple(CopyGroup(kind=kind, ids=tuple(ids[i] for i in group)) for group in found)
