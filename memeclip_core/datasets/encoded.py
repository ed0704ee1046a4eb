"""Datasets as labelled features: read, encode, keep duplicates on one side."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from memeclip_core.datasets.duplicates import find_copies
from memeclip_core.datasets.label_mapping import label_rows, settle_labels
from memeclip_core.datasets.notes import note_unlabelled
from memeclip_core.datasets.reader import Dataset, Row, read_datasets
from memeclip_core.datasets.row_features import encode_rows, row_id
from memeclip_core.encoders.base import Encoder
from memeclip_core.encoders.cache import FeatureCache
from memeclip_core.encoders.captioner import Captioner
from memeclip_core.encoders.features import VECTORS, Needs
from memeclip_core.errors import DatasetError
from memeclip_core.memes.text import text_hash
from memeclip_core.records.job import Progress
from memeclip_core.tasks import TaskSet
from memeclip_core.training.rows import LabelledRows

LOG = logging.getLogger("memeclip")

__all__ = ("drop_straddlers", "encode_dataset", "encode_rows", "read_rows", "row_id")


def read_rows(
    source: Dataset | Sequence[Path],
    split: str | None = None,
    *,
    task_set: TaskSet | None = None,
    images: Path | None = None,
    columns: Mapping[str, str] | None = None,
) -> list[Row]:
    """Return the usable rows of a dataset, or of files or folders of one published format.

    How many lines were left out is logged; ``memeclip dataset check`` names them.

    Args:
        source: a dataset that was read, or paths of one format, which is recognised from the
            content.
        split: keep only rows of this split; ``None`` keeps all.
        task_set: whose labels the rows have; what is none of theirs is taken from its row.
            ``None`` takes the values as they are written.
        images: the folder of the images; ``None`` looks beside the files.
        columns: what the columns of a generic file are; see ``read_column_map``.

    Raises:
        DatasetError: if a file is of no known format, or if no row is left.
    """
    dataset = (
        source
        if isinstance(source, Dataset)
        else read_datasets(source, images=images, columns=columns)
    )
    if task_set is not None and dataset.task_set != task_set:
        dataset = settle_labels(task_set, dataset)
    if dataset.found.named:
        LOG.warning("%s: %s", ", ".join(dataset.files), dataset.found)
    for note in (*dataset.notes, *note_unlabelled(dataset.rows)):
        LOG.warning("%s: %s", note.filename, note.reason)
    if dataset.left_out:
        LOG.warning(
            "%s: %d line(s) left out, %d rows read",
            ", ".join(dataset.files),
            len(dataset.left_out),
            len(dataset.rows),
        )
    if dataset.unread:
        LOG.warning(
            "%s: %d label(s) cannot be read and are left out, such as %s: %s",
            ", ".join(dataset.files),
            len(dataset.unread),
            dataset.unread[0].filename,
            dataset.unread[0].reason,
        )
    kept = [row for row in dataset.rows if split is None or row.split == split]
    if not kept:
        found = ", ".join(sorted({row.split or "(none)" for row in dataset.rows}))
        raise DatasetError(f"No row has the split '{split}'. Found: {found or 'no rows'}.")
    return kept


def drop_straddlers(rows: Sequence[Row], others: Sequence[Row]) -> list[Row]:
    """Return the rows that do not also stand among ``others``; see ``find_copies``."""
    both = [*rows, *others]
    judged = [False] * len(rows) + [True] * len(others)
    copies = find_copies(both, [text_hash(row.text) for row in both], judged)
    return [row for row, copy in zip(rows, copies, strict=False) if not copy]


def encode_dataset(
    encoder: Encoder,
    task_set: TaskSet,
    rows: Sequence[Row],
    *,
    with_images: bool = True,
    needs: Needs = VECTORS,
    captioner: Captioner | None = None,
    cache: FeatureCache | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> LabelledRows:
    """Encode rows and their labels; see ``encode_rows`` and ``label_rows``."""
    labels = label_rows(task_set, rows)
    features = encode_rows(
        encoder,
        rows,
        with_images=with_images,
        needs=needs,
        captioner=captioner,
        cache=cache,
        on_progress=on_progress,
    )
    return LabelledRows(features=features, labels=dict(labels))
