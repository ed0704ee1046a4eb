"""What models said of every row, labelled or not, as a table that other programs read.

A row of the table is a row of the data, as one model answers it. The columns are ``row`` (where it
stands), ``name``, ``id`` (of its content), ``split``, ``model``, ``seed`` and ``fold``; then for
every task, as in the tables of ``memeclip predict``: its answer, several labels joined by "|";
``task.truth`` in the same way; ``task.labelled``, whether the truth is known; and per class
``task.class.probability`` and ``task.class.logit``. Words of a CSV file that a spreadsheet would
run as a formula have an apostrophe before them, which ``datasets.prediction_files`` takes off.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from memeclip_core.datasets.formats.cells import neutralise
from memeclip_core.datasets.prediction_files import OWN
from memeclip_core.datasets.reader import Row
from memeclip_core.encoders.features import Features
from memeclip_core.errors import InputError
from memeclip_core.experiments.outcomes import Outcome, name_labels
from memeclip_core.storage.files import atomic_write, make_folder
from memeclip_core.storage.parquet import write_parquet

KINDS: Final = ("csv", "parquet")
SEVERAL: Final = "|"

Cell = str | int | float | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFacts:
    """What a row of a dataset is known by: its place, name, content id and split."""

    place: str
    name: str
    id: str
    split: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answers:
    """What one model said of N rows.

    Attributes:
        model: its version.
        seed: of its training, or ``None`` where it is not known.
        facts: of each row, in the order of the tasks' rows.
        tasks: by task key, scores of all rows; see ``score_rows``.
    """

    model: str
    seed: int | None
    facts: Sequence[RowFacts]
    tasks: Mapping[str, Outcome]


def list_facts(rows: Sequence[Row], features: Features) -> tuple[RowFacts, ...]:
    """Return what each row is known by."""
    return tuple(
        RowFacts(place=row.place, name=row.name, id=content, split=row.split)
        for row, content in zip(rows, features.ids, strict=True)
    )


def check_kind(path: Path) -> Path:
    """Return the name of a file of answers, whose ending is its kind.

    Raises:
        InputError: on another ending.
    """
    if path.suffix.lower().removeprefix(".") not in KINDS:
        raise InputError(
            f"--predictions is '{path}'; its name must end in .csv or .parquet, which is the "
            "format."
        )
    return path


def write_answers(path: Path, answers: Sequence[Answers]) -> None:
    """Write what models said as CSV or Parquet, as the name ends.

    Raises:
        ConfigError: if the package that writes Parquet is missing.
        StoreError: if it cannot be written.
    """
    rows = [row for item in answers for row in _list_rows(item)]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    write = _write_parquet if path.suffix.lower() == ".parquet" else _write_csv
    make_folder(path.parent)
    atomic_write(path, write(columns, rows))


def _list_rows(item: Answers) -> list[dict[str, Cell]]:
    folds = _number_folds(next(iter(item.tasks.values())))
    found: list[dict[str, Cell]] = [
        dict(zip(OWN, (known.place, known.name, known.id, known.split, item.model, item.seed,
                       fold), strict=True))
        for known, fold in zip(item.facts, folds, strict=True)
    ]  # fmt: skip
    for task, outcome in item.tasks.items():
        _add_task(found, task, outcome)
    return found


def _number_folds(outcome: Outcome) -> list[int | None]:
    return [None] * len(outcome.places) if outcome.folds is None else outcome.folds.tolist()


def _add_task(rows: list[dict[str, Cell]], task: str, outcome: Outcome) -> None:
    labelled = outcome.labelled.tolist()
    for i, (row, said) in enumerate(zip(rows, outcome.decisions, strict=True)):
        row[task] = _join(said, outcome.names)
        row[f"{task}.truth"] = _join(outcome.labels[i], outcome.names) if labelled[i] else None
        row[f"{task}.labelled"] = labelled[i]
        for j, name in enumerate(outcome.names):
            row[f"{task}.{name}.probability"] = float(outcome.probabilities[i, j])
            if outcome.logits is not None:
                row[f"{task}.{name}.logit"] = float(outcome.logits[i, j])


def _join(row: np.ndarray, names: Sequence[str]) -> str:
    return SEVERAL.join(name_labels(row == 1, names))


def _write_csv(columns: Sequence[str], rows: Sequence[Mapping[str, Cell]]) -> bytes:
    sink = io.StringIO(newline="")
    # With another end of lines the writer would not quote a carriage return in a name.
    writer = csv.writer(sink, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_show(row.get(name)) for name in columns] for row in rows)
    return sink.getvalue().encode()


def _show(cell: Cell) -> str:
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, str):
        return neutralise(cell)
    if isinstance(cell, float):
        return f"{cell:.9g}"  # no digit of 32 bits is lost
    return "" if cell is None else str(cell)


def _write_parquet(columns: Sequence[str], rows: Sequence[Mapping[str, Cell]]) -> bytes:
    import pandas  # takes as long as all the rest

    frame = pandas.DataFrame(rows, columns=list(columns))
    frame = frame.astype({"seed": "Int64", "fold": "Int64"})
    return write_parquet(frame, otherwise="CSV")
