"""``memeclip corrections``: what people decided, as a list and as a dataset."""

from __future__ import annotations

import codecs
import sys
from pathlib import Path
from typing import Annotated

import typer

from memeclip_core.cli.options import open_studio, with_settings
from memeclip_core.cli.terminal import printable, render_table, say, warn
from memeclip_core.config import Settings


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
    table = [
        (
            f"{row.time:%Y-%m-%d %H:%M:%S}",
            printable(row.annotator),
            row.action,
            row.project,
            row.meme[:12],
            row.task_set,
            row.task,
            "|".join(row.predicted),
            "|".join(row.labels),
            row.model,
        )
        for row in rows[:limit]
    ]
    header = (
        "time (UTC)",
        "annotator",
        "action",
        "project",
        "meme",
        "set",
        "task",
        "predicted",
        "label",
        "model",
    )
    if table:
        say(render_table(header, table))
    for tasks in studio.task_sets:
        warn(f"{tasks.title}: corrected memes: {len(studio.corrections(who, tasks.key))}")


@with_settings(tasks=("pridemm",))
def export(settings: Settings, *, out: Path | None = None, decisions: bool = False) -> None:
    """Export the current labels as a CSV in the shape of PrideMM.csv, safe for spreadsheets.

    Memes of the page and of projects; how each label came about stands beside it.

    Args:
        out (FILE.csv): Where to write; else stdout.
        decisions: Instead of the labels, every single decision: who, when, how long, which model
            was shown or hidden, and the note.
    """
    from memeclip_core.app.files import export_labels

    studio = open_studio(settings)
    data = export_labels(studio, out, decisions=decisions)
    if out is None:
        sys.stdout.buffer.write(data.removeprefix(codecs.BOM_UTF8))  # the mark is for files
        sys.stdout.buffer.flush()
        return
    memes = studio.corrections(studio.owner(), studio.task_sets[0].key)
    warn(f"Wrote {out}; corrected memes: {len(memes)}")
