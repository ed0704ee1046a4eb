"""The dashboard's numbers and tables."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from memeclip_core.api.texts import _, ngettext
from memeclip_core.marks import mark
from memeclip_core.records.dashboard import Dashboard, ModelUse, PersonProgress, TaskProgress
from memeclip_core.records.model import ModelInfo
from memeclip_core.tasks import lead_in
from memeclip_core.ui.components import render_table
from memeclip_core.ui.formats import clock, count, decimal, escape, percent, stamp
from memeclip_core.ui.pages.projects.views import render_hint, render_lead
from memeclip_core.ui.pages.review.agreement import describe

HOURS_OF_PACE: Final = 3
"""Hours with decisions from which a pace says something."""

_STATES: Final = {
    "active": mark("active"),
    "candidate": mark("candidate"),
    "retired": mark("retired"),
}


def render_progress(board: Dashboard) -> str:
    """Show how far a project, or one person in it, is."""
    done = board.labelled / board.memes if board.memes else 0.0
    whole = (
        f'<div class="mc-bar"><progress max="100" value="{100 * done:.1f}" '
        f'aria-label="{escape(_("Share of memes with a decision"))}">{done:.0%}</progress></div>'
    )
    facts = [
        (
            f"{board.labelled:,}",
            ngettext("of {n} meme labelled", "of {n} memes labelled", board.memes).format(
                n=f"{board.memes:,}"
            ),
        ),
        (f"{board.complete:,}", _("finished: as many people as wanted, or decided")),
        (f"{board.decisions:,}", _("decisions that count")),
        (f"{board.skipped:,}", _("skipped")),
        (f"{board.flagged:,}", _("flagged")),
        (f"{board.threads:,}", _("open threads of comments")),
    ]
    if not board.person:
        facts.append((f"{board.adjudicated:,}", _("decided by a reviewer")))
        if board.memes:
            pace = _("at the pace of the last seven days")
            facts.append((_left(board), pace if board.wanted else _("nothing more is wanted")))
    if board.seconds.n:
        spread = _("median time; half of all take {low} to {high}").format(
            low=f"{board.seconds.low:.0f}", high=f"{board.seconds.high:.0f}"
        )
        facts.append((f"{board.seconds.median:.0f} s", spread))
    asof = _("As of {time}. Times below are in UTC.").format(time=clock(board.time))
    tiles = "".join(
        f"<li><strong>{escape(value)}</strong> <span>{escape(name)}</span></li>"
        for value, name in facts
    )
    return f'{whole}<ul class="mc-tiles">{tiles}</ul>{render_hint(asof)}'


def _left(board: Dashboard) -> str:
    if not board.wanted:
        return _("finished")
    worked = sum(bucket.decisions > 0 for bucket in board.hours)
    days = sum(bucket.decisions > 0 for bucket in board.days)
    if math.isnan(board.days_left) or (days < 2 and worked < HOURS_OF_PACE):
        return _("no pace yet")
    if board.days_left < 1:
        return _("under a day left")
    days = math.ceil(board.days_left)
    return ngettext("{n} day left", "{n} days left", days).format(n=f"{days:,}")


def render_people(board: Dashboard) -> str:
    """Show how far each person is."""
    if not board.people:
        return render_lead(_("Nobody has labelled anything yet."))
    heads = (
        _("Who"), _("Done"), _("Last 24 h"), _("Median time"), _("Skipped"), _("Begun"),
        _("Flagged"), _("Sent back"), _("Late"), _("Suggestions taken over"), _("Last seen"),
    )  # fmt: skip
    rows = [_person(person) for person in board.people]
    return render_table(heads, rows, _("People"))


def _person(person: PersonProgress) -> tuple[str, ...]:
    return (
        escape(person.name),
        f"{person.done:,}",
        f"{person.today:,}",
        "" if math.isnan(person.seconds) else f"{person.seconds:.0f} s",
        f"{person.skipped:,}",
        f"{person.draft:,}",
        f"{person.flagged:,}",
        f"{person.returned:,}",
        f"{person.late:,}",
        "" if math.isnan(person.taken) else percent(person.taken),
        "" if person.last is None else escape(stamp(person.last)),
    )


def render_task(task: TaskProgress) -> str:
    """Head a task's chart: of how many memes it is."""
    if not task.memes:
        answers = task.confirmed + task.corrected + task.unaided
        none = _("People are even on each meme.") if answers else _("Nobody has answered this yet.")
        return f"<h3>{escape(task.title)}</h3>{render_hint(none)}"
    facts = [count(task.memes, "meme")]
    if task.compared:
        facts.append(_("the model's of {n} of them").format(n=f"{task.compared:,}"))
    if task.kind == "multilabel":
        facts.append(_("several labels may go together"))
    return f"<h3>{escape(task.title)}</h3>{render_hint('; '.join(facts) + '.')}"


def render_agreeing(board: Dashboard) -> str:
    """Say of each task how far its labels can be relied on."""
    if board.agreement is None:
        return ""
    rows = "".join(
        f"<li><strong>{escape(task.title)}.</strong> {escape(describe(task.whole))}</li>"
        for task in board.agreement.tasks
    )
    return f'<ul class="mc-said">{rows}</ul>'


def render_models(board: Dashboard) -> str:
    """List the models: when they were made, how they measured, what became of their suggestions."""
    titles = {task.task: task.title for task in board.tasks}
    uses = {use.version: use for use in board.uses}
    known = {model.version for model in board.models}
    rows = [_model(model, uses.get(model.version), titles) for model in board.models]
    rows += [
        (escape(use.version), f"<em>{escape(_('no longer here'))}</em>", "", "", *_use(use))
        for use in board.uses
        if use.version not in known
    ]
    if not rows:
        return render_lead(_("No trained model fits this encoder: it answers zero-shot."))
    heads = (
        _("Model"), _("State"), _("Made"), _("Held-out score"), _("Shown"), _("Taken over"),
        _("Hidden"),
    )  # fmt: skip
    return render_table(heads, rows, _("Models and their suggestions"))


def _model(model: ModelInfo, use: ModelUse | None, titles: Mapping[str, str]) -> tuple[str, ...]:
    scores = "".join(
        f"<div>{escape(lead_in(titles.get(key, key)))} {escape(metrics[0].name)} "
        f"{decimal(metrics[0].value)}, "
        f"n = {metrics[0].n:,}</div>"
        for key, metrics in model.metrics.items()
        if metrics
    )
    return (
        escape(model.version),
        f'<span class="mc-state mc-{model.state}">{escape(_(_STATES[model.state]))}</span>',
        escape(stamp(model.created)),
        scores or escape(_("none on record")),
        *_use(use),
    )


def _use(use: ModelUse | None) -> tuple[str, str, str]:
    if use is None:
        return ("", "", "")
    shown = use.confirmed + use.corrected
    return (f"{shown:,}", percent(use.confirmed / shown) if shown else "", f"{use.unaided:,}")
