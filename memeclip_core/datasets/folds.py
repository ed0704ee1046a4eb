"""A dataset without a validation file, dealt into parts that share no meme."""

from __future__ import annotations

from collections.abc import Sequence

from memeclip_core.datasets.label_mapping import label_names
from memeclip_core.datasets.reader import Row
from memeclip_core.encoders.features import Features
from memeclip_core.memes.near_duplicates import group_near_texts
from memeclip_core.memes.splits import join_equal, make_folds, make_split
from memeclip_core.memes.text import text_key
from memeclip_core.tasks import TaskSet


def group_texts(rows: Sequence[Row]) -> tuple[int, ...]:
    """Put rows into one group that have the same or nearly the same text; see ``group_rows``."""
    texts = [text_key(row.text) for row in rows]
    near = [str(group) for group in group_near_texts([row.text for row in rows])]
    return join_equal(texts, near)


def group_rows(rows: Sequence[Row], contents: Sequence[str | None] = ()) -> tuple[int, ...]:
    """Put rows into one group that have the same or nearly the same text, or the same image.

    A group's number is the place of its first row; ``contents`` are those of ``list_contents``.
    """
    texts = [str(group) for group in group_texts(rows)]
    return join_equal(texts, contents or [None] * len(rows))


def list_contents(features: Features) -> list[str | None]:
    """Return the SHA-256 of each row's image, ``None`` without one."""
    pairs = zip(features.ids, features.has_image, strict=True)
    return [content if has else None for content, has in pairs]


def fold_rows(
    task_set: TaskSet,
    rows: Sequence[Row],
    *,
    folds: int,
    seed: int,
    groups: Sequence[int] | None = None,
) -> tuple[int, ...]:
    """Return each row's fold, stratified by the labels of every task; see ``make_folds``.

    Args:
        task_set, rows, folds, seed: what is dealt into how many, and which deal.
        groups: of the rows, by ``group_rows``; ``None`` groups them by their texts.

    Raises:
        DatasetError: if a label is unknown, or there are fewer different memes than folds.
    """
    own = groups or group_rows(rows)
    return make_folds(_list_strata(task_set, rows), own, folds=folds, seed=seed)


def split_rows(
    task_set: TaskSet,
    rows: Sequence[Row],
    *,
    share: float,
    seed: int,
    groups: Sequence[int] | None = None,
) -> tuple[bool, ...]:
    """Return whether each row is set aside; see ``make_split`` and ``fold_rows``.

    Raises:
        DatasetError: if a label is unknown, or the share is not between 0 and 1.
    """
    own = groups or group_rows(rows)
    return make_split(_list_strata(task_set, rows), own, share=share, seed=seed)


def _list_strata(task_set: TaskSet, rows: Sequence[Row]) -> list[list[str]]:
    return [
        [f"{task.key}: {name}" for task in task_set for name in label_names(task, row) or ()]
        for row in rows
    ]
