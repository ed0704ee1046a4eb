"""Predictions of another system, such as a language model's, that come as a file.

The file is CSV, JSON, jsonl, Parquet or Excel with a line for each row of a dataset. A line names
its row in the column ``row`` (where it stands: "val.csv, line 7"), ``id``, ``name`` or ``image``:
the first of these by which the rows can be told apart. For each task it holds the answer in a
column with the task's key, or a probability for every class in ``task.class.probability``, or
both. Labels are written as in a dataset; several are joined by "|". Lines may be of several
``model`` names, each with a ``seed``. ``memeclip evaluate --predictions`` writes such files.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from memeclip_core.datasets.formats.rows import Record
from memeclip_core.datasets.reader import parse_path
from memeclip_core.datasets.spelling import is_missing, read_spelling
from memeclip_core.errors import DatasetError, InputError
from memeclip_core.experiments.answers import RowFacts
from memeclip_core.experiments.outcomes import Outcome, spread_labels
from memeclip_core.tasks import Task, TaskSet
from memeclip_core.training.rows import MISSING

NAMES: Final[Mapping[str, Callable[[RowFacts], str]]] = {
    "row": lambda facts: facts.place,
    "id": lambda facts: facts.id,
    "name": lambda facts: facts.name,
    "image": lambda facts: facts.name,
}
"""The columns that may name a row, and what of a row they hold."""

PROBABILITY: Final = ".probability"
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

    def find(self, facts: Sequence[RowFacts]) -> list[Record | None]:
        """Return the record of each row of a dataset, or ``None`` where there is none.

        Raises:
            InputError: if no column names rows that can be told apart.
        """
        tried = []
        for column in (name for name in NAMES if name in self.columns):
            wanted = [NAMES[column](own) for own in facts]
            named = [str(record.value(column)) for record in self.records]
            for whose, words in (("the dataset", wanted), ("the file", named)):
                doubled = next((word for word, n in Counter(words).items() if n > 1), None)
                if doubled is not None:
                    tried.append(f"in '{column}' {whose} has a name twice")
                    break
            else:
                records = dict(zip(named, self.records, strict=True))
                found = [records.get(word) for word in wanted]
                if any(found):
                    return found
                tried.append(f"'{column}' holds none of the dataset's names")
        why = "; ".join(tried) or f"there is none of the columns {', '.join(NAMES)}"
        raise InputError(
            f"The rows of {self.version} cannot be found in the dataset: {why}. Name each row as "
            "memeclip evaluate --predictions does, in the column 'row'."
        )

    def answer(
        self,
        task_set: TaskSet,
        facts: Sequence[RowFacts],
        labels: Mapping[str, np.ndarray],
        groups: np.ndarray | None = None,
    ) -> dict[str, Outcome]:
        """Return what the file says of N rows that it has, by task key.

        Args:
            task_set: whose tasks; those without a column in the file are left out.
            facts: of the rows.
            labels: by task (N,) ids or (N, C) of 0 and 1, see ``LabelledRows``.
            groups: (N,); see ``Outcome``.

        Raises:
            InputError: if a row has no answer, or one that cannot be.
        """
        records = [record for record in self.find(facts) if record is not None]
        return {
            task.key: self._answer_task(task, records, facts, labels.get(task.key), groups)
            for task in task_set
            if task.key in self.columns or _list_probabilities(task, self.columns)
        }

    def _answer_task(
        self,
        task: Task,
        records: Sequence[Record],
        facts: Sequence[RowFacts],
        labels: np.ndarray | None,
        groups: np.ndarray | None,
    ) -> Outcome:
        truth = spread_labels(labels, len(records), len(task.labels))
        columns = _list_probabilities(task, self.columns)
        answers = self._read_answers(task, records, truth) if task.key in self.columns else None
        if columns:
            probabilities = self._read_probabilities(task, records, columns)
        else:
            probabilities = np.zeros(truth.shape) if answers is None else answers.astype(float)
        threshold: float | np.ndarray | None = None
        if answers is not None and columns:
            threshold = self._agree(task, records, answers, probabilities)
        elif task.kind == "multilabel":
            threshold = 0.5
        return Outcome(
            kind=task.kind,
            names=task.names,
            places=tuple(own.place for own in facts),
            labels=truth,
            probabilities=probabilities,
            threshold=threshold,
            groups=groups,
        )

    def _read_answers(self, task: Task, records: Sequence[Record], truth: np.ndarray) -> np.ndarray:
        """Return (N, C) of 0 and 1; a row without a label for the task needs no answer."""
        found = np.zeros(truth.shape, np.int64)
        silent = []
        for i, record in enumerate(records):
            cells = self._read_cells(task, record)
            if cells is None:
                silent += [record] if (truth[i] != MISSING).all() else []
                continue
            found[i, [task.index(name) for name in cells]] = 1
        if silent:
            raise InputError(
                f"{self.version} gives no answer for '{task.key}' in {len(silent):,} of the rows "
                f"that are labelled for it, the first being {silent[0].unit} {silent[0].line}. "
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


def _list_probabilities(task: Task, columns: Sequence[str]) -> list[str]:
    """Return the columns with the probabilities of all classes, or none."""
    wanted = [f"{task.key}.{name}{PROBABILITY}" for name in task.names]
    return wanted if set(wanted) <= set(columns) else []


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
    systems: dict[str, list[Record]] = {}
    for record in parsed.records:
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
