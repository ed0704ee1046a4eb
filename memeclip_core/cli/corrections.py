"""``memeclip corrections``: what people decided, as a list and as a dataset."""

from __future__ import annotations

import codecs
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from memeclip_core.cli.options import open_studio, with_settings
from memeclip_core.cli.terminal import printable, render_columns, say, warn
from memeclip_core.config import Settings
from memeclip_core.errors import InputError
from memeclip_core.records.decision import Correction

COLUMNS: dict[str, Callable[[Correction], str]] = {
    "time (UTC)": lambda row: f"{row.time:%Y-%m-%d %H:%M:%S}",
    "annotator": lambda row: printable(row.annotator),
    "action": lambda row: row.action,
    "project": lambda row: row.project,
    "meme": lambda row: row.meme[:12],
    "set": lambda row: row.task_set,
    "task": lambda row: row.task,
    "predicted": lambda row: "|".join(row.predicted),
    "label": lambda row: "|".join(row.labels),
    "model": lambda row: row.model,
}


@with_settings()
def list_corrections(
    settings: Settings, *, limit: Annotated[int, typer.Option(min=1)] = 50
) -> None:
    """Print the log of decisions, newest first: the page's and those of projects.

    Meme texts are not shown.

    Args:
        limit: How many rows of the log to show.
    """
    studio = open_studio(settings)
    who = studio.owner()
    rows = [row for tasks in studio.task_sets for row in studio.history(who, tasks.key, limit)]
    rows.sort(key=lambda row: row.time, reverse=True)
    if rows:
        say(render_columns(COLUMNS, rows[:limit]))
    for tasks in studio.task_sets:
        warn(f"{tasks.title}: corrected memes: {len(studio.corrections(who, tasks.key))}")


@with_settings(tasks=("pridemm",))
def export(
    settings: Settings, *, out: Path | None = None, decisions: bool = False, log: bool = False
) -> None:
    """Export the current labels as a CSV in the shape of PrideMM.csv, safe for spreadsheets.

    Memes of the page and of projects; how each label came about stands beside it.

    Args:
        out (FILE.csv): Where to write; else stdout.
        decisions: Instead of the labels, every single decision: who, when, how long, which model
            was shown or hidden, and the note.
        log: Instead of the labels, every row of the log as corrections.csv has it, for a database
            server, which no such file follows. Needs --out.
    """
    from memeclip_core.app.files import export_labels

    studio = open_studio(settings)
    if log:
        if out is None:
            raise InputError("--log writes a file. Name it with --out, such as corrections.csv.")
        studio.write_log(studio.owner(), out)
        warn(f"Wrote {out}")
        return
    data = export_labels(studio, out, decisions=decisions)
    if out is None:
        sys.stdout.buffer.write(data.removeprefix(codecs.BOM_UTF8))  # the mark is for files
        sys.stdout.buffer.flush()
        return
    memes = studio.corrections(studio.owner(), studio.task_sets[0].key)
    warn(f"Wrote {out}; corrected memes: {len(memes)}")
