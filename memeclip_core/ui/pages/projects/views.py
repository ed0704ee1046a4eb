"""Projects, their jobs and what a new label set would do, as HTML."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

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
EMPTY = (
    '<p class="mc-lead">There is no project yet: a project is a set of memes, what is asked of '
    "them, and who answers. An admin makes the first one.</p>"
)
_STATES = {
    "queued": "waiting",
    "running": "under way",
    "done": "done",
    "failed": "failed",
    "cancelled": "stopped",
    "interrupted": "interrupted",
    "refused": "refused",
}
_KINDS = {"import": "Import", "export": "Export", "predict": "Predictions"}
_COUNTS = {
    "listed": "found",
    "pictures_named": "pictures named by rows",
    "pictures_found": "of these found",
    "pictures_not_named": "pictures not named by any row",
    "added": "added",
    "images": "with an image",
    "texts": "texts alone",
    "known": "there already",
    "duplicates": "exact duplicates",
    "failed": "not usable",
    "unlabelled": "labels not known",
    "others": "rows that the label set is not about",
    "labels_taken_over": "labels taken over",
    "image_not_there": "image not there",
    "rows": "rows",
    "decisions": "rows of decisions",
    "comments": "comments",
    "changes": "changes of memes",
    "left_out_without_image": "left out, as they have no image",
    "predicted": "predicted",
    "notes": "notes",
}
_NAMED = ("failed", "duplicates", "unlabelled", "notes")
"""The counts whose files or rows are listed one by one."""


def render_projects(projects: Sequence[ProjectFacts], chosen: str) -> str:
    """List the projects: what is asked, how many memes, how far people are."""
    if not projects:
        return EMPTY
    heads = ("Project", "Label set", "Memes", "Decided", "Decisions", "Suggestions")
    place = next((n for n, facts in enumerate(projects) if facts.project.key == chosen), -1)
    return render_table(heads, map(_project, projects), "Projects", chosen=place)


def render_members(members: Sequence[Member]) -> str:
    """List who takes part in a project, how far they are, and how much is asked of them."""
    if not members:
        return (
            '<p class="mc-lead">Nobody is a member: whoever may label sees this project, unless '
            "it is for members only.</p>"
        )
    heads = ("Member", "Decided", "At most", "Assigned and left", "Since")
    rows = [
        (
            escape(one.person),
            f"{one.done:,}",
            f"{one.quota:,}" if one.quota else "any number",
            f"{one.assigned:,}",
            escape(stamp(one.since)),
        )
        for one in members
    ]
    return render_table(heads, rows, "Members")


def render_qualified(results: Sequence[Qualified], *, asked: bool) -> str:
    """List how people have done in the qualification round, or say that there is none."""
    if not asked and not results:
        return (
            '<p class="mc-hint">There is no qualification round: under Rules, choose how many gold '
            "memes a new annotator answers before real work.</p>"
        )
    if not results:
        return '<p class="mc-hint">Nobody has begun with the qualification round yet.</p>'
    heads = ("Person", "Qualification round", "Tries ended", "Right in the last", "Changed")
    rows = [
        (
            escape(one.person),
            f"{_ROUND[one.state]}, said {escape(one.by)}" if one.by else _ROUND[one.state],
            f"{one.tries:,}",
            f"{one.hits:,} of {one.asked:,}",
            escape(stamp(one.changed)),
        )
        for one in results
    ]
    return render_table(heads, rows, "Qualification round")


_ROUND = {"open": "in it", "passed": "passed", "failed": "not passed, no try left"}


def render_demo(projects: Sequence[ProjectFacts]) -> str:
    """Offer to make the demo, or to remove it."""
    if any(facts.project.demo for facts in projects):
        return render_remove()
    return f"<p>{render_try()}</p>{render_trying()}"


def render_no_project(title: str, words: str, *, admin: bool) -> str:
    """Say what a page shows once there is a project, and how there comes to be one."""
    if not admin:
        return render_nothing(title, f"{words} There is no project yet: an admin makes one.")
    ways = render_try(), render_way("Make a project", "Projects")
    return render_nothing(title, words, *ways, below=render_trying())


def offer_projects(projects: Sequence[Project]) -> list[tuple[str, str]]:
    """Return what a list to choose from shows of each project, with its key."""
    return [(f"{one.title} (closed)" if one.closed else one.title, one.key) for one in projects]


def derive_key(title: str) -> str:
    """Make a project's key from its title: ``Cats & Dogs`` becomes ``cats-dogs``."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-")


def _project(facts: ProjectFacts) -> tuple[str, ...]:
    project = facts.project
    bar = render_progress(facts.decided, facts.memes, "Decided")
    closed = (" · demo" if project.demo else "") + (" · closed" if project.closed else "")
    closed += " · for members only" if project.members_only else ""
    ready = f"by {escape(facts.model)}"
    if facts.stale:
        ready = f"{count(facts.stale, 'meme')} not predicted yet {ready}"
    return (
        f"<strong>{escape(project.title)}</strong><div>{escape(project.key)}{closed}</div>",
        f"{escape(project.tasks.title)}<div>version {project.version}</div>",
        f"{facts.memes:,}",
        f"{bar}<div>{facts.decided:,} of {facts.memes:,}</div>",
        f"{facts.decisions:,}" + (f"<div>{facts.flagged:,} flagged</div>" if facts.flagged else ""),
        ready,
    )


def render_project_job(job: Job | None) -> str:
    """Show what is or was done last: a bar, counts, and by name what could not be used."""
    if job is None:
        return ""
    progress = job.progress
    share = progress.done / progress.total if progress.total else 0.0
    facts = [f"{progress.message} {share:.0%}"] if job.live else []
    facts += [f"{_COUNTS.get(name, name)}: {n:,}" for name, n in job.counts.items()]
    if job.ended and not job.live:
        facts.append(f"{stamp(job.ended)}, {render_took(job)}")
    title = f"{_KINDS[job.kind]} {_STATES[job.state]}"
    return render_job(job, title, facts, "Progress", _render_failures(job))


def _render_failures(job: Job) -> str:
    if not job.failures:
        return ""
    items = "".join(
        f"<li><strong>{escape(shortened(item.filename, 80))}</strong>: {escape(item.reason)}</li>"
        for item in job.failures[:SHOWN]
    )
    named = sum(job.counts.get(name, 0) for name in _NAMED)
    more = f"<li>and {named - SHOWN:,} more</li>" if named > SHOWN else ""
    return (
        f"<details><summary>{count(named, 'file or row', 'files or rows')} to look at</summary>"
        f"<ul>{items}{more}</ul></details>"
    )


def render_migration(preview: MigrationPreview) -> str:
    """Say what a new label set does to the decisions."""
    lines = [
        f"{count(preview.decisions, 'decision')}: {preview.changed:,} would read otherwise, "
        f"{preview.again:,} would go back to whoever made them (on "
        f"{count(preview.memes_again, 'meme')})."
    ]
    if preview.given:
        lines.append(f"Labels that came with the import change on {count(preview.given, 'meme')}.")
    if preview.unread:
        lines.append(
            f"{count(preview.unread, 'decision')} with labels that the heads know under no name: "
            "those labels teach nothing."
        )
    for task, name in preview.gone:
        lines.append(f"“{name}” of {task} leads nowhere.")
    for task, (changed, again) in preview.by_task.items():
        lines.append(f"{task}: {changed:,} read otherwise, {again:,} to be decided again.")
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f'<div class="mc-message"><ul>{items}</ul></div>'
