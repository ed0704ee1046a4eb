"""Corrections, retrainings and models: tables, and how far the next retraining is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from memeclip_core.app.backup import BackupStatus
from memeclip_core.app.status import StudioStatus
from memeclip_core.records.decision import Action, Correction
from memeclip_core.records.job import Counter, Job
from memeclip_core.records.model import ModelInfo
from memeclip_core.tasks import TaskSet, lead_in
from memeclip_core.ui import components
from memeclip_core.ui.components import READS, list_facts, render_meter, render_table, render_took
from memeclip_core.ui.formats import (
    clock,
    count,
    decimal,
    escape,
    listed,
    percent,
    shortened,
    stamp,
)
from memeclip_core.ui.messages import render_why
from memeclip_core.ui.pages.models.comparison import display_names, render_score

MEASURED = (
    '<p class="mc-hint">On the starter\'s validation rows, which no version was trained on and '
    "which are the same for all; the lines span 95 % intervals.</p>"
)
UNMEASURED = '<p class="mc-lead">No version was measured yet. Retrain to make one that is.</p>'


def render_counts(status: StudioStatus, help: str = "") -> str:
    """Say how many corrections there are and how many of them are new; ``help`` where none is."""
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
            f"the model can be taught.</p>{idle}{help}"
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
        "When", "Who", "Project", "Meme", "Question", "Model said", "Person says", "Model",
        "Note",
    )  # fmt: skip
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
    known = display_names(row.task, task_set)
    return escape(listed([known.get(name, name) for name in names]) or ("none" if known else ""))


def render_models(models: Sequence[ModelInfo], task_set: TaskSet, asked: str = "") -> str:
    """List the models of a task set: version, state, when, what they read, how they measured.

    The one that is asked for is marked.
    """
    if not models:
        return '<p class="mc-lead">No trained model fits this encoder: it answers zero-shot.</p>'
    heads = ("Model", "State", "Made", "Reads", "Validation scores", "Facts")
    place = next((n for n, model in enumerate(models) if model.version == asked), -1)
    rows = [_model(model, task_set) for model in models]
    return render_table(heads, rows, "Models", chosen=place)


def _model(model: ModelInfo, task_set: TaskSet) -> tuple[str, ...]:
    titles = {task.key: task.title for task in task_set}
    scores = [
        f"<div>{escape(lead_in(titles.get(key, key)))} {escape(metric.name)} "
        f"{render_score(metric)}, "
        f"n\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}{metric.n:,}</div>"
        for key, metrics in model.metrics.items()
        for metric in metrics[:1]
    ]
    facts = "".join(f"<div>{escape(k)}: {escape(v)}</div>" for k, v in list_facts(model))
    return (
        f"<strong>{escape(model.version)}</strong><div>{model.origin}</div>",
        f'<span class="mc-state mc-{model.state}">{model.state}</span>',
        escape(stamp(model.created)),
        escape(READS.get(model.reads, model.reads)),
        "".join(scores) or "none on record",
        facts,
    )


SHOWN = 20
"""How many retrainings are listed."""

_STATES = {
    "queued": "Waiting to start",
    "running": "Training",
    "done": "Done",
    "failed": "Failed",
    "cancelled": "Cancelled",
    "interrupted": "Interrupted",
    "refused": "Not started",
}
_COUNTS = {
    "decisions": "decisions",
    "corrected": "memes decided",
    "learnt": "learnt from",
    "held_out": "kept aside",
    "validation": "taken for validation",
    "aside": "neither learnt nor measured on",
    "unread": "with labels that the heads do not know",
    "tied": "with people even on them",
    "skipped": "could not be used",
    "replay": "rows of the starter",
    "replay_left": "rows of the starter left out, as corrected memes are like them",
}


def render_job(job: Job | None) -> str:
    """Show a retraining: its state in words, a bar, epoch, loss and score, or why it ended."""
    if job is None:
        return ""
    facts = [job.progress.message] if job.live and job.progress.message else []
    if job.live and job.progress.loss is not None:
        facts.append(f"loss {decimal(job.progress.loss)}")
    if job.live and job.progress.score is not None:
        facts.append(f"validation score {decimal(job.progress.score)}")
    if job.ended and not job.live:
        facts.append(f"{stamp(job.ended)}, {render_took(job)}")
    facts += _counts(job)
    return components.render_job(job, _STATES[job.state], facts, "Progress of the training")


def render_jobs(jobs: Sequence[Job]) -> str:
    """List retrainings, newest first: when, by whom, how they ended, why, and their logs."""
    if not jobs:
        return '<p class="mc-lead">Nothing was retrained yet.</p>'
    heads = ("Began", "By", "State", "Counts", "Candidate", "Reason and log")
    table = render_table(heads, [_job_row(job) for job in jobs[:SHOWN]], "Retrainings")
    more = len(jobs) - SHOWN
    hint = f'<p class="mc-hint">{count(more, "earlier retraining")} not shown.</p>'
    return table + (hint if more > 0 else "")


def _job_row(job: Job) -> tuple[str, ...]:
    took = f"<div><em>{render_took(job)}</em></div>" if job.ended else ""
    reason = f"<div>{escape(job.reason)}</div>" if job.reason else ""
    return (
        escape(stamp(job.started)) + took,
        escape(job.by),
        f'<span class="mc-state mc-job-{job.state}">{_STATES[job.state]}</span>',
        escape(" · ".join(_counts(job))) or "none",
        f"<strong>{escape(job.candidate)}</strong>" if job.candidate else "none",
        reason + _log(job),
    )


def _log(job: Job) -> str:
    if not job.log:
        return "" if job.reason else "<em>no log</em>"
    lines = escape("\n".join(job.log))
    return (
        f'<details class="mc-log"><summary>Log, {count(len(job.log), "line")}, times in UTC'
        f"</summary><pre>{lines}</pre></details>"
    )


def _counts(job: Job) -> list[str]:
    known = [f"{name}: {job.counts[key]:,}" for key, name in _COUNTS.items() if key in job.counts]
    others = sorted(set(job.counts) - set(_COUNTS))
    return known + [f"{key.replace('_', ' ')}: {job.counts[key]:,}" for key in others]


def render_counters(counters: Sequence[Counter]) -> str:
    """Say of each project how far it is from its next retraining."""
    if not counters:
        return ""
    lines = "".join(f"<li>{_counter(counter)}</li>" for counter in counters)
    return f'<ul class="mc-counters">{lines}</ul>'


def _counter(counter: Counter) -> str:
    title = f"<strong>{escape(counter.title)}</strong>"
    if counter.demo:
        said = f"{count(counter.since, 'decision')}, of which none is learnt or counted."
        return f"<p>{title}: {said}</p>"
    since = f"{count(counter.since, 'decision')} since the last retraining began"
    if counter.left is None:
        next_one = "retrained on demand alone"
    elif counter.left:
        next_one = f"the next begins by itself in {counter.left:,}, as every {counter.every:,}"
    else:
        next_one = f"the next is due and begins with a save, as every {counter.every:,}"
    meter = render_meter(min(1.0, counter.since / counter.every)) if counter.every else ""
    return f"<p>{title}: {since}; {next_one}.</p>{meter}{render_why(counter.note)}"


def render_backup(status: BackupStatus | None) -> str:
    """Say how safe the home is; nothing where it needs no backup."""
    if status is None or not (status.repository or status.warning):
        return ""
    if status.warning:
        return f'<p class="mc-reason mc-warn">{escape(status.warning)}</p>'
    last = f"last complete at {clock(status.last)}" if status.last else "not complete yet"
    line = f"Backup to <code>{escape(status.repository)}</code>: {last}."
    if not status.error:
        return f'<p class="mc-hint">{line}</p>'
    return f'<p class="mc-hint">{line}</p><p class="mc-reason mc-warn">{escape(status.error)}</p>'
