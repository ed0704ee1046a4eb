"""Corrections and models as tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from memeclip_core.app.status import StudioStatus
from memeclip_core.records.decision import Action, Correction
from memeclip_core.records.model import ModelInfo
from memeclip_core.tasks import TaskSet
from memeclip_core.ui.formats import count, escape, listed, percent, shortened, stamp
from memeclip_core.ui.pages.analyse.views import READS
from memeclip_core.ui.pages.models.comparison import render_score
from memeclip_core.ui.tables import render_table

MEASURED = (
    '<p class="mc-hint">On the starter\'s validation rows, which no version was trained on and '
    "which are the same for all; the lines span 95 % intervals.</p>"
)
UNMEASURED = '<p class="mc-lead">No version was measured yet. Retrain to make one that is.</p>'


def render_counts(status: StudioStatus) -> str:
    """Say how many corrections there are and how many of them are new."""
    idle = ""
    if status.unread:
        idle = (
            f'<p class="mc-reason">{count(status.unread, "meme")} with labels that the heads do '
            "not know, under any name that a project gave them: those labels teach nothing.</p>"
        )
    if status.tied:
        idle += (
            f'<p class="mc-hint">On {count(status.tied, "meme")} people are even: what they differ '
            "on teaches nothing until a reviewer decides.</p>"
        )
    if not status.corrected:
        return (
            '<p class="mc-lead">No corrections yet. Save some on the pages Label or Analyse, and '
            f"the heads can be taught.</p>{idle}"
        )
    return (
        f'<p class="mc-lead">{count(status.corrected, "meme")} corrected, {status.new:,} since the '
        f"newest model; {status.held_out:,} kept aside for comparing models, never trained on.</p>"
        f"{idle}"
    )


ACTIONS: Final[dict[Action, str]] = {
    "draft": "began", "skip": "skipped", "flag": "flagged", "unflag": "took the flag off",
    "return": "sent back",
}  # fmt: skip


def render_history(rows: Sequence[Correction], task_set: TaskSet) -> str:
    """Show the newest rows of the log: when, who, what, from what to what, under which model."""
    if not rows:
        return '<p class="mc-hint">Nothing is saved yet.</p>'
    heads = (
        "When",
        "Who",
        "Project",
        "Meme",
        "Question",
        "Model said",
        "Person says",
        "Model",
        "Note",
    )
    return render_table(
        heads, [_event(row, task_set) for row in rows], "The newest rows of the log"
    )


def _event(row: Correction, task_set: TaskSet) -> tuple[str, ...]:
    was, now = _names(row, row.predicted, task_set), _names(row, row.labels, task_set)
    if row.action == "retract":
        said = "<em>taken back</em>"
    elif row.action not in ("label", "adjudicate"):
        said = f"<em>{ACTIONS[row.action]}</em>"
    elif set(row.labels) == set(row.predicted):
        said = f"{now} <em>(agreed)</em>"
    else:
        said = f"<strong>{now}</strong>"
    title = task_set.task(row.task).title if row.task in task_set.keys else row.task
    sure = f" {percent(row.probability)}" if row.probability is not None else ""
    return (
        escape(stamp(row.time)),
        escape(row.annotator),
        escape(row.project),
        f"<code>{escape(row.meme[:8])}</code>",
        escape(title),
        was + sure if row.action == "label" else "",
        said,
        escape(row.model),
        escape(shortened(row.note, 80)),
    )


def _names(row: Correction, names: Sequence[str], task_set: TaskSet) -> str:
    if row.task not in task_set.keys:
        return escape(listed(names))
    known = {label.name: label.display for label in task_set.task(row.task).labels}
    return escape(listed([known.get(name, name) for name in names]) or "none")


def render_models(models: Sequence[ModelInfo], task_set: TaskSet) -> str:
    """List the models of a task set: version, state, when, what they read, how they measured."""
    if not models:
        return '<p class="mc-lead">No trained model fits this encoder: it answers zero-shot.</p>'
    heads = ("Model", "State", "Made", "Heads", "Validation scores", "Facts")
    return render_table(heads, [_model(model, task_set) for model in models], "Models")


def _model(model: ModelInfo, task_set: TaskSet) -> tuple[str, ...]:
    titles = {task.key: task.title for task in task_set}
    scores = [
        f"<div>{escape(titles.get(key, key))}: {escape(metric.name)} {render_score(metric)}, "
        f"n = {metric.n:,}</div>"
        for key, metrics in model.metrics.items()
        for metric in metrics[:1]
    ]
    facts = "".join(f"<div>{escape(k)}: {escape(v)}</div>" for k, v in model.facts.items())
    return (
        f"<strong>{escape(model.version)}</strong><div>{model.origin}</div>",
        f'<span class="mc-state mc-{model.state}">{model.state}</span>',
        escape(stamp(model.created)),
        escape(READS.get(model.reads, model.reads)),
        "".join(scores) or "none on record",
        facts,
    )
