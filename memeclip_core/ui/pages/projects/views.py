"""Projects, their jobs and what a new label set would do, as HTML."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from memeclip_core.api.texts import _, ngettext
from memeclip_core.marks import mark
from memeclip_core.records.job import Job
from memeclip_core.records.project import MigrationPreview, Project, ProjectFacts
from memeclip_core.records.team import Member, Qualified
from memeclip_core.ui.components import (
    render_job,
    render_nothing,
    render_progress,
    render_remove,
    render_table,
    render_took,
    render_try,
    render_trying,
    render_way,
)
from memeclip_core.ui.formats import count, escape, shortened, stamp

SHOWN = 50
EMPTY = mark(
    "There is no project yet: a project is a set of memes, what is asked of them, and who answers. "
    "An admin makes the first one."
)
_STATES = {
    "queued": mark("waiting"),
    "running": mark("under way"),
    "done": mark("done"),
    "failed": mark("failed"),
    "cancelled": mark("stopped"),
    "interrupted": mark("interrupted"),
    "refused": mark("refused"),
}
_KINDS = {"import": mark("Import"), "export": mark("Export"), "predict": mark("Predictions")}
_STEPS = (
    mark("listing"), mark("starting"), mark("importing"), mark("predicting"), mark("exporting"),
)  # fmt: skip
"""What jobs say they are at."""
_COUNTS = {
    "listed": mark("found"),
    "pictures_named": mark("pictures named by rows"),
    "pictures_found": mark("of these found"),
    "pictures_not_named": mark("pictures not named by any row"),
    "added": mark("added"),
    "images": mark("with an image"),
    "texts": mark("texts alone"),
    "known": mark("there already"),
    "duplicates": mark("exact duplicates"),
    "failed": mark("not usable"),
    "unlabelled": mark("labels not known"),
    "others": mark("rows that the label set is not about"),
    "labels_taken_over": mark("labels taken over"),
    "image_not_there": mark("image not there"),
    "rows": mark("rows"),
    "decisions": mark("rows of decisions"),
    "comments": mark("comments"),
    "changes": mark("changes of memes"),
    "left_out_without_image": mark("left out, as they have no image"),
    "predicted": mark("predicted"),
    "notes": mark("notes"),
}
_NAMED = ("failed", "duplicates", "unlabelled", "notes")
"""The counts whose files or rows are listed one by one."""


def render_projects(projects: Sequence[ProjectFacts], chosen: str) -> str:
    """List the projects: what is asked, how many memes, how far people are."""
    if not projects:
        return render_lead(_(EMPTY))
    heads = (
        _("Project"), _("Label set"), _("Memes"), _("Decided"), _("Decisions"), _("Suggestions"),
    )  # fmt: skip
    place = next((n for n, facts in enumerate(projects) if facts.project.key == chosen), -1)
    return render_table(heads, map(_project, projects), _("Projects"), chosen=place)


def render_members(members: Sequence[Member]) -> str:
    """List who takes part in a project, how far they are, and how much is asked of them."""
    if not members:
        return render_lead(
            _(
                "Nobody is a member: whoever may label sees this project, unless it is for members "
                "only."
            )
        )
    heads = (_("Member"), _("Decided"), _("At most"), _("Assigned and left"), _("Since"))
    rows = [
        (
            escape(one.person),
            f"{one.done:,}",
            f"{one.quota:,}" if one.quota else escape(_("any number")),
            f"{one.assigned:,}",
            escape(stamp(one.since)),
        )
        for one in members
    ]
    return render_table(heads, rows, _("Members"))


def render_qualified(results: Sequence[Qualified], *, asked: bool) -> str:
    """List how people have done in the qualification round, or say that there is none."""
    if not asked and not results:
        return render_hint(
            _(
                "There is no qualification round: under Rules, choose how many gold memes a new "
                "annotator answers before real work."
            )
        )
    if not results:
        return render_hint(_("Nobody has begun with the qualification round yet."))
    heads = (
        _("Person"), _("Qualification round"), _("Tries ended"), _("Right in the last"),
        _("Changed"),
    )  # fmt: skip
    rows = [
        (
            escape(one.person),
            escape(_say_round(one)),
            f"{one.tries:,}",
            escape(_("{n} of {all}").format(n=f"{one.hits:,}", all=f"{one.asked:,}")),
            escape(stamp(one.changed)),
        )
        for one in results
    ]
    return render_table(heads, rows, _("Qualification round"))


_ROUND = {
    "open": mark("in it"),
    "passed": mark("passed"),
    "failed": mark("not passed, no try left"),
}


def _say_round(one: Qualified) -> str:
    stands = _(_ROUND[one.state])
    return _("{state}, said {who}").format(state=stands, who=one.by) if one.by else stands


def render_lead(words: str) -> str:
    """Say in the place of a list why there is none."""
    return f'<p class="mc-lead">{escape(words)}</p>'


def render_hint(words: str) -> str:
    """Say what something is for, or how it stands, in small print."""
    return f'<p class="mc-hint">{escape(words)}</p>'


def render_demo(projects: Sequence[ProjectFacts]) -> str:
    """Offer to make the demo, or to remove it."""
    if any(facts.project.demo for facts in projects):
        return render_remove()
    return f"<p>{render_try()}</p>{render_trying()}"


def render_no_project(title: str, words: str, *, admin: bool) -> str:
    """Say what a page shows once there is a project, and how there comes to be one."""
    if not admin:
        none = _("There is no project yet: an admin makes one.")
        return render_nothing(title, f"{words} {none}")
    ways = render_try(), render_way(_("Make a project"), "Projects")
    return render_nothing(title, words, *ways, below=render_trying())


def offer_projects(projects: Sequence[Project]) -> list[tuple[str, str]]:
    """Return what a list to choose from shows of each project, with its key."""
    return [
        (_("{title} (closed)").format(title=one.title) if one.closed else one.title, one.key)
        for one in projects
    ]


def derive_key(title: str) -> str:
    """Make a project's key from its title: ``Cats & Dogs`` becomes ``cats-dogs``."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-")


def _project(facts: ProjectFacts) -> tuple[str, ...]:
    project = facts.project
    bar = render_progress(facts.decided, facts.memes, _("Decided"))
    marks = [
        said
        for said, holds in (
            (_("demo"), project.demo),
            (_("closed"), project.closed),
            (_("for members only"), project.members_only),
            (_("with a qualification round"), project.qualify > 0),
        )
        if holds
    ]
    decided = _("{n} of {all}").format(n=f"{facts.decided:,}", all=f"{facts.memes:,}")
    flagged = _("{n} flagged").format(n=f"{facts.flagged:,}")
    version = _("version {n}").format(n=project.version)
    return (
        f"<strong>{escape(project.title)}</strong>"
        f"<div>{escape(' · '.join((project.key, *marks)))}</div>",
        f"{escape(project.tasks.title)}<div>{escape(version)}</div>",
        f"{facts.memes:,}",
        f"{bar}<div>{escape(decided)}</div>",
        f"{facts.decisions:,}" + (f"<div>{escape(flagged)}</div>" if facts.flagged else ""),
        escape(_say_ready(facts)),
    )


def _say_ready(facts: ProjectFacts) -> str:
    if not facts.stale:
        return _("by {model}").format(model=facts.model)
    return ngettext(
        "{n} meme not predicted yet by {model}", "{n} memes not predicted yet by {model}",
        facts.stale,
    ).format(n=f"{facts.stale:,}", model=facts.model)  # fmt: skip


def render_project_job(job: Job | None) -> str:
    """Show what is or was done last: a bar, counts, and by name what could not be used."""
    if job is None:
        return ""
    progress = job.progress
    share = progress.done / progress.total if progress.total else 0.0
    facts = [f"{_(progress.message)} {share:.0%}"] if job.live else []
    facts += [f"{_(_COUNTS.get(name, name))}: {n:,}" for name, n in job.counts.items()]
    if job.ended and not job.live:
        facts.append(f"{stamp(job.ended)}, {render_took(job)}")
    title = _("{job} {state}").format(job=_(_KINDS[job.kind]), state=_(_STATES[job.state]))
    return render_job(job, escape(title), facts, _("Progress"), _render_failures(job))


def _render_failures(job: Job) -> str:
    if not job.failures:
        return ""
    items = "".join(
        f"<li><strong>{escape(shortened(item.filename, 80))}</strong>: {escape(item.reason)}</li>"
        for item in job.failures[:SHOWN]
    )
    named = sum(job.counts.get(name, 0) for name in _NAMED)
    rest = _("and {n} more").format(n=f"{named - SHOWN:,}")
    more = f"<li>{escape(rest)}</li>" if named > SHOWN else ""
    said = ngettext(
        "{n} file or row to look at", "{n} files or rows to look at", named
    ).format(n=f"{named:,}")  # fmt: skip
    return f"<details><summary>{escape(said)}</summary><ul>{items}{more}</ul></details>"


def render_migration(preview: MigrationPreview) -> str:
    """Say what a new label set does to the decisions."""
    lines = [
        _(
            "{decisions}: {changed} would read otherwise, {again} would go back to whoever made "
            "them (on {memes})."
        ).format(
            decisions=count(preview.decisions, "decision"), changed=f"{preview.changed:,}",
            again=f"{preview.again:,}", memes=count(preview.memes_again, "meme"),
        )
    ]  # fmt: skip
    if preview.given:
        given = count(preview.given, "meme")
        lines.append(_("Labels that came with the import change on {memes}.").format(memes=given))
    if preview.unread:
        lines.append(
            _(
                "{decisions} with labels that the heads know under no name: those labels teach "
                "nothing."
            ).format(decisions=count(preview.unread, "decision"))
        )
    for task, name in preview.gone:
        lines.append(_("“{label}” of {task} leads nowhere.").format(label=name, task=task))
    for task, (changed, again) in preview.by_task.items():
        said = _("{task}: {changed} read otherwise, {again} to be decided again.")
        lines.append(said.format(task=task, changed=f"{changed:,}", again=f"{again:,}"))
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f'<div class="mc-message"><ul>{items}</ul></div>'
