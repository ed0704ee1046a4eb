"""Predictions of another system, such as a language model's, that come as a file.

The file is CSV, JSON, jsonl, Parquet or Excel with a line for each row of a dataset. A line names
its row in the column ``row`` (where it stands: "val.csv, line 7"), ``id``, ``name`` or ``image``:
the first of these by which the rows can be told apart. For each task it holds the answer in a
column with the task's key, or a probability for every class in ``task.class.probability``, or
both. Where one label is asked for, ``task.probability`` may stand beside the answer instead: how
sure the system is of it, the rest shared evenly among the other classes. Labels are written as in a
dataset; several are joined by "|". Lines may be of several ``model`` names, each with a ``seed``.
``memeclip train`` and ``memeclip evaluate --predictions`` write such files, in whose CSV form a
word that a spreadsheet would run has an apostrophe before it; it is taken off again.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from memeclip_core.datasets.formats.rows import Record, restore_cells
from memeclip_core.datasets.reader import parse_path
from memeclip_core.datasets.spelling import is_missing, read_spelling
from memeclip_core.errors import DatasetError, InputError
from memeclip_core.tasks import Task

PROBABILITY: Final = ".probability"
OWN: Final = ("row", "name", "id", "split", "model", "seed", "fold")
"""The columns that every file of ours begins with."""

SUM_ERROR: Final = 0.01
"""How far the probabilities of a row may be from 1 in sum: they may be rounded."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PredictionFile:
    """What one other system said of rows, as a file has it.

    Attributes:
        version: the system's name: in the file, or else the file's own.
        seed: in the file, or ``None``.
        columns: of the file.
        records: one for each row.
    """

    version: str
    seed: int | None
    columns: tuple[str, ...]
    records: tuple[Record, ...]

    @property
    def answers_alone(self) -> bool:
        """Whether it gives no probabilities, so that those of its answers are 0 and 1."""
        return not any(column.endswith(PROBABILITY) for column in self.columns)

    def find(self, names: Mapping[str, Sequence[str]], *, of: str) -> list[Record | None]:
        """Return the record of each row, or ``None`` where there is none.

        Args:
            names: by the columns that may name a row, what of each row they hold.
            of: what the rows belong to, such as "dataset".

        Raises:
            InputError: if no column names rows that can be told apart.
        """
        tried = []
        for column, wanted in names.items():
            if column not in self.columns:
                continue
            named = [str(record.value(column)) for record in self.records]
            for whose, words in ((f"the {of}", wanted), ("the file", named)):
                doubled = next((word for word, n in Counter(words).items() if n > 1), None)
                if doubled is not None:
                    tried.append(f"in '{column}' {whose} has a name twice")
                    break
            else:
                records = dict(zip(named, self.records, strict=True))
                found = [records.get(word) for word in wanted]
                if any(found):
                    return found
                tried.append(f"'{column}' holds none of the {of}'s names")
        why = "; ".join(tried) or f"there is none of the columns {', '.join(names)}"
        raise InputError(
            f"The rows of {self.version} cannot be found in the {of}: {why}. Name each in one of "
            "these columns, so that no two have the same name."
        )

    def list_columns(self, task: Task) -> list[str]:
        """Return the columns that answer a task; none if the file says nothing of it."""
        own = [task.key] if task.key in self.columns else []
        if own and task.kind == "multiclass" and f"{task.key}{PROBABILITY}" in self.columns:
            own.append(f"{task.key}{PROBABILITY}")
        return own + self._list_classes(task)

    def _list_classes(self, task: Task) -> list[str]:
        """Return the columns with the probabilities of all classes, or none."""
        wanted = [f"{task.key}.{name}{PROBABILITY}" for name in task.names]
        return wanted if set(wanted) <= set(self.columns) else []

    def says(self, task: Task, record: Record) -> bool:
        """Say whether a record answers a task: one label is asked for, and some cell is filled.

        Of several labels, an empty cell says that none holds.

        Raises:
            InputError: if its answer cannot be.
        """
        if task.kind == "multilabel":
            return True
        if task.key in self.columns and self._read_cells(task, record) is not None:
            return True
        return any(record.words(column) for column in self._list_classes(task))

    def answer_task(
        self, task: Task, records: Sequence[Record], silent: np.ndarray
    ) -> tuple[np.ndarray, float | np.ndarray | None]:
        """Return what some records say of a task: probabilities (N, C), and the threshold.

        The threshold is ``None`` for one label, and (N, 1) where no single one gives the answers.

        Args:
            task: which.
            records: N of the file.
            silent: bool (N,), which of them need no answer.

        Raises:
            InputError: if there is no answer, or one that cannot be.
        """
        columns, classes = self.list_columns(task), self._list_classes(task)
        sure = f"{task.key}{PROBABILITY}"
        answers = self._read_answers(task, records, silent) if task.key in columns else None
        if classes:
            probabilities = self._read_probabilities(task, records, classes)
        elif answers is None:
            probabilities = np.zeros((len(records), len(task.names)))
        elif sure in columns and len(task.names) > 1:
            known = np.array([self._read_probability(record, sure) for record in records])[:, None]
            rest = (1 - known) / (len(task.names) - 1)
            probabilities = np.where(answers == 1, known, rest)
        else:
            probabilities = answers.astype(float)
        if answers is not None and len(columns) > 1:
            return probabilities, self._agree(task, records, answers, probabilities)
        return probabilities, 0.5 if task.kind == "multilabel" else None

    def _read_answers(
        self, task: Task, records: Sequence[Record], silent: np.ndarray
    ) -> np.ndarray:
        """Return (N, C) of 0 and 1; rows that need no answer may have none."""
        found = np.zeros((len(records), len(task.names)), np.int64)
        missing = []
        for i, record in enumerate(records):
            cells = self._read_cells(task, record)
            if cells is None:
                missing += [] if silent[i] else [record]
                continue
            found[i, [task.index(name) for name in cells]] = 1
        if missing:
            raise InputError(
                f"{self.version} gives no answer for '{task.key}' in {len(missing):,} of the rows "
                f"that need one, the first being {missing[0].unit} {missing[0].line}. "
                "Give one to each, or leave their lines out."
            )
        return found

    def _read_cells(self, task: Task, record: Record) -> tuple[str, ...] | None:
        cells = record.words(task.key)
        if cells is None:
            # An empty cell says that none of several labels holds.
            return () if task.kind == "multilabel" else None
        if all(is_missing(task, cell) for cell in cells) and task.kind == "multiclass":
            return None
        names: dict[str, None] = {}
        for cell in cells:
            read = read_spelling(task, cell)
            if read is None:
                raise InputError(
                    f"{self.version}, {record.unit} {record.line}: its answer is no label of "
                    f"'{task.key}'. Allowed: {', '.join(label.value for label in task.labels)}."
                )
            names |= dict.fromkeys(read)
        if task.kind == "multiclass" and len(names) > 1:
            raise InputError(
                f"{self.version}, {record.unit} {record.line}: {len(names)} answers, and "
                f"'{task.key}' takes one."
            )
        return tuple(names)

    def _read_probabilities(
        self, task: Task, records: Sequence[Record], columns: Sequence[str]
    ) -> np.ndarray:
        found = np.empty((len(records), len(columns)))
        for i, record in enumerate(records):
            for j, column in enumerate(columns):
                found[i, j] = self._read_probability(record, column)
            total = found[i].sum()
            if task.kind == "multiclass" and abs(total - 1) > SUM_ERROR:
                raise InputError(
                    f"{self.version}, {record.unit} {record.line}: the probabilities of "
                    f"'{task.key}' have the sum {total:.4g}, and it must be 1."
                )
        return found

    def _read_probability(self, record: Record, column: str) -> float:
        value = record.value(column)
        try:
            number = float(value) if isinstance(value, str | int | float) else math.nan
        except ValueError:
            number = math.nan
        if not 0 <= number <= 1:
            raise InputError(
                f"{self.version}, {record.unit} {record.line}, column {column}: no number from 0 "
                "to 1."
            )
        return number

    def _agree(
        self,
        task: Task,
        records: Sequence[Record],
        answers: np.ndarray,
        probabilities: np.ndarray,
    ) -> float | np.ndarray | None:
        """Return the threshold by which the answers follow from probabilities, one for each row
        where no single one does; ``None`` for one label.

        Raises:
            InputError: if they contradict each other.
        """
        given = answers.any(axis=1) | (task.kind == "multilabel")
        above = np.where(answers == 1, probabilities, np.inf).min(axis=1)
        below = np.where(answers == 1, -np.inf, probabilities).max(axis=1)
        wrong = given & (above < below if task.kind == "multiclass" else above <= below)
        if wrong.any():
            record = records[int(wrong.argmax())]
            raise InputError(
                f"{self.version}, {record.unit} {record.line}: the answer for '{task.key}' is not "
                "the one that its probabilities say. Leave one of them out."
            )
        if task.kind == "multiclass":
            return None
        low, high = np.maximum(below, 0.0), np.minimum(above, 1.0)
        if low.max() < high.min():
            return float((low.max() + high.min()) / 2)
        return np.asarray((low + high) / 2)[:, None]


def read_prediction_files(path: Path) -> list[PredictionFile]:
    """Return the systems whose predictions a file holds, in its order.

    Raises:
        DatasetError: if it cannot be read, or a line of it.
    """
    parsed = parse_path(path, Path(path.name))
    if parsed.faults:
        line = min(parsed.faults)
        raise DatasetError(f"{path.name}, {parsed.unit} {line}: {parsed.faults[line]}")
    if not parsed.records:
        raise DatasetError(f"{path.name}: there is no row in it.")
    ours = path.suffix.lower() == ".csv" and set(OWN) <= set(parsed.columns)
    systems: dict[str, list[Record]] = {}
    for record in map(restore_cells, parsed.records) if ours else parsed.records:
        version = record.word("model") if "model" in parsed.columns else path.stem
        systems.setdefault(version, []).append(record)
    return [
        PredictionFile(
            version=version,
            seed=_read_seed(records[0]),
            columns=parsed.columns,
            records=tuple(records),
        )
        for version, records in systems.items()
    ]


def _read_seed(record: Record) -> int | None:
    (value,) = (record.words("seed") or ("",))[:1]
    return int(value) if value.isdecimal() else None
