"""A candidate beside the active model: scores, classes, and the memes that flip."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from memeclip_core.api.texts import _, ngettext
from memeclip_core.app.changes import say_changes
from memeclip_core.marks import mark
from memeclip_core.records.job import Job
from memeclip_core.records.model import (
    CLEAR,
    ClassChange,
    Flip,
    Metric,
    ModelInfo,
    NearMeme,
    TaskComparison,
)
from memeclip_core.tasks import TaskSet
from memeclip_core.ui.components import render_table
from memeclip_core.ui.formats import decimal, escape, listed, shortened

SHOWN = 100
"""How many memes that flip are listed."""

LEARNT = mark("Nearest corrected memes it learnt from")

_ROWS = {
    "corrected": mark("corrected memes kept aside"),
    "replay": mark("the starter's validation rows"),
}
DIRECTIONS = {"better": mark("better"), "worse": mark("worse")}
STATES = {"active": mark("active"), "candidate": mark("candidate"), "retired": mark("retired")}


def render_candidate(
    candidate: ModelInfo | None, active: ModelInfo | None, job: Job | None, task_set: TaskSet
) -> str:
    """Show the model that awaits a verdict beside the active one, on the same held-out data."""
    if candidate is None:
        said = escape(_("No candidate is waiting. Retrain to make one."))
        return f'<p class="mc-lead">{said}</p>'
    if active:
        said = _(
            "<strong>{candidate}</strong> beside <strong>{active}</strong>, on the same rows that "
            "neither has trained on."
        ).format(candidate=escape(candidate.version), active=escape(active.version))
    else:
        said = _(
            "<strong>{candidate}</strong> beside <strong>no active model</strong>, on the same "
            "rows that neither has trained on."
        ).format(candidate=escape(candidate.version))
    head = f'<p class="mc-lead">{said}</p>'
    if job is None or not job.comparison:
        said = escape(_("There is no comparison on record for it."))
        return f'{head}<p class="mc-hint">{said}</p>'
    known = [row for row in job.comparison if row.n]
    none = all(row.n == 0 for row in job.comparison if row.rows == "corrected")
    hint = _("No corrected meme is kept aside yet, so only the starter's own rows are compared.")
    heads = (
        _("Question"), _("Rows"), "n", _("Score"), _("Active (95 %)"), _("Candidate (95 %)"),
        _("Answers changed"),
    )  # fmt: skip
    table = render_table(
        [*map(escape, heads)],
        [_row(row, task_set) for row in known],
        _("Candidate and active model"),
    )
    classes = "".join(_classes(row, task_set) for row in known if row.classes)
    return head + table + (f'<p class="mc-hint">{hint}</p>' if none else "") + classes


def _row(row: TaskComparison, task_set: TaskSet) -> tuple[str, ...]:
    return (
        escape(_title(row.task, task_set)),
        _(_ROWS[row.rows]),
        f"{row.n:,}",
        escape(row.candidate.name),
        render_score(row.active),
        f"{render_score(row.candidate)} {_change(row)}",
        f"{row.flips:,}",
    )


def _classes(row: TaskComparison, task_set: TaskSet) -> str:
    """Show every class's F1 before and after, folded away; the summary names what changed."""
    names = display_names(row.task, task_set)
    clear = {
        word: [names.get(c.label, c.label) for c in row.classes if _direction(c) == word]
        for word in ("worse", "better")
    }
    parts = [f"{_(DIRECTIONS[word])}: {listed(found)}" for word, found in clear.items() if found]
    said = "; ".join(parts) or _("no class clearly changed")
    cells = [
        (
            escape(names.get(item.label, item.label)),
            f"{item.n:,}",
            render_score(item.active),
            f"{render_score(item.candidate)} {_change(item)}",
        )
        for item in row.classes
    ]
    title = f"{_title(row.task, task_set)}, {_(_ROWS[row.rows])}"
    heads = (_("Class"), _("Rows with it"), _("F1, active (95 %)"), _("F1, candidate (95 %)"))
    summary = _("{title}, class by class: <em>{changes}</em>").format(
        title=escape(title), changes=escape(said)
    )
    caption = _("Classes of {title}").format(title=title)
    return (
        f'<details class="mc-classes"><summary>{summary}</summary>'
        f"{render_table([*map(escape, heads)], cells, caption)}</details>"
    )


def _is_clear(row: TaskComparison | ClassChange) -> bool:
    gain = row.candidate.value - row.active.value
    return row.p is not None and row.p < CLEAR and math.isfinite(gain)


def _change(row: TaskComparison | ClassChange) -> str:
    """Say better or worse only where the same rows hardly tell such a difference by chance.

    The two intervals overlap long after that: they do not know that the rows are the same.
    """
    gain = row.candidate.value - row.active.value
    if row.p is None or not math.isfinite(gain):
        return ""
    word = _direction(row)
    return f"<strong>{escape(_(DIRECTIONS[word]))}</strong>" if word else say_unclear()


def say_unclear() -> str:
    """Say that a difference may be chance."""
    return f"<em>{escape(_('no clear change'))}</em>"


def _direction(row: TaskComparison | ClassChange) -> str:
    """Return "better" or "worse" where a change is clear, else ""."""
    gain = row.candidate.value - row.active.value
    return ("better" if gain > 0 else "worse") if _is_clear(row) else ""


def render_score(metric: Metric) -> str:
    """Show a number with its interval, or why there is none."""
    if not math.isfinite(metric.value):
        none = escape(_("n/a"))
        return f"{none} <em>{escape(_(metric.reason))}</em>" if metric.reason else none
    said = decimal(metric.value)
    if math.isfinite(metric.low):
        low, high = decimal(metric.low, 2), decimal(metric.high, 2)
        said = _("{value} ({low} to {high})").format(value=said, low=low, high=high)
    return said + (f" <em>{escape(_(metric.note))}</em>" if metric.note else "")


# --- flips ---------------------------------------------------------------------------------------


def list_flips(comparison: Sequence[TaskComparison]) -> tuple[tuple[str, Flip], ...]:
    """Return the corrected memes that flip, each with its task's key, as the page numbers them."""
    found = [(row.task, f) for row in comparison if row.rows == "corrected" for f in row.flipped]
    return tuple(found[:SHOWN])


def render_changes(comparison: Sequence[TaskComparison], task_set: TaskSet) -> str:
    """Say for each question which classes and which memes the corrections changed."""
    lines = "".join(f"<li>{escape(line)}</li>" for line in say_changes(comparison, task_set))
    title = escape(_("What the corrections changed"))
    return f'<h3>{title}</h3><ul class="mc-changes">{lines}</ul>'


def render_flips(comparison: Sequence[TaskComparison], task_set: TaskSet) -> str:
    """List the corrected memes on which the models differ, each with a button to look at it."""
    flips = list_flips(comparison)
    total = sum(row.flips for row in comparison if row.rows == "corrected")
    others = sum(row.flips for row in comparison if row.rows == "replay")
    beside = ""
    if others:
        said = ngettext(
            "{n} answer to the starter's validation rows changed too; their memes do not lie here.",
            "{n} answers to the starter's validation rows changed too; their memes do not lie "
            "here.",
            others,
        ).format(n=f"{others:,}")
        beside = f' <span class="mc-hint">{said}</span>'
    if not flips:
        return f"<p>{escape(_('No answer to a corrected meme changes.'))}{beside}</p>"
    cells = [
        (
            render_looker(flip.meme, place),
            escape(_title(task, task_set)),
            _labels(task, flip.truth, task_set),
            _labels(task, flip.active, task_set),
            f"{_labels(task, flip.candidate, task_set)} {_verdict(flip)}",
            render_learnt(flip.near, display_names(task, task_set)),
        )
        for place, (task, flip) in enumerate(flips)
    ]
    heads = (
        _("Meme"), _("Question"), _("People say"), _("Active says"), _("Candidate says"),
        _(LEARNT),
    )  # fmt: skip
    said = ngettext(
        "{n} answer to corrected memes would change.",
        "{n} answers to corrected memes would change.",
        total,
    ).format(n=f"{total:,}")
    more = escape(_("{n} more.").format(n=f"{total - len(flips):,}"))
    below = f'<p class="mc-hint">{more}</p>' if total > len(flips) else ""
    return (
        f"{render_changes(comparison, task_set)}<p>{escape(said)}{beside}</p>"
        f"{render_table([*map(escape, heads)], cells, _('Changed answers'))}{below}"
    )


def render_looker(meme: str, index: int) -> str:
    """Offer to look at a meme; ``index`` is its place in the list."""
    said = _("Look at <code>{meme}</code>").format(meme=escape(meme[:8]))
    return f'<button type="button" data-index="{index}" class="mc-look">{said}</button>'


def render_learnt(near: Sequence[NearMeme], names: Mapping[str, str]) -> str:
    """Name corrected memes that a model learnt from, with their labels as people read them."""
    return "; ".join(
        _("<code>{meme}</code> {labels}, cosine {cosine}").format(
            meme=escape(one.meme[:8]),
            labels=escape(listed([names.get(name, name) for name in one.labels]) or _("none")),
            cosine=decimal(one.cosine, 2),
        )
        for one in near
    )


def render_look(meme: str, picture: str, text: str) -> str:
    """Show one corrected meme: blurred, whatever the page's choice, until it is pressed.

    Args:
        meme: its content id.
        picture: a data URI, or "" for a meme without image.
        text: what is written on it.
    """
    name = escape(meme[:8])
    if not picture:
        words = escape(shortened(text, 600))
        body = f'<blockquote class="mc-quote" tabindex="0">{words}</blockquote>'
        hint = _("A meme without a picture; press its text to read it.")
    else:
        how = escape(_("The meme, blurred; the focus or the key v shows it"))
        alt = escape(_("The meme {file}")).format(file=name)
        body = (
            f'<div class="mc-frame" tabindex="0" role="group" aria-label="{how}">'
            f'<img src="{picture}" alt="{alt}"></div>'
        )
        hint = _("Blurred until it is pressed.")
    return (
        f'<figure class="mc-picture mc-flip" data-blurred>{body}'
        f"<figcaption><code>{name}</code> · {escape(hint)}</figcaption></figure>"
    )


def _verdict(flip: Flip) -> str:
    was, now = (set(names) == set(flip.truth) for names in (flip.active, flip.candidate))
    if was == now:
        return "" if was else f"<em>{escape(_('as wrong'))}</em>"
    return say_changed(right=now)


def say_changed(*, right: bool) -> str:
    """Say of an answer that changes which way."""
    return f"<strong>{escape(_('put right') if right else _('now wrong'))}</strong>"


def _labels(task: str, names: Sequence[str], task_set: TaskSet) -> str:
    known = display_names(task, task_set)
    return escape(listed([known.get(name, name) for name in names]) or _("none"))


def display_names(task: str, task_set: TaskSet) -> dict[str, str]:
    """Return what people read of a task's labels; nothing of a task that is not in the set."""
    if task not in task_set.keys:
        return {}
    return {label.name: label.display for label in task_set.task(task).labels}


def _title(task: str, task_set: TaskSet) -> str:
    return task_set.task(task).title if task in task_set.keys else task
