"""What takes a while in a project: importing, exporting, a new label set."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from memeclip_core.cli.options import Key, open_studio, with_settings
from memeclip_core.cli.terminal import printable, progress_bar, render_table, say, warn
from memeclip_core.config import Settings
from memeclip_core.errors import JobError
from memeclip_core.records.mapping import parse_mapping, read_column_map
from memeclip_core.records.project import MigrationPreview

if TYPE_CHECKING:
    from memeclip_core.app.studio import Studio
    from memeclip_core.records.job import Job

SHOWN = 10
LOOK_SECONDS = 0.1


@with_settings()
def import_memes(
    settings: Settings,
    key: Key,
    source: Path,
    *,
    format: str | None = None,
    columns: list[str] | None = None,
    images: Path | None = None,
    gold: bool = False,
) -> None:
    """Import memes, read their texts and predict them; the same again goes on after a break.

    Memes that are there already are passed over. Files that cannot be used are named, and the exit
    code is 1 if the import did not reach its end.

    Args:
        source: An image, a folder of images, a zip archive, or a dataset's file or folder.
        format (NAME): The dataset's format; else recognised.
        columns (NAME=COLUMN): What the columns of a file of your own are, as in
            "image=file text=caption hate=label". May be repeated.
        images (DIR): The folder of a dataset's images; else beside it.
        gold: Its labels are the truth that people are measured against.
    """
    studio = open_studio(settings)
    job = studio.projects.start_import(
        studio.owner(),
        key,
        source.resolve(),
        format=format,
        columns=read_column_map(columns) if columns else None,
        images=images,
        gold=gold,
    )
    check_done(report(follow(studio, job)))


@with_settings()
def export_project(
    settings: Settings,
    key: Key,
    *,
    format: str = "csv",
    unlabelled: bool = False,
    settled: bool = False,
    imported: bool = False,
    out: Path = Path("."),
) -> None:
    """Export a project's labels, adjudicated or the majority's, and print the path of the file.

    Args:
        format (pridemm-csv|csv|jsonl|imagefolder|decisions|soft-labels|label-studio|work): What to
            write; imagefolder is a zip with images, metadata.csv and a card, decisions is every
            single decision of every person, with all that is known of it, soft-labels the share of
            people for each label, and work the memes and minutes of each person and week.
        unlabelled: Also the memes that nobody decided yet.
        settled: Only memes that a reviewer decided, or that have enough labels and no tie.
        imported: Fill in the labels that came with the import where nobody decided; their status
            is then 'imported'.
        out (DIR): The folder to put the file into.
    """
    studio = open_studio(settings)
    who = studio.owner()
    job = studio.projects.start_export(
        who, key, format, unlabelled=unlabelled, settled=settled, imported=imported
    )
    job = report(follow(studio, job))
    if job.file:
        say(str(studio.projects.export_file(who, key, job.id, out)))
    check_done(job)


@with_settings()
def migrate(
    settings: Settings, key: Key, *, labels: Path, map: list[str] | None = None, apply: bool = False
) -> None:
    """Give a project a new label set; without --apply, show what would become of the decisions.

    The log stays as it is: every decision keeps the version that it was made under, and reads
    through the map from then on.

    Args:
        labels (FILE.yaml): The task file with the new label set.
        map (TASK: OLD -> NEW): Where a label leads; nothing after the arrow means nowhere. May be
            repeated.
        apply: Do it; otherwise only show what would change.
    """
    from memeclip_core.app.files import migrate_project

    studio = open_studio(settings)
    preview = migrate_project(studio, key, labels, parse_mapping(map or []), apply=apply)
    say(render_preview(preview))
    if not apply:
        warn("Nothing is changed yet. To do it, add --apply.")
        return
    warn(f"The label set of {key} is version {preview.project.version} now.")
    for job in studio.projects.jobs(studio.owner(), key):
        if job.live and job.kind == "predict":
            follow(studio, job)


def follow(studio: Studio, job: Job) -> Job:
    """Show a bar until a job ends; Ctrl+C stops it, and what it finished stays."""
    who = studio.owner()
    with progress_bar(f"{job.kind} {job.subject}") as show:
        while job.live:
            try:
                time.sleep(LOOK_SECONDS)
            except KeyboardInterrupt:
                with suppress(JobError):  # it ended this very moment
                    studio.projects.stop(who, job.subject, job.id)
            job = studio.projects.job(who, job.subject, job.id)
            show(job.progress)
    return job


def check_done(job: Job) -> None:
    """Leave with the exit code 1 if a job did not reach its end."""
    if job.state != "done":
        raise typer.Exit(1)


def report(job: Job) -> Job:
    """Say on stderr what came of a job: counts, and files by name with the reason."""
    counts = ", ".join(f"{name.replace('_', ' ')}: {n:,}" for name, n in job.counts.items())
    warn(f"{job.kind} {job.state}" + (f"; {counts}" if counts else ""))
    for failure in job.failures[:SHOWN]:
        warn(f"  {printable(failure.filename)}: {printable(failure.reason)}")
    if len(job.failures) > SHOWN:
        warn(f"  and {len(job.failures) - SHOWN} more; the page Projects lists them")
    if job.reason:
        warn(job.reason)
    return job


def render_preview(preview: MigrationPreview) -> str:
    """Return what a migration does to the decisions."""
    lines = [
        f"{preview.decisions} decisions: {preview.changed} read otherwise, {preview.again} must be "
        f"looked at again (on {preview.memes_again} memes). "
        f"Imported labels that change: {preview.given} memes. "
        f"With labels that the heads know under no name: {preview.unread} decisions."
    ]
    if preview.by_task:
        rows = [(task, str(a), str(b)) for task, (a, b) in preview.by_task.items()]
        lines.append(render_table(("task", "read otherwise", "look again"), rows))
    lines += [f"Gone: {task}: {printable(name)}" for task, name in preview.gone]
    return "\n\n".join(lines)
