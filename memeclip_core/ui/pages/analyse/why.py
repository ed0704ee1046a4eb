"""The drawer Why: what a chosen task's answer rests on."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from memeclip_core.records.explanation import Rule
from memeclip_core.records.prediction import ClassScore, Prediction, TaskPrediction
from memeclip_core.tasks import Task, TaskSet
from memeclip_core.ui.charts import render_cosines
from memeclip_core.ui.components import render_table
from memeclip_core.ui.formats import decimal, escape, percent, signed
from memeclip_core.ui.messages import Updates
from memeclip_core.ui.pages.analyse.answers import by_probability, list_before
from memeclip_core.ui.pages.analyse.explanations import Explained, render_explained

if TYPE_CHECKING:
    from memeclip_core.ui.pages.analyse.layout import Drawer

FEW = 8
"""Up to so many classes keep the task's order; more are sorted, and so many are drawn."""


def pick_task(tasks: TaskSet, chosen: str) -> str:
    """Return the task that the drawer explains: the one chosen, or else the first."""
    return chosen if chosen in tasks.keys else tasks.keys[0]


def why_updates(
    drawer: Drawer,
    tasks: TaskSet,
    prediction: Prediction,
    key: str,
    rule: Rule,
    explained: Explained,
    first: Prediction | None = None,
) -> Updates:
    """Fill the drawer for one task.

    Args:
        rule: how the probability comes about.
        explained: what was explained of this answer so far.
        first: the answer before the text was edited, if it was.
    """
    task, item = tasks.task(key), prediction.task(key)
    scores = list_scores(item.scores)
    before = list_before(first, prediction, key)
    return {
        drawer.why: render_why(task, item, rule, before),
        drawer.explained: render_explained(explained, task, rule.label),
        drawer.plot: render_cosines(scores, item.labels),
        drawer.table: render_scores(item, scores),
    }


def list_scores(scores: Sequence[ClassScore]) -> list[ClassScore]:
    """Return the classes in the task's order where they are few, else the likeliest first."""
    return list(scores) if len(scores) <= FEW else by_probability(scores)


def render_why(
    task: Task, item: TaskPrediction, rule: Rule, before: Mapping[str, ClassScore]
) -> str:
    """Show what was answered and what that means, the cosines as bars, and the rule in numbers."""
    found = [task.label(name) for name in item.labels]
    names = ", ".join(escape(label.display) for label in found) or "None of these"
    hints = "".join(f"<p>{escape(label.hint)}</p>" for label in found[:1] if label.hint)
    scores = list_scores(item.scores)[:FEW]
    few = len(scores) == len(item.scores)
    caption = "Cosine to every class" if few else "Cosine to the likeliest classes"
    return (
        f'<h2>Why “{names}”?</h2><div class="mc-hint">{hints}</div>'
        f'<p class="mc-caption">{caption}</p>{render_bars(scores, item.labels, rule.axis, before)}'
        f'<p class="mc-rule">{escape(task.label(rule.label).display)}: {escape(rule.sentence)}</p>'
    )


def render_bars(
    scores: Sequence[ClassScore],
    chosen: Sequence[str],
    scale: float = 1.0,
    before: Mapping[str, ClassScore] | None = None,
) -> str:
    """Draw a signed bar per class; behind it as a ghost what it was before the text was edited.

    Args:
        scores: the classes.
        chosen: those that the model answers; a dot marks them, so that colour is not the only sign.
        scale: the cosine at either end of the axis; the whole range is drawn on demand.
        before: the scores before, by label.
    """
    past = before or {}
    rows = "".join(_bar(one, one.label in chosen, scale, past.get(one.label)) for one in scores)
    ends = "".join(
        f'<p class="mc-ends {kind}" aria-hidden="true"><span>{signed(-end)}</span><span>0</span>'
        f"<span>{signed(end)}</span></p>"
        for kind, end in (("mc-own", scale), ("mc-whole", 1.0))
    )
    return f'<ul class="mc-bars">{rows}</ul>{ends}'


def _bar(score: ClassScore, chosen: bool, scale: float, before: ClassScore | None) -> str:
    classes = "mc-picked" if chosen else ""
    mark = '<i aria-hidden="true">●</i> ' if chosen else ""
    ghost, was = "", ""
    if before is not None:
        ghost = _mark("s", before.cosine, scale)
        was = f" <small>was {percent(before.probability)}</small>"
    return (
        f'<li class="{classes}"><span>{mark}{escape(score.display)}</span>'
        f'<span class="mc-bar">{ghost}{_mark("i", score.cosine, scale)}</span>'
        f"<b>{signed(score.cosine)}</b><em>{percent(score.probability)}{was}</em></li>"
    )


def _mark(tag: str, cosine: float, scale: float) -> str:
    value = cosine if math.isfinite(cosine) else 0.0
    own = min(1.0, abs(value) / scale)
    side = ' class="mc-minus"' if value < 0 else ""
    return f'<{tag}{side} style="--own:{own:.4f};--whole:{abs(value):.4f}"></{tag}>'


def render_scores(item: TaskPrediction, scores: Sequence[ClassScore]) -> str:
    """Show every class with its probability, its base rate and its cosine as a table."""
    rows = [
        (
            escape(score.display),
            decimal(score.probability),
            decimal(score.base),
            signed(score.cosine, 3),
        )
        for score in scores
    ]
    heads = ("Class", "Probability", "In training", "Cosine")
    line = (
        f'<p class="mc-hint">A class counts from {decimal(item.threshold)}.</p>'
        if item.threshold is not None
        else ""
    )
    return render_table(heads, rows, f"All numbers of {item.title}", wide=False) + line
