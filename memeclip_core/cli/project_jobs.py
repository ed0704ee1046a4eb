"""What takes a while in a project: importing, exporting, a new label set, qualifying people."""

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
        format (NAME): What to write: pridemm-csv, csv or jsonl; imagefolder, a zip with images,
            metadata.csv and a card; decisions, every single decision of every person, with all
            that is known of it; comments, what people said about memes; soft-labels, the share of
            people for each label; label-studio, its JSON; work, the memes and minutes of each
            person and week; or everything, a zip with all that a project holds.
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
def push(
    settings: Settings, key: Key, *, repo: str, public: bool = False, settled: bool = False
) -> None:
    """Export images, labels and card, and push them to a dataset repository on Hugging Face.

    The token is the one that this machine has, such as in HF_TOKEN. A new repository is private.
    Whoever can see it sees the memes: they may show persons and be protected by copyright, so ask
    before you make them public. Who decided is named nowhere.

    Args:
        repo (OWNER/NAME): The repository; it is made if there is none, and may hold nothing but an
            earlier push.
        public: Everybody may see it.
        settled: Only memes that a reviewer decided, or that have enough labels and no tie.
    """
    from memeclip_core.app.files import push_export

    studio = open_studio(settings)
    job = studio.projects.start_export(studio.owner(), key, "imagefolder", settled=settled)
    job = report(follow(studio, job))
    check_done(job)
    count = push_export(studio, key, job.id, repo, public=public)
    warn(f"{count:,} files were sent to {repo}.")


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


@with_settings()
def qualification(
    settings: Settings,
    key: Key,
    *,
    let_pass: list[str] | None = None,
    reset: list[str] | None = None,
) -> None:
    """Print how people have done in a project's qualification round, and decide who has passed.

    Args:
        let_pass (NAME): Who needs not (go on to) answer gold memes; can be repeated.
        reset (NAME): Who begins anew with all tries, whether passed or not; can be repeated.
    """
    studio = open_studio(settings)
    who, rounds = studio.owner(), studio.team.qualification
    found = rounds.results(who, key)
    if let_pass:
        found = rounds.let_pass(who, key, let_pass)
    if reset:
        found = rounds.reset(who, key, reset)
    rows = [
        (one.person, one.state, f"{one.tries}", f"{one.hits} of {one.asked}", one.by)
        for one in found
    ]
    if rows:
        say(render_table(("person", "state", "tries ended", "right in the last", "by"), rows))
    else:
        warn(f"Nobody has begun with the qualification round of {key}.")
