"""The rows of a dataset that are used: of one split, labelled as a task set has it."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from memeclip_core.datasets.duplicates import find_copies
from memeclip_core.datasets.folds import group_texts
from memeclip_core.datasets.label_mapping import settle_labels
from memeclip_core.datasets.notes import note_unlabelled
from memeclip_core.datasets.reader import Dataset, Row
from memeclip_core.errors import DatasetError
from memeclip_core.memes.text import text_hash
from memeclip_core.tasks import TaskSet

LOG = logging.getLogger("memeclip")


def read_rows(
    dataset: Dataset, split: str | None = None, *, task_set: TaskSet | None = None
) -> list[Row]:
    """Return the usable rows of a dataset, those of one split or of all.

    How many lines were left out is logged; ``memeclip dataset check`` names them. Labels are those
    of the task set, and what is none of them is taken from its row; ``None`` takes the values as
    they are written.

    Raises:
        DatasetError: if no row is left.
    """
    if task_set is not None and dataset.task_set != task_set:
        dataset = settle_labels(task_set, dataset)
    name, unread = ", ".join(dataset.files), dataset.unread
    if dataset.found.named:
        LOG.warning("%s: %s", name, dataset.found)
    for note in (*dataset.notes, *note_unlabelled(dataset.rows)):
        LOG.warning("%s: %s", note.filename, note.reason)
    if dataset.left_out:
        left, read = len(dataset.left_out), len(dataset.rows)
        LOG.warning("%s: %d line(s) left out, %d rows read", name, left, read)
    if unread:
        what = "%s: %d label(s) cannot be read and are left out, such as %s: %s"
        LOG.warning(what, name, len(unread), unread[0].filename, unread[0].reason)
    kept = [row for row in dataset.rows if split is None or row.split == split]
    if not kept:
        found = ", ".join(sorted({row.split or "(none)" for row in dataset.rows}))
        raise DatasetError(f"No row has the split '{split}'. Found: {found or 'no rows'}.")
    return kept


def drop_straddlers(
    rows: Sequence[Row], others: Sequence[Row], *, nearly: bool = False
) -> list[Row]:
    """Return the rows that do not also stand among ``others``; see ``find_copies``.

    With ``nearly``, texts that are nearly the same count as one.
    """
    both = [*rows, *others]
    judged = [False] * len(rows) + [True] * len(others)
    texts = group_texts(both) if nearly else [text_hash(row.text) for row in both]
    copies = find_copies(both, texts, judged)
    return [row for row, copy in zip(rows, copies, strict=False) if not copy]
