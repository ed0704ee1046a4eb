"""Labels as a dataset, a program or a person spells them, turned into arrays of ids."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from memeclip_core.datasets.class_folders import COLUMN, UNIT
from memeclip_core.datasets.formats.cells import is_gap
from memeclip_core.datasets.formats.rows import same_column
from memeclip_core.datasets.reader import Dataset, Row
from memeclip_core.errors import DatasetError
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
        return None
    found = [read_spelling(task, cell) for cell in cells]
    names = tuple(dict.fromkeys(name for held in found for name in held or ()))
    unknown = [
        cell
        for cell, held in zip(cells, found, strict=True)
        if not (held or is_missing(task, cell))
    ]
    if unknown:
        # A long value is a text in the wrong column, and texts are not shown.
        shown = f"'{unknown[0]}'" if len(unknown[0]) <= LONGEST_SHOWN else "a long text"
        raise DatasetError(
            f"{row.place}, column {task.column}: {shown} is no label of the task "
            f"'{task.key}'. Allowed: {', '.join(label.value for label in task.labels)}."
        )
    if task.kind == "multilabel":
        return names if names or not cells else None
    if len(names) > 1:
        raise DatasetError(
            f"{row.place}, column {task.column}: {len(names)} labels, and the task '{task.key}' "
            f"takes one of: {', '.join(label.value for label in task.labels)}."
        )
    return names or None


def find_column(task: Task, row: Row) -> str:
    """Return which of a row's label columns is the task's, or the name that it should have."""
    wanted = (task.column, *task.aliases)
    exact = (name for name in wanted if name in row.labels)
    alike = (c for name in wanted for c in row.labels if same_column(c, name))
    return next(exact, None) or next(alike, None) or task.column


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

    A label that cannot be read is taken from its row and named in ``unread``; the row stays.
    """
    rows: list[Row] = []
    unread = list(dataset.unread)
    read: set[str] = set()
    for given in dataset.rows:
        try:
            row = place_folder(task_set, given)
        except DatasetError as error:
            unread.append(_unread(given, error))
            row = replace(given, labels={})
        labels = dict(row.labels)
        for task in task_set:
            column = find_column(task, row)
            read.add(column)
            try:
                names = label_names(task, row)
            except DatasetError as error:
                unread.append(_unread(row, error))
                names = None
            if names is None:
                labels.pop(column, None)
            else:
                labels[column] = tuple(task.label(name).value for name in names)
        rows.append(replace(row, labels=labels))
    unused = dict.fromkeys(c for row in rows for c in row.labels if c not in read)
    notes = list(dataset.notes)
    if unused:
        reason = f"Columns that no task of {task_set.key} reads: {', '.join(unused)}."
        notes.append(Failure(filename=", ".join(dataset.files), reason=reason))
    return replace(
        dataset, rows=tuple(rows), unread=tuple(unread), notes=tuple(notes), task_set=task_set
    )


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


SEPARATORS = ("|", ";", ",", "\n")
"""Between the labels of one cell, where a task takes several."""

_DASHES = r"\-\u2010-\u2015\u2212"
_NUMBER = re.compile(rf"([+{_DASHES}]?)\s*(\d+(?:\.\d*)?(?:e[+-]?\d+)?)")
_GLUE = re.compile(rf"[\s_{_DASHES}]+")
_ACCENTS = re.compile(r"[\u0300-\u036f]")
_QUOTES = " \t\r\n'\"`\u2018\u2019\u201c\u201d"
"""What a program puts around a word, and a spreadsheet before a number."""
_COMMA = re.compile(r"^(\d+),0+$")
"""A number as a spreadsheet writes it where a comma parts decimals."""
_SIGNS = dict.fromkeys(("true", "t", "yes", "y"), "1") | dict.fromkeys(
    ("false", "f", "no", "n"), "0"
)
"""What a spreadsheet, a program or a person writes for 1 and 0."""


def read_spelling(task: Task, cell: str) -> tuple[str, ...] | None:
    """Return the names of the labels that a cell plainly means, or ``None`` if it means none.

    A label is known by its value in the dataset, its name or what people read on the page, written
    in any case, with blanks, hyphens or underscores, quoted, without accents, and a number also
    with a point or an exponent (``1.0``, ``1e+00``).
    Several labels of a task that takes several may stand in one cell.
    """
    name = _find(task, cell)
    if name is None and task.kind == "multiclass":
        name = _find(task, _COMMA.sub(r"\1", cell.strip()))
    if name is not None:
        return (name,)
    if task.kind == "multilabel":
        for separator in SEPARATORS:
            names = _part(task, cell.split(separator), separator)
            if names:
                return names
    return None


def is_missing(task: Task, cell: str) -> bool:
    """Say whether a cell that is no label says that the row has none."""
    return cell in task.missing or is_gap(cell)


def _part(task: Task, parts: list[str], separator: str) -> tuple[str, ...] | None:
    """Return the labels of a cell's parts; a label's own name may hold the separator."""
    names: dict[str, None] = {}
    at = 0
    while at < len(parts):
        if not parts[at].strip():
            at += 1
            continue
        for end in range(len(parts), at, -1):
            name = _find(task, separator.join(parts[at:end]))
            if name is not None:
                names[name] = None
                at = end
                break
        else:
            return None
    return tuple(names)


def _find(task: Task, cell: str) -> str | None:
    exact, folded = _list_spellings(task)
    return exact.get(cell) or folded.get(_fold(cell))


@lru_cache(maxsize=64)
def _list_spellings(task: Task) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return names by what is written just so, and by what is folded and means one label alone."""
    exact = {label.name: label.name for label in task.labels}
    exact |= {label.value: label.name for label in task.labels}
    by_value = {_fold(label.value): label.name for label in task.labels}
    folded: dict[str, str] = {}
    if set(by_value) == {"0", "1"}:
        folded |= {word: by_value[number] for word, number in _SIGNS.items()}
    # What comes later wins: a value is what the dataset's own files hold.
    for spelt in (
        [(_fold(label.display), label.name) for label in task.labels],
        [(_fold(label.name), label.name) for label in task.labels],
        [(_fold(label.value), label.name) for label in task.labels],
    ):
        for word, name in spelt:
            if {other for said, other in spelt if said == word} == {name}:
                folded[word] = name
            else:
                folded.pop(word, None)
    return exact, folded


def _fold(word: str) -> str:
    """Return a word without case, accents, quotes and what cannot be seen, a number as it is."""
    plain = unicodedata.normalize("NFKC", word).casefold()
    plain = "".join(char for char in plain if unicodedata.category(char) != "Cf").strip(_QUOTES)
    number = _NUMBER.fullmatch(plain)
    if number and (size := float(number[2])).is_integer():
        # A dash before a number is its sign, whichever dash: -1 is not 1.
        sign = "" if number[1] in ("", "+") else "-"
        return f"{sign}{int(size)}"
    plain = _ACCENTS.sub("", unicodedata.normalize("NFD", plain))
    return _GLUE.sub(" ", unicodedata.normalize("NFC", plain)).strip()
