"""A candidate beside the active model: scores, classes, and the memes that flip."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from memeclip_core.app.changes import say_changes
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
from memeclip_core.ui.formats import count, decimal, escape, listed, shortened

SHOWN = 100
"""How many memes that flip are listed."""

LEARNT = "Nearest corrected memes it learnt from"

_ROWS = {"corrected": "corrected memes kept aside", "replay": "the starter's validation rows"}


def render_candidate(
    candidate: ModelInfo | None, active: ModelInfo | None, job: Job | None, task_set: TaskSet
) -> str:
    """Show the model that awaits a verdict beside the active one, on the same held-out data."""
    if candidate is None:
        return '<p class="mc-lead">No candidate is waiting. Retrain to make one.</p>'
    against = escape(active.version) if active else "no active model"
    head = (
        f'<p class="mc-lead"><strong>{escape(candidate.version)}</strong> beside '
        f"<strong>{against}</strong>, on the same rows that neither has trained on.</p>"
    )
    if job is None or not job.comparison:
        return head + '<p class="mc-hint">There is no comparison on record for it.</p>'
    known = [row for row in job.comparison if row.n]
    none = all(row.n == 0 for row in job.comparison if row.rows == "corrected")
    hint = "No corrected meme is kept aside yet, so only the starter's own rows are compared."
    heads = (
        "Question", "Rows", "n", "Score", "Active (95 %)", "Candidate (95 %)", "Answers changed",
    )  # fmt: skip
    table = render_table(
        heads, [_row(row, task_set) for row in known], "Candidate and active model"
    )
    classes = "".join(_classes(row, task_set) for row in known if row.classes)
    return head + table + (f'<p class="mc-hint">{hint}</p>' if none else "") + classes


def _row(row: TaskComparison, task_set: TaskSet) -> tuple[str, ...]:
    return (
        escape(_title(row.task, task_set)),
        _ROWS[row.rows],
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
    parts = [f"{word}: {escape(listed(found))}" for word, found in clear.items() if found]
    said = "; ".join(parts) or "no class clearly changed"
    cells = [
        (
            escape(names.get(item.label, item.label)),
            f"{item.n:,}",
            render_score(item.active),
            f"{render_score(item.candidate)} {_change(item)}",
        )
        for item in row.classes
    ]
    title = f"{_title(row.task, task_set)}, {_ROWS[row.rows]}"
    heads = ("Class", "Rows with it", "F1, active (95 %)", "F1, candidate (95 %)")
    return (
        f'<details class="mc-classes"><summary>{escape(title)}, class by class: <em>{said}</em>'
        f"</summary>{render_table(heads, cells, f'Classes of {title}')}</details>"
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
    return f"<strong>{word}</strong>" if word else "<em>no clear change</em>"


def _direction(row: TaskComparison | ClassChange) -> str:
    """Return "better" or "worse" where a change is clear, else ""."""
    gain = row.candidate.value - row.active.value
    return ("better" if gain > 0 else "worse") if _is_clear(row) else ""


def render_score(metric: Metric) -> str:
    """Show a number with its interval, or why there is none."""
    if not math.isfinite(metric.value):
        return f"n/a <em>{escape(metric.reason)}</em>" if metric.reason else "n/a"
    spread = f" ({decimal(metric.low, 2)} to {decimal(metric.high, 2)})"
    note = f" <em>{escape(metric.note)}</em>" if metric.note else ""
    return decimal(metric.value) + (spread if math.isfinite(metric.low) else "") + note


# --- flips ---------------------------------------------------------------------------------------


def list_flips(comparison: Sequence[TaskComparison]) -> tuple[tuple[str, Flip], ...]:
    """Return the corrected memes that flip, each with its task's key, as the page numbers them."""
    found = [(row.task, f) for row in comparison if row.rows == "corrected" for f in row.flipped]
    return tuple(found[:SHOWN])


def render_changes(comparison: Sequence[TaskComparison], task_set: TaskSet) -> str:
    """Say for each question which classes and which memes the corrections changed."""
    lines = "".join(f"<li>{escape(line)}</li>" for line in say_changes(comparison, task_set))
    return f'<h3>What the corrections changed</h3><ul class="mc-changes">{lines}</ul>'


def render_flips(comparison: Sequence[TaskComparison], task_set: TaskSet) -> str:
    """List the corrected memes on which the models differ, each with a button to look at it."""
    flips = list_flips(comparison)
    total = sum(row.flips for row in comparison if row.rows == "corrected")
    others = sum(row.flips for row in comparison if row.rows == "replay")
    beside = (
        f' <span class="mc-hint">{count(others, "answer")} to the starter\'s validation rows '
        "changed too; their memes do not lie here.</span>"
        if others
        else ""
    )
    if not flips:
        return f"<p>No answer to a corrected meme changes.{beside}</p>"
    cells = [
        (
            f'<button type="button" data-index="{place}" class="mc-look">Look at '
            f"<code>{escape(flip.meme[:8])}</code></button>",
            escape(_title(task, task_set)),
            _labels(task, flip.truth, task_set),
            _labels(task, flip.active, task_set),
            f"{_labels(task, flip.candidate, task_set)} {_verdict(flip)}",
            render_learnt(flip.near, display_names(task, task_set)),
        )
        for place, (task, flip) in enumerate(flips)
    ]
    heads = ("Meme", "Question", "People say", "Active says", "Candidate says", LEARNT)
    more = f'<p class="mc-hint">{total - len(flips):,} more.</p>' if total > len(flips) else ""
    return (
        f"{render_changes(comparison, task_set)}"
        f"<p>{count(total, 'answer')} to corrected memes would change.{beside}</p>"
        f"{render_table(heads, cells, 'Changed answers')}{more}"
    )


def render_learnt(near: Sequence[NearMeme], names: Mapping[str, str]) -> str:
    """Name corrected memes that a model learnt from, with their labels as people read them."""
    return "; ".join(
        f"<code>{escape(one.meme[:8])}</code> "
        f"{escape(listed([names.get(name, name) for name in one.labels]) or 'none')}, "
        f"cosine {decimal(one.cosine, 2)}"
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
        hint = "A meme without a picture; press its text to read it."
    else:
        body = (
            '<div class="mc-frame" tabindex="0" role="group" aria-label="The meme, blurred; '
            f'the focus or the key v shows it"><img src="{picture}" alt="The meme {name}">'
            "</div>"
        )
        hint = "Blurred until it is pressed."
    return (
        f'<figure class="mc-picture mc-flip" data-blurred>{body}'
        f"<figcaption><code>{name}</code> · {hint}</figcaption></figure>"
    )


def _verdict(flip: Flip) -> str:
    was, now = (set(names) == set(flip.truth) for names in (flip.active, flip.candidate))
    if was == now:
        return "" if was else "<em>as wrong</em>"
    return "<strong>put right</strong>" if now else "<strong>now wrong</strong>"


def _labels(task: str, names: Sequence[str], task_set: TaskSet) -> str:
    known = display_names(task, task_set)
    return escape(listed([known.get(name, name) for name in names]) or "none")


def display_names(task: str, task_set: TaskSet) -> dict[str, str]:
    """Return what people read of a task's labels; nothing of a task that is not in the set."""
    if task not in task_set.keys:
        return {}
    return {label.name: label.display for label in task_set.task(task).labels}


def _title(task: str, task_set: TaskSet) -> str:
    return task_set.task(task).title if task in task_set.keys else task
