"""What a retraining changed, in a sentence for each question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from memeclip_core.records.model import Flip, TaskComparison
from memeclip_core.tasks import TaskSet, lead_in

MINUS: Final = "\N{MINUS SIGN}"
NAMED: Final = 5
"""How many memes a sentence names."""


def say_changes(rows: Sequence[TaskComparison], tasks: TaskSet) -> tuple[str, ...]:
    """Say in a sentence for each task what a retraining changed: which classes, which memes, and
    which corrected memes that were learnt from are nearest to these.

    Corrected memes that are kept aside count; where there are none, the starter's own rows.
    """
    return tuple(
        _say_task(own, tasks)
        for key in dict.fromkeys(row.task for row in rows)
        if (own := [row for row in rows if row.task == key])
    )


def _say_task(own: Sequence[TaskComparison], tasks: TaskSet) -> str:
    row = next((row for row in own if row.rows == "corrected" and row.n), own[-1])
    task = tasks.task(row.task) if row.task in tasks.keys else None
    title = task.title if task else row.task
    which = "corrected memes kept aside" if row.rows == "corrected" else "rows of the starter"
    if not row.flips:
        return f"{lead_in(title)} no answer to {row.n:,} {which} changes."
    names = {label.name: label.display for label in task.labels} if task else {}
    before = [name for flip in row.flipped for name in flip.active]
    after = [name for flip in row.flipped for name in flip.candidate]
    moved = {name: after.count(name) - before.count(name) for name in dict.fromkeys(after + before)}
    classes = ", ".join(
        f"{names.get(name, name)} {'+' if step > 0 else MINUS}{abs(step)}"
        for name, step in sorted(moved.items(), key=lambda item: -abs(item[1]))
        if step
    )
    right = sum(set(f.candidate) == set(f.truth) for f in row.flipped)
    wrong = sum(set(f.active) == set(f.truth) for f in row.flipped)
    memes = "; ".join(f"{f.meme[:8]}{_say_near(f, names)}" for f in row.flipped[:NAMED])
    more = f" and {row.flips - NAMED:,} more" if row.flips > NAMED else ""
    part = "" if len(row.flipped) == row.flips else f"of the first {len(row.flipped):,}, "
    verdict = f"{part}{right:,} put right, {wrong:,} now wrong"
    named = f" ({memes}{more})" if row.rows == "corrected" else ""
    return (
        f"{lead_in(title)} {row.flips:,} of {row.n:,} answers to {which} change{named}: {verdict}"
        f"{f'; {classes}' if classes else ''}."
    )


def _say_near(flip: Flip, names: Mapping[str, str]) -> str:
    """Name the corrected meme nearest to one that is answered anew, of those learnt from."""
    if not flip.near:
        return ""
    one = flip.near[0]
    labels = " + ".join(names.get(label, label) for label in one.labels) or "none"
    return f", nearest learnt {one.meme[:8]}: {labels}, cosine {one.cosine:.2f}"
