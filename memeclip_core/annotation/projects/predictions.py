"""What models say of a project's memes, computed ahead and kept in the database.

Invariants: tables never change, so reading takes no lock; ``_mutex`` guards which of them stay in
memory. What another model said and an admin brought in stands among them under a name that ends in
``BROUGHT_IN``, as no version of the studio's own does: nothing computed here takes its place.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import compress
from typing import Any

import numpy as np
from sqlalchemy import Connection

from memeclip_core.annotation.projects import suggestions as sql
from memeclip_core.annotation.projects.queries import select_ids, select_memes
from memeclip_core.database.engine import Database
from memeclip_core.records.prediction import KeptPrediction, is_brought_in
from memeclip_core.records.project import Project, Suggestion
from memeclip_core.tasks import Task

REMEMBERED = 3
"""How many models' tables of one project stay in memory."""
KEPT = 6
"""Of how many models a project's suggestions are kept: that in use, and the latest others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskTable:
    """One task's probabilities.

    Attributes:
        labels: the label names, in the order of the columns.
        probabilities: (N, C) float32; rows sum to 1 if multiclass. A row of NaN says nothing; it
            is not written.
        threshold: from which probability a label is suggested; ``None`` if multiclass, where the
            likeliest one is.
    """

    labels: tuple[str, ...]
    probabilities: np.ndarray
    threshold: float | None

    def suggested(self, rows: np.ndarray | slice = slice(None)) -> np.ndarray:
        """Return bool (n, C): which labels are suggested in these rows."""
        found = self.probabilities[rows]
        if self.threshold is not None:
            return np.asarray(found >= self.threshold)
        return np.asarray(found.argmax(axis=1)[:, None] == np.arange(len(self.labels)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PredictionTable:
    """What one model says of N memes of a project; never changed once it is made.

    Attributes:
        model: its version; ``zero-shot`` without a trained one.
        ids: N content ids.
        tasks: by task key; a task that the model does not know is absent.
        vectors: (N, D) float32, unit length: near vectors are similar memes.
        space: names the encoder of the vectors; models of one encoder share them.

    One that is written without vectors, (0, 0), goes with those of its space.
    """

    model: str
    ids: tuple[str, ...]
    tasks: Mapping[str, TaskTable]
    vectors: np.ndarray
    space: str = ""
    _places: dict[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_places", {meme: i for i, meme in enumerate(self.ids)})

    def __len__(self) -> int:
        return len(self.ids)

    def rows(self, memes: Iterable[str]) -> np.ndarray:
        """Return int (n,): each meme's row, -1 where nothing is predicted for it yet."""
        return np.array([self._places.get(meme, -1) for meme in memes], np.int64)

    def read_suggested(self, task: str, memes: Iterable[str]) -> list[tuple[str, ...] | None]:
        """Return the suggested labels of each meme; ``None`` where nothing is predicted."""
        part, rows = self.tasks.get(task), self.rows(memes)
        if part is None or not len(self):
            return [None] * len(rows)
        names = np.array(part.labels, object)
        chosen = [tuple(names[own]) for own in part.suggested(rows)]
        return [None if row < 0 else own for row, own in zip(rows, chosen, strict=True)]

    def read_probabilities(self, task: Task, memes: Iterable[str]) -> np.ndarray | None:
        """Return what each label of a task is given, (n, C); rows of NaN where it is unknown.

        ``None`` if the model does not know this task with these labels.
        """
        part, rows = self.tasks.get(task.key), self.rows(memes)
        if part is None or part.labels != task.names or not len(self):
            return None
        found = part.probabilities[rows].astype(np.float64)
        found[rows < 0] = np.nan
        return np.asarray(found)

    def suggest(self, memes: Iterable[str]) -> dict[str, dict[str, Suggestion]]:
        """Return what is suggested for memes, by meme and task key; others are left out."""
        known = [meme for meme in memes if meme in self._places]
        found: dict[str, dict[str, Suggestion]] = {}
        for task, part in self.tasks.items():
            _suggest(found, task, part, known, self.rows(known), self.model)
        return found

    def count_suggested(self, task: Task, memes: Iterable[str]) -> tuple[np.ndarray, int]:
        """Return how often each label of a task is suggested, (C,), and for how many memes."""
        part, rows = self.tasks.get(task.key), self.rows(memes)
        rows = rows[rows >= 0]
        if part is None or part.labels != task.names:
            return np.zeros(len(task.labels), np.int64), 0
        return np.asarray(part.suggested(rows).sum(axis=0)), len(rows)


EMPTY = PredictionTable(model="", ids=(), tasks={}, vectors=np.zeros((0, 0), np.float32))


class ProjectPredictions:
    """The predictions of the projects of one database; safe from several threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._mutex = threading.Lock()
        self._read: dict[tuple[str, str], tuple[object, PredictionTable]] = {}

    def write(
        self, key: str, *tables: PredictionTable, texts: Mapping[str, str] | None = None
    ) -> None:
        """Write what models say of some memes, beside what they say of others.

        What one said before goes where it was of other labels. A power cut may lose the last
        ones: they are computed again.

        Args:
            key: the project's.
            tables: what they say.
            texts: of the memes when they were read: what is said of one that has another by now,
                or is removed, is dropped.
        """
        with self._database.write(sql.order_of(key), lasting=False) as connection:
            for table in tables:
                write_table(connection, key, table)
            if texts:
                now = {row.id: row.text for row in select_memes(connection, key, texts)}
                mended = [meme for meme, text in texts.items() if now.get(meme) != text]
                sql.forget_memes(connection, key, mended)

    def read(self, key: str, model: str | None) -> PredictionTable | None:
        """Return what one model says (``None``: the one in use); ``None`` if that is not kept."""
        with self._database.read() as connection:
            row = sql.select_prediction(connection, key, model)
            if row is None:
                return None
            own, stamp = (key, row.model), (row.revision, row.changed)
            known = self._read.get(own)
            if known is not None and known[0] == stamp:
                return known[1]
            table = _read_table(connection, row)
        with self._mutex:
            rest = {other: found for other, found in self._read.items() if other != own}
            beside = [other for other in rest if other[0] == key]
            for other in beside[: max(0, len(beside) - REMEMBERED + 1)]:
                del rest[other]
            self._read = {**rest, own: (stamp, table)}
        return table

    def current(self, key: str) -> PredictionTable:
        """Return what the page suggests: ``EMPTY`` until something is predicted."""
        return self.read(key, None) or EMPTY

    def chosen(self, key: str) -> str:
        """Return the model whose suggestions the page shows; "" while there are none."""
        with self._database.read() as connection:
            row = sql.select_prediction(connection, key, None)
            return "" if row is None else str(row.model)

    def choose(self, key: str, model: str) -> None:
        """Let the page suggest what this model says; "" suggests nothing for now.

        What the oldest of other models said is forgotten.
        """
        with self._database.write(sql.order_of(key)) as connection:
            sql.choose_model(connection, key, model)
            kept = sql.select_models(connection, key)
            others = [one for one in kept if one != model and not is_brought_in(one)]
            for name in others[KEPT - 1 :]:
                sql.delete_prediction(connection, key, name)

    def models(self, key: str) -> tuple[str, ...]:
        """Return the versions of which there are predictions, by name."""
        with self._database.read() as connection:
            return tuple(sorted(sql.select_models(connection, key)))

    def missing(self, project: Project, model: str) -> tuple[str, ...]:
        """Return the memes of which a model says nothing in the labels of today, by place."""
        with self._database.read() as connection:
            row = sql.select_prediction(connection, project.key, model)
            if row is None or not _fits(row, project):
                return select_ids(connection, project.key)
            task = next(iter(row.tasks), "")
            return sql.select_missing(connection, project.key, model, task, row.space)

    def shows_other(self, project: Project) -> bool:
        """Say whether people are shown what another model said, in the labels of today."""
        with self._database.read() as connection:
            row = sql.select_prediction(connection, project.key, None)
            return row is not None and is_brought_in(row.model) and _fits(row, project)

    def stand_beside(self, key: str, model: str) -> None:
        """Let this model of the studio answer what one that was brought in does not."""
        with self._database.write(sql.order_of(key)) as connection:
            sql.touch_model(connection, key, model, datetime.now(UTC))

    def bring_in(self, key: str, tables: Sequence[PredictionTable], beside: str) -> None:
        """Write what other models say, in place of all that they said before.

        They share the vectors of the studio's own model ``beside``.
        """
        with self._database.write(sql.order_of(key)) as connection:
            own = sql.select_prediction(connection, key, beside)
            for table in tables:
                sql.delete_prediction(connection, key, table.model)
                write_table(connection, key, replace(table, space="" if own is None else own.space))


def _fits(row: KeptPrediction, project: Project) -> bool:
    """Say whether what a model says is said in a project's labels of today."""
    known = {task.key: list(task.names) for task in project.tasks}
    return all(known.get(task) == part["labels"] for task, part in row.tasks.items())


def write_table(connection: Connection, key: str, table: PredictionTable) -> None:
    """Write a table within a transaction; see ``ProjectPredictions.write``."""
    sql.write_prediction(
        connection,
        {
            "project": key,
            "model": table.model,
            "tasks": {
                task: {"labels": list(part.labels), "threshold": part.threshold}
                for task, part in table.tasks.items()
            },
            "space": table.space or table.model,
            "changed": datetime.now(UTC),
        },
        {task: list(_rows(table.ids, part)) for task, part in table.tasks.items()},
        {
            meme: values.tobytes()
            for meme, values in zip(table.ids, table.vectors.astype("<f2"), strict=True)
        }
        if table.vectors.size
        else {},
    )


def suggest(
    connection: Connection, row: KeptPrediction, memes: Sequence[str]
) -> dict[str, dict[str, Suggestion]]:
    """Return what a model, by its row, suggests for some memes, by meme and task key.

    Memes of which it says nothing are left out.
    """
    found: dict[str, dict[str, Suggestion]] = {}
    for task, (ids, part) in _read_tasks(connection, row, memes).items():
        _suggest(found, task, part, ids, slice(None), row.model)
    return found


def _suggest(
    found: dict[str, dict[str, Suggestion]],
    task: str,
    part: TaskTable,
    ids: Sequence[str],
    rows: np.ndarray | slice,
    model: str,
) -> None:
    chosen, values = part.suggested(rows).tolist(), part.probabilities[rows].tolist()
    for meme, own, each in zip(ids, chosen, values, strict=True):
        found.setdefault(meme, {})[task] = Suggestion(
            labels=tuple(compress(part.labels, own)),
            probabilities=dict(zip(part.labels, each, strict=True)),
            model=model,
        )


def _rows(ids: Sequence[str], part: TaskTable) -> Iterable[dict[str, Any]]:
    values = part.probabilities.astype("<f4")
    names = np.array(part.labels, object)
    suggested = part.suggested()
    likeliest = np.where(suggested, values, -1).max(axis=1, initial=-1)
    best = np.where(likeliest < 0, values.max(axis=1, initial=0), likeliest)
    for meme, own, chosen, probability in zip(ids, values, suggested, best, strict=True):
        if np.isnan(own).any():
            continue
        yield {
            "meme": meme,
            "labels": tuple(names[chosen]),
            "probability": float(probability),
            "probabilities": own.tobytes(),
        }


def _read_table(connection: Connection, row: KeptPrediction) -> PredictionTable:
    vectors = sql.select_vectors(connection, row.project, row.space)
    found = _read_tasks(connection, row)
    # Orders compare what is said of all tasks: a model that was brought in may leave some out.
    said = [set(ids) for ids, _ in found.values()]
    ids = next((ids for ids, _ in found.values()), tuple(vectors))
    ids = tuple(meme for meme in ids if all(meme in own for own in said))
    size = max(map(len, vectors.values()), default=0)
    data = b"".join(vectors.get(meme, bytes(size)) for meme in ids)
    return PredictionTable(
        model=row.model,
        ids=ids,
        tasks={task: _take(part, own, ids) for task, (own, part) in found.items()},
        vectors=np.frombuffer(data, "<f2").reshape(len(ids), size // 2).astype(np.float32),
        space=row.space,
    )


def _take(part: TaskTable, own: Sequence[str], ids: Sequence[str]) -> TaskTable:
    """Return the rows of some memes."""
    if len(own) == len(ids):
        return part
    places = {meme: place for place, meme in enumerate(own)}
    rows = [places[meme] for meme in ids]
    return replace(part, probabilities=part.probabilities[rows])


def _read_tasks(
    connection: Connection, row: KeptPrediction, memes: Sequence[str] | None = None
) -> dict[str, tuple[tuple[str, ...], TaskTable]]:
    said = sql.select_probabilities(connection, row.project, row.model, row.tasks, memes)
    found = {}
    for task, (ids, data) in said.items():
        labels, threshold = tuple(row.tasks[task]["labels"]), row.tasks[task]["threshold"]
        values = np.frombuffer(b"".join(data), "<f4").astype(np.float32)
        values = values.reshape(len(ids), len(labels))
        part = TaskTable(labels=labels, probabilities=values, threshold=threshold)
        found[task] = tuple(ids), part
    return found
