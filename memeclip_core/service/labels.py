"""Labels as a dataset or a person writes them, turned into arrays of ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from memeclip_core.errors import DatasetError
from memeclip_core.records import Failure
from memeclip_core.stores.datasets import Dataset, Row
from memeclip_core.tasks import Task, TaskSet
from memeclip_core.training.rows import MISSING

LONGEST_SHOWN = 24
"""Characters of a wrong label that a message repeats."""


def encode_labels(task: Task, labels: Sequence[tuple[str, ...] | None]) -> np.ndarray:
    """Turn label names per row into ids.

    Args:
        task: whose labels these are.
        labels: N tuples of names; ``None`` where the row has no label for the task.

    Returns:
        (N,) int64 if multiclass, (N, C) int64 of 0 and 1 if multilabel; ``MISSING`` for ``None``.

    Raises:
        LabelError: on a name that the task does not have.
    """
    if task.kind == "multiclass":
        ids = [MISSING if names is None else task.index(task.check(names)[0]) for names in labels]
        return np.array(ids, dtype=np.int64)
    matrix = np.zeros((len(labels), len(task.labels)), dtype=np.int64)
    for row, names in enumerate(labels):
        if names is None:
            matrix[row] = MISSING
        else:
            matrix[row, [task.index(name) for name in names]] = 1
    return matrix


def label_names(task: Task, row: Row) -> tuple[str, ...] | None:
    """Return the names of a dataset row's labels for a task, or ``None`` without a label.

    Raises:
        DatasetError: if the row holds a value that the task does not know, or several values
            where it takes one.
    """
    cells = next((row.labels[c] for c in (task.column, *task.aliases) if c in row.labels), None)
    if cells is None or (task.kind == "multiclass" and cells[0] in task.missing):
        return None
    names = {label.value: label.name for label in task.labels}
    unknown = [cell for cell in cells if cell not in names]
    if unknown:
        # A long value is a text in the wrong column, and texts are not shown.
        shown = f"'{unknown[0]}'" if len(unknown[0]) <= LONGEST_SHOWN else "a long text"
        raise DatasetError(
            f"{row.place}, column {task.column}: {shown} is no label of the task "
            f"'{task.key}'. Allowed: {', '.join(names)}."
        )
    if task.kind == "multiclass" and len(cells) != 1:
        raise DatasetError(
            f"{row.place}, column {task.column}: {len(cells)} labels, and the task '{task.key}' "
            f"takes one of: {', '.join(names)}."
        )
    return tuple(names[cell] for cell in cells)


def drop_mislabelled(task_set: TaskSet, dataset: Dataset) -> Dataset:
    """Return the dataset with every row left out whose labels the tasks do not know."""
    rows: list[Row] = []
    left_out = list(dataset.left_out)
    for row in dataset.rows:
        try:
            for task in task_set:
                label_names(task, row)
        except DatasetError as error:
            reason = str(error).removeprefix(f"{row.place}, ")
            left_out.append(Failure(filename=row.place, reason=reason))
        else:
            rows.append(row)
    files = {file: place for place, file in enumerate(dataset.files)}

    def place(failure: Failure) -> tuple[int, int]:
        file, _, line = failure.filename.rpartition("line ")
        return files.get(file.removesuffix(", "), 0), int(line)

    left_out.sort(key=place)
    return replace(dataset, rows=tuple(rows), left_out=tuple(left_out))


def label_rows(task_set: TaskSet, rows: Sequence[Row]) -> Mapping[str, np.ndarray]:
    """Return every task's label array for the rows of a dataset.

    A task that does not apply to a row, going by the row's other labels, has no label there.
    """
    names: list[dict[str, tuple[str, ...]]] = []
    for row in rows:
        known = {task.key: label_names(task, row) for task in task_set}
        named = {key: value for key, value in known.items() if value is not None}
        names.append({k: v for k, v in named.items() if task_set.applies(k, named)})
    return {task.key: encode_labels(task, [n.get(task.key) for n in names]) for task in task_set}
