"""``memeclip projects``: what is labelled by whom, and under which rules."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from memeclip_core.cli.options import open_studio, with_settings
from memeclip_core.cli.project_jobs import export_project, import_memes, migrate
from memeclip_core.cli.terminal import printable, render_table, say, warn
from memeclip_core.config import Settings
from memeclip_core.errors import InputError

Rules = dict[str, Any]
Key = Annotated[str, typer.Argument(help="The project's key, such as summer-memes.")]


def read_rules(
    title: Annotated[str | None, typer.Option(help="What people read.")] = None,
    overlap: Annotated[
        int | None, typer.Option(help="How many people label a meme of the overlapping share.")
    ] = None,
    overlap_share: Annotated[
        float | None, typer.Option(help="The share of memes, 0 to 1, that several people label.")
    ] = None,
    hidden_share: Annotated[
        float | None,
        typer.Option(
            help="The share of memes, 0 to 1, whose suggestions are hidden, to measure them."
        ),
    ] = None,
    order: Annotated[
        str | None,
        typer.Option(
            metavar="margin|entropy|diversity|disagreement|label-errors|newest|random|import",
            help="How the queue is ordered.",
        ),
    ] = None,
    lease_minutes: Annotated[
        int | None, typer.Option(help="How long a meme stays with the person who opened it.")
    ] = None,
    retrain_every: Annotated[
        int | None,
        typer.Option(help="Decisions after which a retraining starts; 0 on demand only."),
    ] = None,
    break_minutes: Annotated[
        int | None, typer.Option(help="Minutes after which a break is proposed; 0 never.")
    ] = None,
) -> Rules:
    """Return the rules of a project that a command line names."""
    return {name: value for name, value in locals().items() if value is not None}


def build_group() -> typer.Typer:
    """Return the group with its commands."""
    group = typer.Typer(help="Labelling projects: set up, fill, take home.", no_args_is_help=True)
    group.command("list")(list_projects)
    group.command("create")(create)
    group.command("change")(change)
    group.command("guidelines")(guidelines)
    group.command("import")(import_memes)
    group.command("export")(export_project)
    group.command("migrate")(migrate)
    return group


@with_settings()
def list_projects(settings: Settings) -> None:
    """Print the projects and how far they are."""
    studio = open_studio(settings)
    who, rows = studio.owner(), []
    for project in studio.projects.list(who):
        facts = studio.projects.facts(who, project.key)
        rows.append(
            (
                project.key,
                printable(project.title) + (" (closed)" if project.closed else ""),
                f"{project.tasks.key} v{project.version}",
                str(facts.memes),
                str(facts.decided),
                str(facts.decisions),
                str(facts.stale),
                facts.model,
            )
        )
    header = ("key", "title", "labels", "memes", "decided", "decisions", "unpredicted", "model")
    if rows:
        say(render_table(header, rows))
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
    closed: Annotated[
        bool | None,
        typer.Option(
            "--closed/--open", help="Put it away, or take it out again; nothing is ever deleted."
        ),
    ] = None,
) -> None:
    """Change rules of a project; what is not named stays. Without options, print them."""
    studio = open_studio(settings)
    who = studio.owner()
    if closed is not None:
        rules["closed"] = closed
    project = studio.projects.project(who, key)
    if rules:
        project = studio.projects.change(who, key, **rules)
    shown = {
        "title": printable(project.title),
        "overlap": f"{project.overlap} people on {project.overlap_share:.0%} of the memes",
        "hidden suggestions": f"{project.hidden_share:.0%} of the memes",
        "order": project.order,
        "lease": f"{project.lease_minutes} minutes",
        "retraining": f"every {project.retrain_every} decisions"
        if project.retrain_every
        else "on demand",
        "break": f"after {project.break_minutes} minutes" if project.break_minutes else "never",
        "closed": "yes" if project.closed else "no",
        "label set": f"{project.tasks.key}, version {project.version}",
    }
    say(render_table(("rule", "value"), shown.items()))


@with_settings()
def guidelines(
    settings: Settings,
    key: Key,
    file: Annotated[
        Path | None,
        typer.Option(metavar="FILE.md", help="Markdown to show beside the memes from now on."),
    ] = None,
) -> None:
    """Print a project's guidelines, or replace them."""
    from memeclip_core.app.files import read_guidelines

    studio = open_studio(settings)
    if file is None:
        say(studio.projects.project(studio.owner(), key).guidelines)
        return
    read_guidelines(studio, key, file)
    warn(f"The guidelines of {key} are those of {file} now.")
