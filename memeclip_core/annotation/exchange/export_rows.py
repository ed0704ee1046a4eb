"""What exports hold: memes, decisions and predictions as rows, and the card that describes them.

CSV cells are safe to open in a spreadsheet: what one would run as a formula starts with an
apostrophe, and files for people start with UTF-8's mark.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from memeclip_core.annotation.decisions.log_rows import format_time
from memeclip_core.annotation.review.threads import Said
from memeclip_core.datasets.formats.cells import neutralise
from memeclip_core.datasets.formats.image_folder import FACTS, FILE_NAME, LABEL
from memeclip_core.memes.normal_form import normal_form
from memeclip_core.memes.splits import is_held_out
from memeclip_core.records.decision import Correction, Labelled
from memeclip_core.records.prediction import Prediction
from memeclip_core.records.project import Labels, ProjectMeme
from memeclip_core.records.schemas import prediction_to_dict, to_json
from memeclip_core.storage.parquet import write_parquet
from memeclip_core.tasks import Task, TaskSet

SPREADSHEET = "utf-8-sig"
"""How CSV files for people are written: without the mark, Excel takes them for another encoding."""

DECISION_COLUMNS = (
    "save", "time", "annotator", "action", "project", "meme", "name", "task_set", "version", "task",
    "labels", "predicted", "probability", "model", "shown", "verdict", "seconds", "note", "target",
    "counts",
)  # fmt: skip
COMMENT_COLUMNS = (
    "thread", "comment", "time", "person", "reviewer", "meme", "name", "text", "resolved_by"
)  # fmt: skip
IMAGES = "images"
IMPORTED = "imported"
"""The status of labels that came with the import, where nobody decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRow:
    """A meme of an export.

    Attributes:
        meme: the meme.
        name: its file name, which no other meme of the project has.
        labelled: its labels, or ``None`` if nobody decided yet.
        image: where its image lies, or ``None``.
        imported: whether the labels that the import brought along are told, and stand in where
            nobody decided.
    """

    meme: ProjectMeme
    name: str
    labelled: Labelled | None
    image: Path | None = None
    imported: bool = False

    @property
    def labels(self) -> Labels:
        """What people decided, or else what the import brought along; {} without either."""
        if self.labelled is not None:
            return self.labelled.labels
        return self.meme.given if self.imported else {}

    @property
    def status(self) -> str:
        """How the labels came about; "" if there are none."""
        if self.labelled is not None:
            return self.labelled.status
        return IMPORTED if self.labels else ""


def write_pridemm_csv(
    tasks: TaskSet, memes: Iterable[Labelled], name: Callable[[Labelled], str]
) -> bytes:
    """Return the current labels in the shape of ``PrideMM.csv``, in UTF-8 with its mark.

    Columns: those of ``pridemm_columns``. Labels are written as the dataset writes them; a task
    that does not apply is its ``missing`` word, and a multilabel cell is a JSON list. The held-out
    memes are the split ``val``. Cells that a spreadsheet would run as a formula start with an
    apostrophe.

    Args:
        tasks: what was asked.
        memes: the decisions.
        name: the file name that a meme came with, or "".
    """
    rows = list(memes)
    named = name_apart({item.meme: name(item) or item.image for item in rows})
    cells = (pridemm_cells(tasks, item, named[item.meme]) for item in rows)
    return _write_csv(pridemm_columns(tasks), map(neutralise_all, cells))


def write_decisions_csv(rows: Iterable[tuple[Correction, str, bool]]) -> bytes:
    """Return rows of the log as CSV, each with its meme's name and whether it counts.

    See ``decision_cells``.
    """
    cells = (decision_cells(*row) for row in rows)
    return _write_csv(DECISION_COLUMNS, map(neutralise_all, cells))


def pridemm_columns(tasks: TaskSet) -> list[str]:
    """Return the header of a PrideMM-shaped CSV file: the dataset's columns, and our own."""
    own = [label_column(task) for task in tasks]
    return ["name", *own, "split", "text", "meme", "project", "status", "votes"]


def pridemm_cells(
    tasks: TaskSet, meme: Labelled, name: str, split: str = "", *, status: str | None = None
) -> list[str]:
    """Return a meme's row of a PrideMM-shaped CSV file, not neutralised yet.

    Args:
        tasks: what was asked.
        meme: the decision.
        name: the meme's name, which no other one of the file has; "" takes its id.
        split: where the meme belongs; "" lets the held-out fifth be ``val``.
        status: where nobody decided: how the labels came about. "" leaves them empty, since a word
            that says "does not apply" would be an answer.
    """
    labels = [_pridemm_value(task, meme.labels.get(task.key)) for task in tasks]
    return [
        name or meme.meme,
        *([""] * len(labels) if status == "" else labels),
        split or choose_split(meme.meme),
        meme.text,
        meme.meme,
        "|".join(meme.projects),
        meme.status if status is None else status,
        to_cell(list_votes(tasks, meme) or None),
    ]


def decision_cells(row: Correction, name: str, counts: bool) -> list[str]:
    """Return a row of the log: who said what, when, for how long, and what was in sight.

    Args:
        row: of the log.
        name: the meme's file name, or "".
        counts: whether the decision is in force: not taken back, nor followed by another.
    """
    shown = "" if not row.verdict else "no" if row.verdict == "unaided" else "yes"
    decides = row.action in ("label", "adjudicate")
    return [
        row.save, format_time(row.time), row.annotator, row.action, row.project, row.meme, name,
        row.task_set, str(row.version), row.task,
        to_cell(list(row.labels)) if row.task and row.action != "retract" else "",
        to_cell(list(row.predicted)) if row.model else "",
        to_cell(row.probability), row.model, shown, row.verdict, to_cell(row.seconds), row.note,
        row.target, to_cell(counts) if decides else "",
    ]  # fmt: skip


def comment_cells(said: Said, name: str) -> list[str]:
    """Return a comment: in which thread, who, when, on the meme of this file name.

    Who resolved a thread stands with its first comment.
    """
    return [
        str(said.thread or said.number), str(said.number), format_time(said.time), said.person,
        to_cell(said.reviewer), said.meme, name, said.text, said.resolved_by,
    ]  # fmt: skip


def label_column(task: Task) -> str:
    """Return the column of a task's labels; one that has the name of another fact is told apart."""
    return f"{LABEL}{task.column}" if task.column in FACTS else task.column


def label_value(task: Task, names: Sequence[str] | None) -> str | list[str] | None:
    """Return labels as the dataset writes them: one word, or a list if several may hold."""
    if names is None:
        return None
    values = [task.label(name).value for name in names if name in task.names]
    if task.kind == "multilabel":
        return values
    if not values:
        return None
    # What a reader would take apart stands in a list of one.
    return values if "|" in values[0] else values[0]


def list_votes(tasks: TaskSet, meme: Labelled) -> dict[str, list[str | list[str] | None]]:
    """Return what people answered by column, the latest last; nobody is named."""
    return {
        label_column(task): [label_value(task, names) for names in meme.votes[task.key]]
        for task in tasks
        if task.key in meme.votes
    }


def name_apart(names: Mapping[str, str]) -> dict[str, str]:
    """Return file names of memes, by id, so that no two are the same on any system.

    Names that several memes have get the beginning of their ids.
    """
    plain = {meme: PurePath(name.replace("\\", "/")).name for meme, name in names.items()}
    times = Counter(_folded(name) for name in plain.values())
    found = {}
    for meme, name in plain.items():
        path = PurePath(name)
        alone = times[_folded(name)] == 1 or not name
        found[meme] = name if alone else f"{path.stem}-{meme[:8]}{path.suffix}"
    return found


def choose_split(meme: str) -> str:
    """Return ``val`` for the memes that are held out of training, else ``train``."""
    return "val" if is_held_out(meme) else "train"


def neutralise_all(cells: Iterable[str]) -> list[str]:
    """Return a row of cells none of which a spreadsheet takes for a formula."""
    return [neutralise(cell) for cell in cells]


def to_cell(value: Any) -> str:
    """Return a value as a CSV cell; what is neither a word nor yes or no is JSON."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _pridemm_value(task: Task, names: tuple[str, ...] | None) -> str:
    value = label_value(task, names)
    if value is None and task.kind == "multiclass":
        return next((word for word in task.missing if word), "")
    return to_cell(value)


def _folded(name: str) -> str:
    return normal_form("NFC", name).casefold()


def meme_columns(tasks: TaskSet) -> list[str]:
    """Return the columns of the generic exports."""
    return [
        FILE_NAME, "name", "meme", "text", "text_source", "split",
        *(label_column(task) for task in tasks),
        "status", "votes", "gold", IMPORTED, "annotators", "decided",
    ]  # fmt: skip


def meme_facts(tasks: TaskSet, row: ExportRow, *, archived: bool = False) -> dict[str, Any]:
    """Return a row by column; labels as the dataset writes them, ``None`` where there is none."""
    meme, labelled = row.meme, row.labelled
    given = meme.given if row.imported else {}
    return {
        FILE_NAME: f"{IMAGES}/{meme.image}" if archived and meme.image else meme.image,
        "name": row.name,
        "meme": meme.id,
        "text": meme.text,
        "text_source": meme.text_source,
        "split": meme.split or choose_split(meme.id),
        **_by_column(tasks, row.labels),
        "status": row.status,
        "votes": None if labelled is None else list_votes(tasks, labelled),
        # People's labels are never the gold that they are measured against.
        "gold": meme.gold and row.status == IMPORTED,
        IMPORTED: _by_column(tasks, given) if given else None,
        "annotators": 0 if labelled is None else len(labelled.annotators),
        "decided": None if labelled is None else labelled.time.isoformat(),
    }


def _by_column(tasks: TaskSet, labels: Labels) -> dict[str, Any]:
    return {label_column(task): label_value(task, labels.get(task.key)) for task in tasks}


def pridemm_row(tasks: TaskSet, row: ExportRow) -> list[str]:
    """Return a meme's row of a project's PrideMM-shaped export, not neutralised yet."""
    meme = row.meme
    if row.labelled is not None:
        return pridemm_cells(tasks, row.labelled, row.name, meme.split)
    given = Labelled(
        meme=meme.id,
        image=meme.image,
        text=meme.text,
        text_source=meme.text_source,
        labels=row.labels,
        time=meme.added,
        annotators=(),
    )
    return pridemm_cells(tasks, given, row.name, meme.split, status=row.status)


def write_predictions(predictions: Sequence[Prediction], format: str) -> bytes:
    """Return predictions as a file in the format ``csv``, ``jsonl`` or ``parquet``.

    The tables hold one task set, one row a meme: filename, meme, text, text_source, model, notes;
    then for every task its label (several are joined by "|") and whether it applies, and per class
    ``task.class.probability`` and ``task.class.cosine``. The CSV is safe for spreadsheets.

    Raises:
        ConfigError: if the package that writes Parquet is missing.
    """
    if format == "jsonl":
        return b"".join(to_json(prediction_to_dict(item)) for item in predictions)
    columns = [*_PREDICTED, *(_task_columns(predictions[0]) if predictions else ())]
    rows = [_prediction_row(item) for item in predictions]
    if format == "csv":
        return _write_csv(columns, ([_show_cell(cell) for cell in row] for row in rows))
    import pandas  # takes as long as all the rest

    return write_parquet(pandas.DataFrame(rows, columns=columns), otherwise="CSV or JSONL")


_PREDICTED = ("filename", "meme", "text", "text_source", "model", "notes")


def _task_columns(prediction: Prediction) -> list[str]:
    columns = []
    for task in prediction.tasks:
        columns += [task.task, f"{task.task}.applies"]
        for score in task.scores:
            name = f"{task.task}.{score.label}"
            columns += [f"{name}.probability", f"{name}.cosine"]
    return columns


def _prediction_row(prediction: Prediction) -> list[str | bool | float]:
    meme, notes = prediction.meme, " ".join(prediction.notes)
    cells: list[str | bool | float] = [
        meme.filename, meme.id, meme.text, meme.text_source, prediction.model, notes,
    ]  # fmt: skip
    for task in prediction.tasks:
        cells += ["|".join(task.labels), task.applies]
        for score in task.scores:
            cells += [score.probability, score.cosine]
    return cells


def _show_cell(cell: str | bool | float) -> str:
    if isinstance(cell, str):
        return neutralise(cell)
    return f"{cell:.6f}" if isinstance(cell, float) else "yes" if cell else "no"


def join_rows(rows: Iterable[Sequence[str]]) -> str:
    """Return rows as lines of a CSV file, as they are."""
    sink = io.StringIO(newline="")
    csv.writer(sink, lineterminator="\r\n").writerows(rows)
    return sink.getvalue()


def _write_csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    return join_rows([columns, *rows]).encode(SPREADSHEET)
