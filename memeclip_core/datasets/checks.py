"""What a dataset holds and what is wrong with it: counts, gaps, duplicates; never its texts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from memeclip_core.datasets.duplicates import find_duplicates
from memeclip_core.datasets.formats.cells import is_gap
from memeclip_core.datasets.label_mapping import count_meanings, label_rows, settle_labels
from memeclip_core.datasets.notes import note_unlabelled
from memeclip_core.datasets.reader import Dataset, Row
from memeclip_core.errors import ImageError
from memeclip_core.memes.image import DEFAULT_LIMITS, load_image
from memeclip_core.memes.near_duplicates import ImagePrint, print_image
from memeclip_core.records.dataset_report import (
    ClassCount,
    DatasetReport,
    LabelReport,
    Meaning,
    SplitCount,
)
from memeclip_core.records.job import Progress
from memeclip_core.records.meme import Failure
from memeclip_core.storage.tree import read_file
from memeclip_core.tasks import TaskSet
from memeclip_core.training.rows import MISSING

PRINT_SIDE = 64
"""JPEGs are decoded at this size or above; their prints are no longer than 32."""
MOST_CLASSES = 50
"""A column with more different values, or longer ones, holds no classes: it is not listed."""
LONGEST_CLASS = 60
NONE_HOLDS = "(none of these)"
"""The label of rows for which somebody answered that no label of a multilabel task holds."""


def check_dataset(
    dataset: Dataset,
    task_set: TaskSet | None,
    *,
    on_progress: Callable[[Progress], None] | None = None,
) -> DatasetReport:
    """Look through a dataset; its images are opened once each.

    Labels are those that ``task_set`` allows; ``None`` takes the values as they are.
    """
    meanings: tuple[Meaning, ...] = ()
    if task_set is not None:
        meanings = _list_meanings(task_set, dataset)
        dataset = settle_labels(task_set, dataset)
    prints, broken = _print_images([row.image for row in dataset.rows], on_progress)
    rows = dataset.rows
    return DatasetReport(
        format=dataset.format,
        tasks=task_set.key if task_set is not None else "",
        files=dataset.files,
        skipped=dataset.skipped,
        rows=len(rows),
        pictures=dataset.found,
        splits=_count_splits(rows, prints),
        classes=_count_classes(rows, task_set),
        meanings=meanings,
        notes=(*dataset.notes, *note_unlabelled(rows)),
        malformed=dataset.left_out,
        unread_labels=dataset.unread,
        missing_texts=tuple(row.place for row in rows if not row.text.strip()),
        missing_images=tuple(row.place for row in rows if row.image_name and row.image is None),
        unreadable=tuple(
            Failure(filename=f"{row.place}, {row.image_name}", reason=broken[row.image])
            for row in rows
            if row.image in broken
        ),
        repeated_names=_find_repeats(rows),
        duplicates=find_duplicates(rows, [prints.get(row.image) for row in rows]),
    )


def check_labels(dataset: Dataset, task_set: TaskSet) -> LabelReport:
    """Say how a dataset's values are read as labels; no image is opened.

    Raises:
        DatasetError: if none of its rows is one that the task set is about.
    """
    settled = settle_labels(task_set, dataset)
    return LabelReport(
        files=dataset.files,
        tasks=task_set.key,
        rows=len(settled.rows),
        classes=_count_classes(settled.rows, task_set),
        meanings=_list_meanings(task_set, dataset),
        unread_labels=settled.unread,
    )


def _list_meanings(task_set: TaskSet, dataset: Dataset) -> tuple[Meaning, ...]:
    """Return what values mean that are not written as their label."""
    return tuple(one for one in count_meanings(task_set, dataset) if one.labels != (one.value,))


def _print_images(
    paths: Iterable[Path | None], on_progress: Callable[[Progress], None] | None
) -> tuple[dict[Path | None, ImagePrint], dict[Path | None, str]]:
    """Return the print of every image, and why the others have none."""
    prints: dict[Path | None, ImagePrint] = {}
    broken: dict[Path | None, str] = {}
    known = dict.fromkeys(path for path in paths if path is not None)
    for done, path in enumerate(known, start=1):
        try:
            data = read_file(path, max_bytes=DEFAULT_LIMITS.max_bytes)
            loaded = load_image(data, reduced_to=PRINT_SIDE)
        except ImageError as error:
            broken[path] = str(error)
        else:
            prints[path] = print_image(loaded.image, loaded.content_id)
        if on_progress is not None:
            on_progress(Progress(done=done, total=len(known), message="images"))
    return prints, broken


def _count_splits(
    rows: Sequence[Row], prints: dict[Path | None, ImagePrint]
) -> tuple[SplitCount, ...]:
    counts = []
    for split in dict.fromkeys(row.split for row in rows):
        own = [row for row in rows if row.split == split]
        bare = [row for row in own if not row.text.strip()]
        counts.append(
            SplitCount(
                split=split,
                rows=len(own),
                no_text=len(bare),
                no_image=sum(row.image is None for row in own),
                unreadable=sum(row.image is not None and row.image not in prints for row in own),
                neither=sum(row.image not in prints for row in bare),
            )
        )
    return tuple(counts)


def _count_classes(rows: Sequence[Row], task_set: TaskSet | None) -> tuple[ClassCount, ...]:
    """Count the labels of each task where it applies; without tasks, each column's values."""
    if task_set is None:
        return tuple(_count_values(rows))
    arrays = label_rows(task_set, rows)
    counts: list[ClassCount] = []
    for task in task_set:
        ids = arrays[task.key]
        matrix = ids if ids.ndim == 2 else ids[:, None] == np.arange(len(task.labels))
        missing = ids == MISSING if ids.ndim == 1 else (ids == MISSING).any(axis=1)
        held = {name: matrix[:, i] == 1 for i, name in enumerate(task.names)}
        held |= {NONE_HOLDS: ~missing & (matrix == 0).all(axis=1), "": missing}
        for name, here in held.items():
            if name in task.names or here.any():
                counts.append(_count(rows, task.key, name, here.tolist()))
    return tuple(counts)


def _count_values(rows: Sequence[Row]) -> Iterator[ClassCount]:
    for column in dict.fromkeys(column for row in rows for column in row.labels):
        values = sorted({v for row in rows for v in row.labels.get(column, ()) if not is_gap(v)})
        if len(values) <= MOST_CLASSES and all(len(v) <= LONGEST_CLASS for v in values):
            for value in values:
                here = [value in row.labels.get(column, ()) for row in rows]
                yield _count(rows, column, value, here)
        held = [row.labels.get(column) for row in rows]
        gaps = [cells is None or (cells != () and all(map(is_gap, cells))) for cells in held]
        yield _count(rows, column, "", gaps)


def _count(rows: Sequence[Row], task: str, label: str, here: Sequence[bool]) -> ClassCount:
    splits = dict.fromkeys((row.split for row in rows), 0)
    for row, counts in zip(rows, here, strict=True):
        splits[row.split] += counts
    return ClassCount(task=task, label=label, rows=splits)


def _find_repeats(rows: Sequence[Row]) -> tuple[tuple[str, ...], ...]:
    places: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        places.setdefault((row.file, row.name), []).append(row.place)
    return tuple(tuple(found) for found in places.values() if len(found) > 1)
