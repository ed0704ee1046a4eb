"""The drawer Why: what a chosen task's answer rests on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from memeclip_core.records.prediction import ClassScore, Prediction, TaskPrediction
from memeclip_core.tasks import Task, TaskSet
from memeclip_core.ui.charts import render_cosines
from memeclip_core.ui.components import render_table
from memeclip_core.ui.formats import decimal, escape, percent, signed
from memeclip_core.ui.messages import Updates
from memeclip_core.ui.pages.analyse.answers import by_probability

if TYPE_CHECKING:
    from memeclip_core.ui.pages.analyse.layout import Drawer

FEW = 8
"""Up to so many classes keep the task's order; more are sorted, and so many are drawn."""


def pick_task(tasks: TaskSet, chosen: str) -> str:
    """Return the task that the drawer explains: the one chosen, or else the first."""
    return chosen if chosen in tasks.keys else tasks.keys[0]


def why_updates(drawer: Drawer, tasks: TaskSet, prediction: Prediction, key: str) -> Updates:
    """Fill the drawer for one task."""
    task, item = tasks.task(key), prediction.task(key)
    scores = list_scores(item.scores)
    return {
        drawer.why: render_why(task, item),
        drawer.plot: render_cosines(scores, item.labels),
        drawer.table: render_scores(item, scores),
    }


def list_scores(scores: Sequence[ClassScore]) -> list[ClassScore]:
    """Return the classes in the task's order where they are few, else the likeliest first."""
    return list(scores) if len(scores) <= FEW else by_probability(scores)


def render_why(task: Task, item: TaskPrediction) -> str:
    """Show what was answered and what that means, and the cosine to every class as bars."""
    found = [task.label(name) for name in item.labels]
    names = ", ".join(escape(label.display) for label in found) or "None of these"
    hints = "".join(f"<p>{escape(label.hint)}</p>" for label in found[:1] if label.hint)
    scores = list_scores(item.scores)[:FEW]
    few = len(scores) == len(item.scores)
    caption = "Cosine to every class" if few else "Cosine to the likeliest classes"
    return (
        f'<h2>Why “{names}”?</h2><div class="mc-hint">{hints}</div>'
        f'<p class="mc-caption">{caption}</p>{render_bars(scores, item.labels)}'
    )


def render_bars(scores: Sequence[ClassScore], chosen: Sequence[str], scale: float = 1.0) -> str:
    """Draw a signed bar per class.

    Args:
        scores: the classes.
        chosen: those that the model answers; a dot marks them, so that colour is not the only sign.
        scale: the cosine at either end of the axis; the whole range is drawn on demand.
    """
    rows = "".join(_bar(score, score.label in chosen, scale) for score in scores)
    ends = "".join(f"<span>{signed(at)}</span>" for at in (-scale, 0.0, scale))
    return f'<ul class="mc-bars">{rows}</ul><p class="mc-ends" aria-hidden="true">{ends}</p>'


def _bar(score: ClassScore, chosen: bool, scale: float) -> str:
    value = score.cosine if math.isfinite(score.cosine) else 0.0
    own = max(-1.0, min(1.0, value / scale))
    sides = f"--own:{abs(own):.4f};--whole:{abs(value):.4f}"
    classes = " ".join(name for name, on in (("mc-picked", chosen), ("mc-minus", value < 0)) if on)
    mark = '<i aria-hidden="true">●</i> ' if chosen else ""
    return (
        f'<li class="{classes}"><span>{mark}{escape(score.display)}</span>'
        f'<span class="mc-bar" style="{sides}"><i></i></span><b>{signed(score.cosine)}</b>'
        f"<em>{percent(score.probability)}</em></li>"
    )


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
