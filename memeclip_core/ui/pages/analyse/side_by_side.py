"""What several models say of one meme: a row for each class, with a mark for each model."""

from __future__ import annotations

from typing import Final

from memeclip_core.api.texts import _
from memeclip_core.marks import mark
from memeclip_core.records.explanation import ClassRange, ScoresBeside, TaskScoresBeside
from memeclip_core.ui.components import CLASS_PROMPTS, render_table
from memeclip_core.ui.formats import decimal, escape, percent
from memeclip_core.ui.pages.analyse.bars import FEW

ROLES: Final = {
    "active": mark("active"),
    "candidate": mark("candidate"),
    "retired": mark("retired"),
    "starter": mark("starter"),
    "zero-shot": CLASS_PROMPTS,
}
MARKS: Final = 6
"""Marks that differ in shape; a seventh model looks like the first."""


def render_scores_beside(found: ScoresBeside) -> str:
    """Show every question with the probabilities of all models, those that differ first."""
    names = [one.version for one in found.models]
    legend = "".join(
        f'<li><i class="mc-dot mc-dot-{n % MARKS}" aria-hidden="true"></i>'
        f"{escape(one.version)} <small>{_(ROLES[one.role])}</small></li>"
        for n, one in enumerate(found.models)
    )
    left = "".join(
        f"<li>{escape(version)}: {escape(reason)}</li>"
        for version, reason in found.left_out.items()
    )
    rest = f'<ul class="mc-notes">{left}</ul>' if left else ""
    tasks = "".join(_task(task, names) for task in found.tasks)
    return (
        f'<h3>{_("All models")}</h3><ul class="mc-models">{legend}</ul>{tasks}{rest}'
        f'<details class="mc-numbers"><summary>{_("All models in numbers")}</summary>'
        f"{_table(found)}</details>"
    )


def _task(task: TaskScoresBeside, models: list[str]) -> str:
    said = _("they differ") if task.differ else _("all answer alike")
    classes = task.classes
    if len(classes) > FEW:
        classes = tuple(sorted(classes, key=lambda one: -one.spread)[:FEW])
    rows = "".join(_row(one, models) for one in classes)
    kind = "mc-differ" if task.differ else "mc-alike"
    return (
        f'<h4>{escape(task.title)} <span class="{kind}">{said}</span></h4>'
        f'<ul class="mc-beside">{rows}</ul>'
    )


def _row(one: ClassRange, models: list[str]) -> str:
    own = one.probabilities
    known = [(n, own[name]) for n, name in enumerate(models) if name in own]
    low, high = min(p for _, p in known), max(p for _, p in known)
    marks = "".join(
        f'<i class="mc-dot mc-dot-{n % MARKS}" style="left:{p:.1%}" '
        f'title="{escape(models[n])}: {percent(p)}"></i>'
        for n, p in known
    )
    said = ", ".join(f"{escape(models[n])} {percent(p)}" for n, p in known)
    return (
        f"<li><span>{escape(one.display)}</span>"
        f'<span class="mc-track" aria-hidden="true"><b style="left:{low:.1%};'
        f'width:{high - low:.1%}"></b>{marks}</span>'
        f'<em aria-hidden="true">{_span(low, high)}</em><span class="mc-unseen">{said}</span></li>'
    )


def _span(low: float, high: float) -> str:
    if f"{low:.0%}" == f"{high:.0%}":
        return f"{100 * high:.0f} %"
    return f"{100 * low:.0f}\N{EN DASH}{100 * high:.0f} %"


def _table(found: ScoresBeside) -> str:
    rows = [
        (
            f"{escape(task.title)}: {escape(one.display)}",
            *(decimal(one.probabilities.get(model.version)) for model in found.models),
        )
        for task in found.tasks
        for one in task.classes
    ]
    heads = (_("Class"), *(escape(model.version) for model in found.models))
    return render_table(heads, rows, _("Probabilities of every model"))
