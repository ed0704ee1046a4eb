"""``memeclip projects``: what is labelled by whom, and under which rules."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from memeclip_core.cli.options import Key, open_studio, with_settings
from memeclip_core.cli.terminal import printable, render_columns, render_table, say, warn
from memeclip_core.config import Settings
from memeclip_core.errors import InputError
from memeclip_core.records.project import ProjectFacts

Rules = dict[str, Any]


def read_rules(
    *,
    title: str | None = None,
    overlap: int | None = None,
    overlap_share: float | None = None,
    hidden_share: float | None = None,
    order: str | None = None,
    lease_minutes: int | None = None,
    retrain_every: int | None = None,
    break_minutes: int | None = None,
) -> Rules:
    """Return the rules of a project that a command line names.

    Args:
        title: What people read.
        overlap: How many people label a meme of the overlapping share.
        overlap_share: The share of memes, 0 to 1, that several people label.
        hidden_share: The share of memes, 0 to 1, whose suggestions are hidden, to measure them.
        order (margin|entropy|diversity|disagreement|label-errors|newest|random|import): How the
            queue is ordered.
        lease_minutes: How long a meme stays with the person who opened it.
        retrain_every: Decisions after which a retraining starts; 0 on demand only.
        break_minutes: Minutes after which a break is proposed; 0 never.
    """
    return {name: value for name, value in locals().items() if value is not None}


COLUMNS: dict[str, Callable[[ProjectFacts], object]] = {
    "key": lambda facts: facts.project.key,
    "title": lambda facts: (
        printable(facts.project.title) + (" (closed)" if facts.project.closed else "")
    ),
    "labels": lambda facts: f"{facts.project.tasks.key} v{facts.project.version}",
    "memes": lambda facts: facts.memes,
    "decided": lambda facts: facts.decided,
    "decisions": lambda facts: facts.decisions,
    "unpredicted": lambda facts: facts.stale,
    "model": lambda facts: facts.model,
}


@with_settings()
def list_projects(settings: Settings) -> None:
    """Print the projects and how far they are."""
    studio = open_studio(settings)
    who = studio.owner()
    found = [studio.projects.facts(who, project.key) for project in studio.projects.list(who)]
    if found:
        say(render_columns(COLUMNS, found))
    else:
        warn("There is no project yet. Create one: memeclip projects create KEY --title TITLE")


@with_settings(read_rules, tasks=("pridemm",))
def create(settings: Settings, rules: Rules, key: Key) -> None:
    """Create a project on one task set: --tasks with a name or a YAML file of your own."""
    studio = open_studio(settings)
    if len(studio.task_sets) > 1:
        raise InputError(
            f"--tasks names {len(studio.task_sets)} task sets, and a project asks one. Name one."
        )
    tasks = studio.task_sets[0]
    rules["title"] = rules.get("title") or key
    project = studio.projects.create(studio.owner(), key=key, task_set=tasks, **rules)
    warn(f"{project.key} is a new project on {tasks.title}.")
    warn(f"To fill it: memeclip projects import {project.key} FOLDER")


@with_settings(read_rules)
def change(
    settings: Settings,
    rules: Rules,
    key: Key,
    *,
    closed: Annotated[bool | None, typer.Option("--closed/--open")] = None,
) -> None:
    """Change rules of a project; what is not named stays. Without options, print them.

    Args:
        closed: Put it away, or take it out again; nothing is ever deleted.
    """
    studio = open_studio(settings)
    who = studio.owner()
    if closed is not None:
        rules["closed"] = closed
    project = studio.projects.project(who, key)
    if rules:
        project = studio.projects.change(who, key, **rules)
    shown = {
        "title": printable(project.title),
        "overlap": f"{project.overlap} people on {100 * project.overlap_share:g} % of the memes",
        "hidden suggestions": f"{100 * project.hidden_share:g} % of the memes",
        "order": project.order,
        "kept for a person": _minutes(project.lease_minutes),
        "retraining": f"every {project.retrain_every} decisions"
        if project.retrain_every
        else "on demand",
        "break": f"after {_minutes(project.break_minutes)}" if project.break_minutes else "never",
        "closed": "yes" if project.closed else "no",
        "label set": f"{project.tasks.key}, version {project.version}",
    }
    say(render_table(("rule", "value"), shown.items()))


def _minutes(count: int) -> str:
    return f"{count} minute" if count == 1 else f"{count} minutes"


@with_settings()
def demo(settings: Settings, *, remove: bool = False) -> None:
    """Make a project of the sample memes with made-up votes, to look at every page.

    Nothing that is decided in it teaches a model, is counted elsewhere or stands in a file.

    Args:
        remove: Delete the demo instead, with all that was done in it.
    """
    studio = open_studio(settings)
    if remove:
        studio.demo.remove(studio.owner())
        warn("The demo is removed.")
        return
    made = studio.demo.make(studio.owner())
    warn(f"{made.key} is the demo. Look at it: memeclip serve, and the pages Label and Review.")
    warn("To remove it: memeclip projects demo --remove")


@with_settings()
def guidelines(settings: Settings, key: Key, *, file: Path | None = None) -> None:
    """Print a project's guidelines, or replace them.

    Args:
        file (FILE.md): Markdown to show beside the memes from now on.
    """
    from memeclip_core.app.files import read_guidelines

    studio = open_studio(settings)
    if file is None:
        say(studio.projects.project(studio.owner(), key).guidelines)
        return
    read_guidelines(studio, key, file)
    warn(f"The guidelines of {key} are those of {file} now.")
