"""Corrections, retrainings and models: tables, and how far the next retraining is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from memeclip_core.api.texts import _, ngettext
from memeclip_core.app.backup import BackupStatus
from memeclip_core.app.status import StudioStatus
from memeclip_core.marks import mark
from memeclip_core.records.decision import Action, Correction
from memeclip_core.records.job import Counter, Job
from memeclip_core.records.model import ModelInfo
from memeclip_core.tasks import TaskSet, lead_in
from memeclip_core.ui import components
from memeclip_core.ui.components import READS, list_facts, render_meter, render_table, render_took
from memeclip_core.ui.formats import (
    clock,
    decimal,
    escape,
    listed,
    percent,
    shortened,
    stamp,
)
from memeclip_core.ui.messages import render_why
from memeclip_core.ui.pages.models.comparison import (
    STATES,
    display_names,
    render_score,
)


def render_heading(title: str) -> str:
    """Show the heading of a part of the page."""
    return f"<h2>{escape(title)}</h2>"


def render_measured(*, measured: bool) -> str:
    """Say on what the versions were measured, if any was."""
    if not measured:
        said = escape(_("No version was measured yet. Retrain to make one that is."))
        return f'<p class="mc-lead">{said}</p>'
    said = _(
        "On the starter's validation rows, which no version was trained on and which are the same "
        "for all; the lines span 95 % intervals."
    )
    return f'<p class="mc-hint">{said}</p>'


def render_counts(status: StudioStatus, help: str = "") -> str:
    """Say how many corrections there are and how many of them are new; ``help`` where none is."""
    idle = ""
    if status.unread:
        said = ngettext(
            "{n} meme with labels that the heads do not know, under any name that a project gave "
            "them: those labels teach nothing.",
            "{n} memes with labels that the heads do not know, under any name that a project gave "
            "them: those labels teach nothing.",
            status.unread,
        ).format(n=f"{status.unread:,}")
        idle = f'<p class="mc-reason">{escape(said)}</p>'
    if status.tied:
        said = ngettext(
            "On {n} meme people are even: what they differ on teaches nothing until a reviewer "
            "decides.",
            "On {n} memes people are even: what they differ on teaches nothing until a reviewer "
            "decides.",
            status.tied,
        ).format(n=f"{status.tied:,}")
        idle += f'<p class="mc-hint">{escape(said)}</p>'
    if not status.corrected:
        said = _(
            "No corrections yet. Save some on the pages Label or Analyse, and the model can be "
            "taught."
        )
        return f'<p class="mc-lead">{escape(said)}</p>{idle}{help}'
    said = ngettext(
        "{n} meme corrected, {new} since the newest model; {held_out} kept aside for comparing "
        "models, never trained on.",
        "{n} memes corrected, {new} since the newest model; {held_out} kept aside for comparing "
        "models, never trained on.",
        status.corrected,
    ).format(n=f"{status.corrected:,}", new=f"{status.new:,}", held_out=f"{status.held_out:,}")
    return f'<p class="mc-lead">{escape(said)}</p>{idle}'


ACTIONS: Final[dict[Action, str]] = {
    "draft": mark("began"),
    "skip": mark("skipped"),
    "flag": mark("flagged"),
    "unflag": mark("took the flag off"),
    "return": mark("sent back"),
}


def render_history(rows: Sequence[Correction], task_set: TaskSet) -> str:
    """Show the newest rows of the log: when, who, what, from what to what, under which model."""
    if not rows:
        return f'<p class="mc-hint">{escape(_("Nothing is saved yet."))}</p>'
    heads = (
        _("When"), _("Who"), _("Project"), _("Meme"), _("Question"), _("Model said"),
        _("Person says"), _("Model"), _("Note"),
    )  # fmt: skip
    events = [_event(row, task_set) for row in rows]
    return render_table([*map(escape, heads)], events, _("The newest rows of the log"))


def _event(row: Correction, task_set: TaskSet) -> tuple[str, ...]:
    was, now = _names(row, row.predicted, task_set), _names(row, row.labels, task_set)
    if row.action == "retract":
        said = f"<em>{escape(_('taken back'))}</em>"
    elif row.action not in ("label", "adjudicate"):
        said = f"<em>{escape(_(ACTIONS[row.action]))}</em>"
    elif set(row.labels) == set(row.predicted):
        said = f"{now} <em>({escape(_('agreed'))})</em>"
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
    return escape(listed([known.get(name, name) for name in names]) or (_("none") if known else ""))


def render_models(models: Sequence[ModelInfo], task_set: TaskSet, asked: str = "") -> str:
    """List the models of a task set: version, state, when, what they read, how they measured.

    The one that is asked for is marked.
    """
    if not models:
        said = escape(_("No trained model fits this encoder: it answers zero-shot."))
        return f'<p class="mc-lead">{said}</p>'
    heads = (
        _("Model"), _("State"), _("Made"), _("Reads"), _("Validation scores"), _("Facts"),
    )  # fmt: skip
    place = next((n for n, model in enumerate(models) if model.version == asked), -1)
    rows = [_model(model, task_set) for model in models]
    return render_table([*map(escape, heads)], rows, _("Models"), chosen=place)


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
        f"<strong>{escape(model.version)}</strong><div>{escape(_(_ORIGINS[model.origin]))}</div>",
        f'<span class="mc-state mc-{model.state}">{escape(_(STATES[model.state]))}</span>',
        escape(stamp(model.created)),
        escape(_(READS.get(model.reads, model.reads))),
        "".join(scores) or escape(_("none on record")),
        facts,
    )


_ORIGINS = {"starter": mark("starter"), "retrained": mark("retrained")}

SHOWN = 20
"""How many retrainings are listed."""

_STATES = {
    "queued": mark("Waiting to start"),
    "running": mark("Training"),
    "done": mark("Done"),
    "failed": mark("Failed"),
    "cancelled": mark("Cancelled"),
    "interrupted": mark("Interrupted"),
    "refused": mark("Not started"),
}
_COUNTS = {
    "decisions": mark("decisions"),
    "corrected": mark("memes decided"),
    "learnt": mark("learnt from"),
    "held_out": mark("kept aside"),
    "validation": mark("taken for validation"),
    "aside": mark("neither learnt nor measured on"),
    "unread": mark("with labels that the heads do not know"),
    "tied": mark("with people even on them"),
    "skipped": mark("could not be used"),
    "replay": mark("rows of the starter"),
    "replay_left": mark("rows of the starter left out, as corrected memes are like them"),
}


def render_job(job: Job | None) -> str:
    """Show a retraining: its state in words, a bar, epoch, loss and score, or why it ended."""
    if job is None:
        return ""
    facts = [job.progress.message] if job.live and job.progress.message else []
    if job.live and job.progress.loss is not None:
        facts.append(_("loss {value}").format(value=decimal(job.progress.loss)))
    if job.live and job.progress.score is not None:
        facts.append(_("validation score {value}").format(value=decimal(job.progress.score)))
    if job.ended and not job.live:
        facts.append(f"{stamp(job.ended)}, {render_took(job)}")
    facts += _counts(job)
    title = escape(_(_STATES[job.state]))
    return components.render_job(job, title, facts, _("Progress of the training"))


def render_jobs(jobs: Sequence[Job]) -> str:
    """List retrainings, newest first: when, by whom, how they ended, why, and their logs."""
    if not jobs:
        return f'<p class="mc-lead">{escape(_("Nothing was retrained yet."))}</p>'
    heads = (
        _("Began"), _("By"), _("State"), _("Counts"), _("Candidate"), _("Reason and log"),
    )  # fmt: skip
    rows = [_job_row(job) for job in jobs[:SHOWN]]
    table, more = render_table([*map(escape, heads)], rows, _("Retrainings")), len(jobs) - SHOWN
    if more <= 0:
        return table
    said = ngettext(
        "{n} earlier retraining not shown.", "{n} earlier retrainings not shown.", more
    ).format(n=f"{more:,}")
    return f'{table}<p class="mc-hint">{escape(said)}</p>'


def _job_row(job: Job) -> tuple[str, ...]:
    took = f"<div><em>{render_took(job)}</em></div>" if job.ended else ""
    reason = f"<div>{escape(job.reason)}</div>" if job.reason else ""
    return (
        escape(stamp(job.started)) + took,
        escape(job.by),
        f'<span class="mc-state mc-job-{job.state}">{escape(_(_STATES[job.state]))}</span>',
        escape(" · ".join(_counts(job)) or _("none")),
        f"<strong>{escape(job.candidate)}</strong>" if job.candidate else escape(_("none")),
        reason + _log(job),
    )


def _log(job: Job) -> str:
    if not job.log:
        return "" if job.reason else f"<em>{escape(_('no log'))}</em>"
    lines, n = escape("\n".join(job.log)), len(job.log)
    said = ngettext("Log, {n} line, times in UTC", "Log, {n} lines, times in UTC", n)
    summary = escape(said.format(n=f"{n:,}"))
    return f'<details class="mc-log"><summary>{summary}</summary><pre>{lines}</pre></details>'


def _counts(job: Job) -> list[str]:
    known = [
        f"{_(name)}: {job.counts[key]:,}" for key, name in _COUNTS.items() if key in job.counts
    ]
    others = sorted(set(job.counts) - set(_COUNTS))
    return known + [f"{key.replace('_', ' ')}: {job.counts[key]:,}" for key in others]


def render_counters(counters: Sequence[Counter]) -> str:
    """Say of each project how far it is from its next retraining."""
    if not counters:
        return ""
    lines = "".join(f"<li>{_counter(counter)}</li>" for counter in counters)
    return f'<ul class="mc-counters">{lines}</ul>'


def _counter(counter: Counter) -> str:
    said = _say_counter(counter).format(
        title=escape(counter.title), n=f"{counter.since:,}", left=f"{counter.left or 0:,}",
        every=f"{counter.every:,}",
    )  # fmt: skip
    if counter.demo:
        return f"<p>{said}</p>"
    meter = render_meter(min(1.0, counter.since / counter.every)) if counter.every else ""
    return f"<p>{said}</p>{meter}{render_why(counter.note)}"


def _say_counter(counter: Counter) -> str:
    if counter.demo:
        return ngettext(
            "<strong>{title}</strong>: {n} decision, of which none is learnt or counted.",
            "<strong>{title}</strong>: {n} decisions, of which none is learnt or counted.",
            counter.since,
        )
    if counter.left is None:
        return ngettext(
            "<strong>{title}</strong>: {n} decision since the last retraining began; retrained on "
            "demand alone.",
            "<strong>{title}</strong>: {n} decisions since the last retraining began; retrained on "
            "demand alone.",
            counter.since,
        )
    if counter.left:
        return ngettext(
            "<strong>{title}</strong>: {n} decision since the last retraining began; the next "
            "begins by itself in {left}, as every {every}.",
            "<strong>{title}</strong>: {n} decisions since the last retraining began; the next "
            "begins by itself in {left}, as every {every}.",
            counter.since,
        )
    return ngettext(
        "<strong>{title}</strong>: {n} decision since the last retraining began; the next is due "
        "and begins with a save, as every {every}.",
        "<strong>{title}</strong>: {n} decisions since the last retraining began; the next is due "
        "and begins with a save, as every {every}.",
        counter.since,
    )


def render_backup(status: BackupStatus | None) -> str:
    """Say how safe the home is; nothing where it needs no backup."""
    if status is None or not (status.repository or status.warning):
        return ""
    if status.warning:
        return f'<p class="mc-reason mc-warn">{escape(status.warning)}</p>'
    line = (
        _("Backup to <code>{repository}</code>: last complete at {time}.")
        if status.last
        else _("Backup to <code>{repository}</code>: not complete yet.")
    ).format(repository=escape(status.repository), time=clock(status.last) if status.last else "")
    if not status.error:
        return f'<p class="mc-hint">{line}</p>'
    return f'<p class="mc-hint">{line}</p><p class="mc-reason mc-warn">{escape(status.error)}</p>'
