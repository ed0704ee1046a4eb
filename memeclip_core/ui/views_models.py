"""Corrections, retrainings and models as tables and cards."""

from __future__ import annotations

import math
from collections.abc import Sequence

from memeclip_core.records import Correction, Job, Metric, ModelInfo, TaskComparison
from memeclip_core.service.status import StudioStatus
from memeclip_core.tasks import TaskSet
from memeclip_core.ui.formats import (
    count,
    decimal,
    escape,
    listed,
    percent,
    shortened,
    stamp,
)
from memeclip_core.ui.views_cards import READS

CLEAR = 0.05
"""A difference whose paired p-value is below this is called better or worse."""
_STATES = {
    "queued": "Waiting to start",
    "running": "Training",
    "done": "Done",
    "failed": "Failed",
    "cancelled": "Cancelled",
    "interrupted": "Interrupted",
    "refused": "Not started",
}
_ROWS = {
    "corrected": "corrected memes kept aside",
    "replay": "the starter's validation rows",
}


def render_counts(status: StudioStatus) -> str:
    """Say how many corrections there are and how many of them are new."""
    if not status.corrected:
        return (
            '<p class="mc-lead">No corrections yet. Save some on the page Analyse, and the heads '
            "can be taught.</p>"
        )
    return (
        f'<p class="mc-lead">{count(status.corrected, "meme")} corrected, {status.new:,} since the '
        f"newest model; {status.held_out:,} kept aside for comparing models, never trained on.</p>"
    )


def render_history(rows: Sequence[Correction], task_set: TaskSet) -> str:
    """Show the newest rows of the log: when, who, what, from what to what, under which model."""
    if not rows:
        return '<p class="mc-hint">Nothing is saved yet.</p>'
    body = "".join(_event(row, task_set) for row in rows)
    heads = ("When", "Who", "Meme", "Question", "Model said", "Person says", "Model", "Note")
    return _table(heads, body, "The newest rows of the log")


def _event(row: Correction, task_set: TaskSet) -> str:
    was, now = _names(row, row.predicted, task_set), _names(row, row.labels, task_set)
    if row.action == "retract":
        said = "<em>taken back</em>"
    elif set(row.labels) == set(row.predicted):
        said = f"{now} <em>(agreed)</em>"
    else:
        said = f"<strong>{now}</strong>"
    title = task_set.task(row.task).title if row.task in task_set.keys else row.task
    sure = f" {percent(row.probability)}" if row.probability is not None else ""
    cells = (
        escape(stamp(row.time)),
        escape(row.annotator),
        f"<code>{escape(row.meme[:8])}</code>",
        escape(title),
        was + sure if row.action == "label" else "",
        said,
        escape(row.model),
        escape(shortened(row.note, 80)),
    )
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _names(row: Correction, names: Sequence[str], task_set: TaskSet) -> str:
    if row.task not in task_set.keys:
        return escape(listed(names))
    known = {label.name: label.display for label in task_set.task(row.task).labels}
    return escape(listed([known.get(name, name) for name in names]) or "none")


def render_job(job: Job | None) -> str:
    """Show a retraining: its state in words, a bar, epoch, loss and score, or why it ended."""
    if job is None:
        return ""
    share = job.progress.done / job.progress.total if job.progress.total else 0.0
    running = job.state in ("queued", "running")
    facts = [job.progress.message] if running and job.progress.message else []
    if running and job.progress.loss is not None:
        facts.append(f"loss {decimal(job.progress.loss)}")
    if running and job.progress.score is not None:
        facts.append(f"validation score {decimal(job.progress.score)}")
    if job.ended and not running:
        facts.append(f"{stamp(job.ended)}, after {(job.ended - job.started).total_seconds():.0f} s")
    facts += [f"{name.replace('_', ' ')}: {n:,}" for name, n in sorted(job.counts.items())]
    bar = (
        f'<progress max="100" value="{100 * share:.0f}" aria-label="Progress of the training">'
        f"{share:.0%}</progress>"
    )
    reason = f'<p class="mc-reason">{escape(job.reason)}</p>' if job.reason else ""
    return (
        f'<section class="mc-job mc-{job.state}" data-state="{job.state}">'
        f"<h3>{_STATES[job.state]}</h3>{bar if running else ''}"
        f'<p class="mc-hint">{escape(" · ".join(facts))}</p>'
        f"{reason}</section>"
    )


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
    body = "".join(_comparison(row, task_set) for row in job.comparison if row.n)
    none = all(row.n == 0 for row in job.comparison if row.rows == "corrected")
    hint = "No corrected meme is kept aside yet, so only the starter's own rows are compared."
    heads = (
        "Question",
        "Rows",
        "n",
        "Score",
        "Active (95 %)",
        "Candidate (95 %)",
        "Answers changed",
    )
    table = _table(heads, body, "Candidate and active model")
    return head + table + (f'<p class="mc-hint">{hint}</p>' if none else "")


def _comparison(row: TaskComparison, task_set: TaskSet) -> str:
    title = task_set.task(row.task).title if row.task in task_set.keys else row.task
    cells = (
        escape(title),
        _ROWS[row.rows],
        f"{row.n:,}",
        escape(row.candidate.name),
        _metric(row.active),
        f"{_metric(row.candidate)} {_change(row)}",
        f"{row.flips:,}",
    )
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _change(row: TaskComparison) -> str:
    """Say better or worse only where the same rows hardly tell such a difference by chance.

    The two intervals overlap long after that: they do not know that the rows are the same.
    """
    gain = row.candidate.value - row.active.value
    if row.p is None or not math.isfinite(gain):
        return ""
    if row.p >= CLEAR:
        return "<em>no clear change</em>"
    return f"<strong>{'better' if gain > 0 else 'worse'}</strong>"


def _metric(metric: Metric) -> str:
    if not math.isfinite(metric.value):
        return f"n/a <em>{escape(metric.reason)}</em>" if metric.reason else "n/a"
    spread = f" ({decimal(metric.low, 2)} to {decimal(metric.high, 2)})"
    return decimal(metric.value) + (spread if math.isfinite(metric.low) else "")


def render_models(models: Sequence[ModelInfo], task_set: TaskSet) -> str:
    """List the models of a task set: version, state, when, what they read, how they measured."""
    if not models:
        return '<p class="mc-lead">No trained model fits this encoder: it answers zero-shot.</p>'
    body = "".join(_model(model, task_set) for model in models)
    heads = ("Model", "State", "Made", "Heads", "Validation scores", "Facts")
    return _table(heads, body, "Models")


def _model(model: ModelInfo, task_set: TaskSet) -> str:
    titles = {task.key: task.title for task in task_set}
    scores = [
        f"<div>{escape(titles.get(key, key))}: {escape(metric.name)} {_metric(metric)}, "
        f"n = {metric.n:,}</div>"
        for key, metrics in model.metrics.items()
        for metric in metrics[:1]
    ]
    facts = "".join(f"<div>{escape(k)}: {escape(v)}</div>" for k, v in model.facts.items())
    cells = (
        f"<strong>{escape(model.version)}</strong><div>{model.origin}</div>",
        f'<span class="mc-state mc-{model.state}">{model.state}</span>',
        escape(stamp(model.created)),
        escape(READS.get(model.reads, model.reads)),
        "".join(scores) or "none on record",
        facts,
    )
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _table(heads: Sequence[str], body: str, caption: str) -> str:
    row = "".join(f'<th scope="col">{head}</th>' for head in heads)
    # A table that is wider than a phone scrolls inside its own box, by keyboard too.
    return (
        f'<div class="mc-scroll" tabindex="0" role="region" aria-label="{caption}">'
        f'<table class="mc-table mc-wide"><caption>{caption}</caption><thead><tr>{row}</tr>'
        f"</thead><tbody>{body}</tbody></table></div>"
    )
