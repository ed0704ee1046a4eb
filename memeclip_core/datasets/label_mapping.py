"""Labels as a dataset, a program or a person spells them, turned into arrays of ids."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from memeclip_core.datasets.class_folders import COLUMN, UNIT
from memeclip_core.datasets.formats.rows import same_column
from memeclip_core.datasets.reader import Dataset, Row
from memeclip_core.datasets.spelling import fold_word, is_missing, read_sign, read_spelling
from memeclip_core.errors import DatasetError
from memeclip_core.records.dataset_report import Meaning
from memeclip_core.records.mapping import NONE
from memeclip_core.records.meme import Failure
from memeclip_core.tasks import Task, TaskSet
from memeclip_core.training.rows import MISSING

LONGEST_SHOWN = 24
"""Characters of a wrong label that a message repeats."""


def encode_labels(task: Task, labels: Sequence[tuple[str, ...] | None]) -> np.ndarray:
    """Turn N tuples of label names into ids; ``None`` where a row has no label for the task.

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
    cells = row.labels.get(find_column(task, row))
    if cells is None:
        return _read_signs(task, row)
    found = [read_spelling(task, cell) for cell in cells]
    names = tuple(dict.fromkeys(name for held in found for name in held or ()))
    unknown = [
        cell
        for cell, held in zip(cells, found, strict=True)
        if held is None and not is_missing(task, cell)
    ]
    if unknown:
        # A long value is a text in the wrong column, and texts are not shown.
        shown = f"'{unknown[0]}'" if len(unknown[0]) <= LONGEST_SHOWN else "a long text"
        raise DatasetError(
            f"{row.place}, column {task.column}: {shown} is no label of the task "
            f"'{task.key}'. Allowed: {', '.join(label.value for label in task.labels)}."
        )
    if task.kind == "multilabel":
        return names if names or not cells or () in found else None
    if len(names) > 1:
        raise DatasetError(
            f"{row.place}, column {task.column}: {len(names)} labels, and the task '{task.key}' "
            f"takes one of: {', '.join(label.value for label in task.labels)}."
        )
    return names or None


def _read_signs(task: Task, row: Row) -> tuple[str, ...] | None:
    """Return the labels whose own columns say that they hold; ``None`` if one of them is silent."""
    names: list[str] = []
    silent = False
    for label in task.labels:
        column = _match(row, (label.column,)) if label.column else None
        cells = [c for c in row.labels.get(column or "") or () if not is_missing(task, c)]
        signs = [read_sign(cell) for cell in cells]
        if None in signs or len(signs) > 1:
            raise DatasetError(
                f"{row.place}, column {column}: it says whether '{label.name}' holds, and allowed "
                "are 1 and 0 (or yes and no)."
            )
        silent = silent or not signs
        names += [label.name] if signs == [True] else []
    return None if silent else tuple(names)


def find_column(task: Task, row: Row) -> str:
    """Return which of a row's label columns is the task's, or the name that it should have."""
    # By its key, where several tasks read one column and their labels were parted.
    wanted = (task.column, *task.aliases)
    return task.key if task.key in row.labels else _match(row, wanted) or task.column


def find_columns(task: Task, row: Row) -> list[str]:
    """Return the columns with a row's labels for a task: one, or one for each label."""
    column = find_column(task, row)
    own = [_match(row, (label.column,)) for label in task.labels if label.column]
    return [column] if column in row.labels else [name for name in own if name] or [column]


def _match(row: Row, wanted: Sequence[str]) -> str | None:
    """Return the first label column of a row that is called so, exactly or nearly."""
    exact = (name for name in wanted if name in row.labels)
    alike = (c for name in wanted for c in row.labels if same_column(c, name))
    return next(exact, None) or next(alike, None)


def is_meant(task_set: TaskSet, row: Row) -> bool:
    """Say whether a row is one of those that a task set is about; see ``TaskSet.rows``.

    Raises:
        DatasetError: if the row lacks the column that says so.
    """
    for kept in task_set.rows:
        column = _match(row, (kept.column,))
        cells = row.labels.get(column or "", (row.split,) if kept.column == "split" else None)
        if cells is None and column is None:
            raise DatasetError(
                f"{row.place}: the task set {task_set.key} takes rows by their column "
                f"'{kept.column}', which this one has not. Its columns: "
                f"{', '.join(row.labels) or 'none'}."
            )
        if not {fold_word(cell) for cell in cells or ()} & set(map(fold_word, kept.values)):
            return False
    return True


def place_folder(task_set: TaskSet, row: Row) -> Row:
    """Return a picture's row with its folder as the label of the one task that knows it.

    Rows of a list, and of a task that reads that column itself, are returned as they are.

    Raises:
        DatasetError: if no task knows the folder, or several do, as they do "0" and "1".
    """
    held = row.labels.get(COLUMN)
    if row.unit != UNIT or held is None or COLUMN in {find_column(task, row) for task in task_set}:
        return row
    knowing = [task for task in task_set if all(read_spelling(task, cell) for cell in held)]
    if len(knowing) != 1:
        tasks = ", ".join(task.key for task in knowing or task_set)
        which = "several tasks" if knowing else "none of the tasks"
        raise DatasetError(
            f"{row.place}, the folder '{held[0]}' is a label of {which} ({tasks}). Call folders "
            "as one task alone calls its labels, or name a list with a column for each task."
        )
    return replace(row, labels={knowing[0].column: held})


def settle_labels(task_set: TaskSet, dataset: Dataset) -> Dataset:
    """Return the dataset with every label of these tasks as the task file spells its values.

    A label that cannot be read is taken from its row and named in ``unread``; the row stays. Rows
    that the tasks are not about are left out, and a note says how many.

    Raises:
        DatasetError: if a row lacks the column by which rows are taken, or none is left.
    """
    rows: list[Row] = []
    unread = list(dataset.unread)
    read: set[str] = {kept.column for kept in task_set.rows}
    columns = Counter(task.column for task in task_set)
    meant = [row for row in dataset.rows if is_meant(task_set, row)]
    for given in meant:
        try:
            row = place_folder(task_set, given)
        except DatasetError as error:
            unread.append(_unread(given, error))
            row = replace(given, labels={})
        labels = dict(row.labels)
        for task in task_set:
            held = find_columns(task, row)
            # Tasks that read one column part here: each has its own labels from now on.
            own = task.key if columns[task.column] > 1 else find_column(task, row)
            read.update(held, [own])
            try:
                names = label_names(task, row)
            except DatasetError as error:
                unread.append(_unread(row, error))
                names = None
            for column in held:
                if column not in task_set.keys:
                    labels.pop(column, None)
            if names is not None:
                labels[own] = tuple(task.label(name).value for name in names)
            else:
                labels.pop(own, None)
        rows.append(replace(row, labels=labels))
    unused = dict.fromkeys(c for row in rows for c in row.labels if c not in read)
    notes = list(dataset.notes)
    if task_set.rows:
        notes.append(_note_meant(task_set, dataset, len(meant)))
    if unused:
        reason = f"Columns that no task of {task_set.key} reads: {', '.join(unused)}."
        notes.append(Failure(filename=", ".join(dataset.files), reason=reason))
    return replace(
        dataset, rows=tuple(rows), unread=tuple(unread), notes=tuple(notes), task_set=task_set
    )


def _note_meant(task_set: TaskSet, dataset: Dataset, left: int) -> Failure:
    wanted = "; ".join(f"{kept.column}: {' or '.join(kept.values)}" for kept in task_set.rows)
    files = ", ".join(dataset.files)
    if not left:
        raise DatasetError(f"{files}: none of its {len(dataset.rows)} rows has {wanted}.")
    reason = f"{left} of its {len(dataset.rows)} rows are taken: those with {wanted}."
    return Failure(filename=files, reason=reason)


def count_meanings(task_set: TaskSet, dataset: Dataset) -> Iterator[Meaning]:
    """Yield what the values of a dataset's columns mean, with how many rows have each.

    Labels that cannot be read are passed over: ``settle_labels`` names them.
    """
    for task in task_set:
        counts: Counter[tuple[str, str, tuple[str, ...]]] = Counter()
        for given in dataset.rows:
            try:
                row = place_folder(task_set, given)
                names = label_names(task, row)
            except DatasetError:
                continue
            if names is None:
                continue
            whole = find_column(task, row)
            for column in find_columns(task, row):
                cells = row.labels.get(column) or ()
                mapped = row.mapped.get(column, ())
                for cell, said in mapped or zip(cells, cells, strict=True):
                    one = column != whole
                    meant = _mean(task, column, said) if one else read_spelling(task, said)
                    if mapped and said == NONE:
                        meant = ()
                    if meant is not None:
                        counts[column, cell, meant] += 1
        for (column, cell, meant), rows in counts.items():
            yield Meaning(task=task.key, column=column, value=cell, labels=meant, rows=rows)


def _mean(task: Task, column: str, cell: str) -> tuple[str, ...]:
    """Return the label that a 1 of its own column means; a 0 means none."""
    names = (label.name for label in task.labels if same_column(label.column, column))
    return tuple(names) if read_sign(cell) else ()


def _unread(row: Row, error: DatasetError) -> Failure:
    return Failure(filename=row.place, reason=str(error).removeprefix(f"{row.place}, "))


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
