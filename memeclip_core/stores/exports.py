"""Corrections as other programs read them; safe to open in a spreadsheet."""

from __future__ import annotations

import json
from collections.abc import Iterable

from memeclip_core.records import Labelled
from memeclip_core.splits import is_held_out
from memeclip_core.tasks import Task, TaskSet

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def write_pridemm_csv(tasks: TaskSet, memes: Iterable[Labelled]) -> bytes:
    """Return the current labels in the shape of ``PrideMM.csv``, in UTF-8.

    Columns: name (the kept image, or the id of a text), one per task, split, text. Labels are
    written as the dataset writes them; a task that does not apply is its ``missing`` word, and
    a multilabel cell is a JSON list. The held-out memes are the split ``val``. Cells that a
    spreadsheet would run as a formula start with an apostrophe.
    """
    # pandas takes half a second to import, which only those who export need to wait for.
    import pandas as pd

    rows = [pridemm_cells(tasks, meme) for meme in memes]
    table = pd.DataFrame(rows, columns=pridemm_columns(tasks), dtype="string").map(neutralise)
    text: str = table.to_csv(index=False, lineterminator="\r\n")
    return text.encode("utf-8")


def pridemm_columns(tasks: TaskSet) -> list[str]:
    """Return the header of a PrideMM-shaped CSV file."""
    return ["name", *(task.column for task in tasks), "split", "text"]


def pridemm_cells(tasks: TaskSet, meme: Labelled, split: str = "") -> list[str]:
    """Return a meme's row of a PrideMM-shaped CSV file, not neutralised yet.

    Args:
        tasks: what was asked.
        meme: the decision.
        split: where the meme belongs; "" lets the held-out fifth be ``val``.
    """
    return [
        meme.image or meme.meme,
        *(_value(task, meme.labels.get(task.key)) for task in tasks),
        split or choose_split(meme.meme),
        meme.text,
    ]


def choose_split(meme: str) -> str:
    """Return ``val`` for the memes that are held out of training, else ``train``."""
    return "val" if is_held_out(meme) else "train"


def neutralise(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell


def _value(task: Task, labels: tuple[str, ...] | None) -> str:
    if labels is None:
        return next((word for word in task.missing if word), "")
    values = [task.label(name).value for name in labels if name in task.names]
    if task.kind == "multilabel":
        return json.dumps(values, ensure_ascii=False)
    return values[0] if values else ""
