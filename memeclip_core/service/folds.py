"""A dataset without a validation file, dealt into parts that share no meme."""

from __future__ import annotations

from collections.abc import Sequence

from memeclip_core.service.labels import label_names
from memeclip_core.service.near_texts import group_near_texts
from memeclip_core.splits import join_equal, make_folds, make_split
from memeclip_core.stores.datasets import Row
from memeclip_core.tasks import TaskSet
from memeclip_core.text import text_hash


def group_rows(rows: Sequence[Row], contents: Sequence[str | None] = ()) -> tuple[int, ...]:
    """Put rows into one group that have the same or nearly the same text, or the same image.

    Args:
        rows: of a dataset.
        contents: the SHA-256 of each row's image, ``None`` without one; empty if there is none.

    Returns:
        a group number for each row: the place of the group's first row.
    """
    texts = [text_hash(row.text) if row.text.strip() else None for row in rows]
    near = [str(group) for group in group_near_texts([row.text for row in rows])]
    return join_equal(texts, near, contents or [None] * len(rows))


def fold_rows(
    task_set: TaskSet,
    rows: Sequence[Row],
    *,
    folds: int,
    seed: int,
    contents: Sequence[str | None] = (),
) -> tuple[int, ...]:
    """Return each row's fold, stratified by the labels of every task; see ``make_folds``.

    Raises:
        DatasetError: if a label is unknown, or there are fewer different memes than folds.
    """
    groups = group_rows(rows, contents)
    return make_folds(_list_strata(task_set, rows), groups, folds=folds, seed=seed)


def split_rows(
    task_set: TaskSet,
    rows: Sequence[Row],
    *,
    share: float,
    seed: int,
    contents: Sequence[str | None] = (),
) -> tuple[bool, ...]:
    """Return whether each row is set aside; see ``make_split`` and ``fold_rows``.

    Raises:
        DatasetError: if a label is unknown, or the share is not between 0 and 1.
    """
    groups = group_rows(rows, contents)
    return make_split(_list_strata(task_set, rows), groups, share=share, seed=seed)


def _list_strata(task_set: TaskSet, rows: Sequence[Row]) -> list[list[str]]:
    return [
        [f"{task.key}: {name}" for task in task_set for name in label_names(task, row) or ()]
        for row in rows
    ]
