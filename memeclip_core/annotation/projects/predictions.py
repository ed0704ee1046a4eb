"""What models say of a project's memes, computed ahead: one file of arrays per model.

Invariants: files are replaced as a whole and tables never change, so reading takes no lock;
``_mutex`` guards which tables stay in memory. Where the disk fails, StoreError says so.
"""

from __future__ import annotations

import io
import json
import logging
import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from memeclip_core.errors import StoreError
from memeclip_core.records.project import Suggestion
from memeclip_core.storage.files import atomic_write, disk_errors, load_json, make_folder
from memeclip_core.storage.home import Home, check_name
from memeclip_core.tasks import Task

CURRENT = "current.json"
REMEMBERED = 3
"""How many models' tables of one project stay in memory."""
_log = logging.getLogger("memeclip")


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskTable:
    """One task's probabilities.

    Attributes:
        labels: the label names, in the order of the columns.
        probabilities: (N, C) float32; rows sum to 1 if multiclass.
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
    """

    model: str
    ids: tuple[str, ...]
    tasks: Mapping[str, TaskTable]
    vectors: np.ndarray
    _places: dict[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_places", {meme: i for i, meme in enumerate(self.ids)})

    def __len__(self) -> int:
        return len(self.ids)

    def place(self, meme: str) -> int | None:
        """Return the meme's row, or ``None`` if nothing is predicted for it yet."""
        return self._places.get(meme)

    def suggest(self, meme: str) -> dict[str, Suggestion]:
        """Return what the model suggests for a meme by task key; {} if nothing is predicted."""
        row = self.place(meme)
        if row is None:
            return {}
        return {key: _suggestion(table, row, self.model) for key, table in self.tasks.items()}

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

    def count_suggested(self, task: Task, memes: Iterable[str]) -> tuple[np.ndarray, int]:
        """Return how often each label of a task is suggested, (C,), and for how many memes."""
        part, rows = self.tasks.get(task.key), self.rows(memes)
        rows = rows[rows >= 0]
        if part is None or part.labels != task.names:
            return np.zeros(len(task.labels), np.int64), 0
        return np.asarray(part.suggested(rows).sum(axis=0)), len(rows)


EMPTY = PredictionTable(model="", ids=(), tasks={}, vectors=np.zeros((0, 0), np.float32))


class ProjectPredictions:
    """The prediction files of all projects of a home; the last ones read stay in memory."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._mutex = threading.Lock()
        self._read: dict[Path, tuple[tuple[int, int], PredictionTable]] = {}

    def write(self, key: str, table: PredictionTable) -> None:
        """Replace the file of one model."""
        arrays: dict[str, np.ndarray] = {
            "ids": np.frombuffer(bytes.fromhex("".join(table.ids)), np.uint8).reshape(-1, 32),
            "vectors": table.vectors.astype(np.float16),
        }
        facts: dict[str, Any] = {"model": table.model, "tasks": {}}
        for number, (task, part) in enumerate(table.tasks.items()):
            arrays[f"task{number}"] = part.probabilities.astype(np.float32)
            facts["tasks"][task] = {"labels": list(part.labels), "threshold": part.threshold}
        arrays["facts"] = np.frombuffer(json.dumps(facts).encode(), np.uint8)
        sink = io.BytesIO()
        np.savez(sink, allow_pickle=False, **arrays)
        make_folder(self._folder(key))
        atomic_write(self._path(key, table.model), sink.getvalue())

    def read(self, key: str, model: str) -> PredictionTable | None:
        """Return what one model says; ``None`` if there is no file, or a damaged one."""
        path = self._path(key, model)
        try:
            facts = path.stat()
        except OSError:
            return None
        stamp = (facts.st_mtime_ns, facts.st_size)
        known = self._read.get(path)
        if known is not None and known[0] == stamp:
            return known[1]
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                table = _from_arrays(arrays)
        except Exception as error:  # numpy raises nearly anything on a damaged archive
            _log.warning("%s is damaged (%s); predicted anew", path.name, type(error).__name__)
            return None
        with self._mutex:
            kept = [p for p in self._read if p.parent == path.parent and p != path]
            dropped = kept[: max(0, len(kept) - REMEMBERED + 1)]
            others = {p: t for p, t in self._read.items() if p != path and p not in dropped}
            self._read = {**others, path: (stamp, table)}
        return table

    def current(self, key: str) -> PredictionTable:
        """Return what the page suggests: ``EMPTY`` until something is predicted."""
        path = self._folder(key) / CURRENT
        model = ""
        with (
            disk_errors("read", path),
            suppress(FileNotFoundError, ValueError, KeyError, TypeError),
        ):
            model = str(load_json(path.read_bytes())["model"])
        return (self.read(key, model) if model else None) or EMPTY

    def choose(self, key: str, model: str) -> None:
        """Let the page suggest what this model says; "" suggests nothing for now."""
        text = json.dumps({"model": model})
        atomic_write(make_folder(self._folder(key)) / CURRENT, text.encode())

    def models(self, key: str) -> tuple[str, ...]:
        """Return the versions of which there are predictions."""
        return tuple(sorted(path.stem for path in self._folder(key).glob("*.npz")))

    def _folder(self, key: str) -> Path:
        return self._home.project(key) / "predictions"

    def _path(self, key: str, model: str) -> Path:
        return self._folder(key) / f"{check_name(model, 'model')}.npz"


def _suggestion(table: TaskTable, row: int, model: str) -> Suggestion:
    values = [float(value) for value in table.probabilities[row]]
    chosen: Sequence[int] = [max(range(len(values)), key=values.__getitem__)]
    if table.threshold is not None:
        chosen = [i for i, value in enumerate(values) if value >= table.threshold]
    return Suggestion(
        labels=tuple(table.labels[i] for i in chosen),
        probabilities=dict(zip(table.labels, values, strict=True)),
        model=model,
    )


def _from_arrays(arrays: Mapping[str, np.ndarray]) -> PredictionTable:
    facts = load_json(arrays["facts"].tobytes())
    ids = tuple(row.tobytes().hex() for row in arrays["ids"])
    tasks = {
        task: TaskTable(
            labels=tuple(part["labels"]),
            probabilities=arrays[f"task{number}"],
            threshold=part["threshold"],
        )
        for number, (task, part) in enumerate(facts["tasks"].items())
    }
    vectors = arrays["vectors"].astype(np.float32)
    shapes = {len(vectors), *(len(part.probabilities) for part in tasks.values())}
    if shapes != {len(ids)}:
        raise StoreError(f"arrays of {sorted(shapes)} rows for {len(ids)} memes")
    return PredictionTable(model=facts["model"], ids=ids, tasks=tasks, vectors=vectors)
