"""``memeclip projects``: what is labelled by whom, and under which rules."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from memeclip_core.cli.options import Key, open_studio, with_settings
from memeclip_core.cli.project_jobs import check_done, follow, report
from memeclip_core.cli.terminal import printable, render_columns, render_table, say, warn
from memeclip_core.config import Settings
from memeclip_core.errors import InputError
from memeclip_core.records.project import Project, ProjectFacts
from memeclip_core.records.queue import QueueFilter
from memeclip_core.records.team import Share

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
    qualify: int | None = None,
    qualify_share: float | None = None,
    qualify_tries: int | None = None,
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
        qualify: How many gold memes a new annotator answers before real work; 0 no such round.
        qualify_share: The share of right answers, above 0 to 1, that passes the round.
        qualify_tries: How many tries a person has.
    """
    return {name: value for name, value in locals().items() if value is not None}


COLUMNS: dict[str, Callable[[ProjectFacts], object]] = {
    "key": lambda facts: facts.project.key,
    "title": lambda facts: printable(facts.project.title) + _tell_apart(facts.project),
    "labels": lambda facts: f"{facts.project.tasks.key} v{facts.project.version}",
    "memes": lambda facts: facts.memes,
    "decided": lambda facts: facts.decided,
    "decisions": lambda facts: facts.decisions,
    "unpredicted": lambda facts: facts.stale,
    "qualify": lambda facts: facts.project.qualify or "",
    "model": lambda facts: facts.model,
}


def _tell_apart(project: Project) -> str:
    """Return what sets a project apart from others, in brackets, or ""."""
    marks = {"closed": project.closed, "members only": project.members_only}
    said = ", ".join(words for words, holds in marks.items() if holds)
    return f" ({said})" if said else ""


@with_settings()
def list_projects(settings: Settings) -> None:
    """Print the projects and how far they are.

    "qualify" is how many gold memes a new annotator answers before real work.
    """
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
    members_only: Annotated[bool | None, typer.Option("--members-only/--for-everybody")] = None,
) -> None:
    """Change rules of a project; what is not named stays. Without options, print them.

    Args:
        closed: Put it away, or take it out again; nothing is ever deleted.
        members_only: Let only its members and admins see it, or everybody who may label.
    """
    studio = open_studio(settings)
    who = studio.owner()
    if closed is not None:
        rules["closed"] = closed
    if members_only is not None:
        rules["members_only"] = members_only
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
        "qualification": f"{project.qualify} gold memes, {100 * project.qualify_share:g} % right, "
        f"{project.qualify_tries} {'try' if project.qualify_tries == 1 else 'tries'}"
        if project.qualify
        else "none",
        "closed": "yes" if project.closed else "no",
        "seen by": "members and admins" if project.members_only else "everybody who may label",
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
def suggestions(
    settings: Settings,
    key: Key,
    file: Annotated[Path | None, typer.Argument()] = None,
    *,
    model: str = "",
    show: str | None = None,
) -> None:
    """Bring in what another model says of a project's memes, or choose whose suggestions are shown.

    Without a file and without --show, print of which models there are suggestions. What is brought
    in stays beside the studio's own, whatever is computed or retrained later.

    Args:
        file (FILE): CSV, jsonl, JSON, Parquet or Excel; a line names its meme by id or file name,
            and answers tasks as memeclip evaluate --predictions writes them.
        model (NAME): The model's name; else that of the file.
        show (NAME): Show people this model's suggestions from now on; "" the studio's own.
    """
    from memeclip_core.app.files import describe_brought_in

    studio = open_studio(settings)
    who = studio.owner()
    if file is not None:
        warn(describe_brought_in(studio.suggesters.bring_in(who, key, file, model=model)))
    if show is not None:
        studio.suggesters.show(who, key, show)
    if file is None and show is None:
        shown = studio.suggesters.shown(who, key)
        names = studio.projects.models(who, key)
        say(render_table(("model", "shown"), [(printable(n), _mark(n == shown)) for n in names]))
        return
    warn(
        f"People see the suggestions of {studio.suggesters.shown(who, key) or 'the studio itself'}."
    )


def _mark(shown: bool) -> str:
    return "yes" if shown else ""


@with_settings()
def duplicate(settings: Settings, key: Key, new: str, *, title: str | None = None) -> None:
    """Make a project of the same rules, label set, guidelines and memes, without decisions.

    Args:
        new: The key of the copy.
        title: What people read; else "Copy of" and the project's title.
    """
    studio = open_studio(settings)
    who = studio.owner()
    made = studio.projects.copies.make(who, key, new=new, title=title or "")
    warn(f"{made.key} is a new project with the memes of {key}, and nothing is decided in it.")
    for job in studio.projects.jobs(who, made.key):
        if job.live and job.kind == "predict":
            follow(studio, job)


@with_settings()
def delete(settings: Settings, key: Key, *, yes: bool = False, out: Path = Path(".")) -> None:
    """Export everything of a project and delete it with all that was done in it.

    Models that were trained on its decisions stay as they are, and so do backups that were made
    before. A demo is deleted without an export.

    Args:
        yes: Do it; otherwise only say what would go.
        out (DIR): The folder to put the export into.
    """
    from memeclip_core.app.files import describe_contents

    studio = open_studio(settings)
    who, deletions = studio.owner(), studio.projects.deletions
    found = deletions.look(who, key)
    if not yes:
        warn(describe_contents(found))
        warn(f"Nothing is deleted yet. To do it: memeclip projects delete {key} --yes")
        return
    if not studio.projects.project(who, key).demo:
        job = report(follow(studio, studio.projects.start_export(who, key, "everything")))
        check_done(job)
        say(str(studio.projects.export_file(who, key, job.id, out)))
    gone = deletions.make(who, key, confirm=key)
    warn(f"{key} is deleted. {describe_contents(gone)}")


@with_settings()
def mend(
    settings: Settings,
    key: Key,
    meme: Annotated[str, typer.Argument(help="Its file name, or 8 or more characters of its id.")],
    *,
    text: str | None = None,
    remove: str | None = None,
    restore: bool = False,
) -> None:
    """Correct a meme's text, remove the meme or restore it; without options, print what was done.

    Decisions stay in the log with the text that they were made on. A removed meme is given to
    nobody, and nothing counts or exports it.

    Args:
        text: Its text from now on.
        remove (REASON): Take it out of the project.
        restore: Put it back, with what was decided on it.
    """
    if (text is not None) + (remove is not None) + restore > 1:
        raise InputError("--text, --remove and --restore are three things to do. Name one.")
    studio = open_studio(settings)
    who, amendments = studio.owner(), studio.projects.amendments
    one, _ = amendments.find(who, key, meme)
    if text is not None:
        amendments.correct(who, key, one.id, text)
        for job in studio.projects.jobs(who, key):
            if job.live and job.kind == "predict":
                follow(studio, job)
    elif remove is not None:
        amendments.remove(who, key, one.id, remove)
    elif restore:
        amendments.restore(who, key, one.id)
    rows = [
        (f"{change.time:%Y-%m-%d %H:%M}", change.by, change.action, printable(change.reason))
        for change in amendments.changes(who, key, one.id)
    ]
    if rows:
        say(render_table(("time (UTC)", "by", "done", "why"), rows))
    else:
        warn(f"Nothing was mended of {printable(one.filename) or one.id[:12]}.")


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


@with_settings()
def members(
    settings: Settings,
    key: Key,
    *,
    add: list[str] | None = None,
    remove: list[str] | None = None,
    quota: list[str] | None = None,
) -> None:
    """Print the members of a project, after adding or removing some.

    Args:
        add (NAME): Who becomes a member; can be repeated.
        remove (NAME): Who is one no more: lets go of what they hold, keeps their decisions.
        quota (NAME=MEMES): How many memes somebody decides at most; 0 is any number.
    """
    studio = open_studio(settings)
    who = studio.owner()
    found = studio.team.members(who, key)
    if add or remove or quota:
        quotas = dict(_read_quota(one) for one in quota or ())
        found = studio.team.change(who, key, add=add or (), remove=remove or (), quotas=quotas)
    rows = [
        (one.person, f"{one.done:,}", f"{one.quota:,}" if one.quota else "any", f"{one.assigned:,}")
        for one in found
    ]
    if rows:
        say(render_table(("member", "done", "at most", "assigned and left"), rows))
    else:
        warn(f"{key} has no members: whoever may label sees it, unless it is for members only.")


@with_settings()
def assign(
    settings: Settings,
    key: Key,
    *,
    to: list[str],
    number: int | None = None,
    percent: float | None = None,
    text: str = "",
    undo: bool = False,
) -> None:
    """Give memes of a project to people, dealt at random in equal parts; nobody else gets them.

    Args:
        to (NAME): To whom; can be repeated.
        number: How many memes; without it, all that are open and assigned to nobody.
        percent: How many of those in a hundred.
        text: Only memes whose text or file name contains this.
        undo: Take what is assigned to these people from them instead.
    """
    studio = open_studio(settings)
    who = studio.owner()
    if undo:
        freed = studio.team.unassign(who, key, to)
        warn(f"{freed:,} memes go to everybody again.")
        return
    filters, share = QueueFilter(state=None, text=text), Share(number=number, percent=percent)
    done = studio.team.assign(who, key, to, filters=filters, share=share)
    say(render_table(("person", "memes"), ((name, f"{n:,}") for name, n in done.people.items())))


def _read_quota(text: str) -> tuple[str, int]:
    name, _, number = text.rpartition("=")
    if not name or not number.isdigit():
        raise InputError(f"--quota is '{text}'. Write a name and a number, such as ada=50.")
    return name, int(number)
