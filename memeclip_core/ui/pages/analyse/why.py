"""The drawer Why: what a chosen task's answer rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from memeclip_core.api.texts import _
from memeclip_core.records.explanation import Rule
from memeclip_core.records.prediction import ClassScore, Prediction, TaskPrediction
from memeclip_core.tasks import Task, TaskSet
from memeclip_core.ui.charts import render_cosines
from memeclip_core.ui.components import render_table
from memeclip_core.ui.formats import decimal, escape, signed
from memeclip_core.ui.messages import Updates
from memeclip_core.ui.pages.analyse.answers import by_probability, list_before
from memeclip_core.ui.pages.analyse.bars import FEW, render_bars
from memeclip_core.ui.pages.analyse.explanations import Explained, render_explained

if TYPE_CHECKING:
    from memeclip_core.ui.pages.analyse.drawer import Drawer


def pick_task(tasks: TaskSet, chosen: str) -> str:
    """Return the task that the drawer explains: the one chosen, or else the first.

    Args:
        tasks: those on the page.
        chosen: a task's key; behind a slash, a class of it may be named.
    """
    key = chosen.partition("/")[0]
    return key if key in tasks.keys else tasks.keys[0]


def pick_label(tasks: TaskSet, chosen: str) -> str:
    """Return the class that was chosen of the task in the drawer; "" for what was answered."""
    label = chosen.partition("/")[2]
    return label if label in tasks.task(pick_task(tasks, chosen)).names else ""


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
        drawer.explained: render_explained(explained, task, item, rule),
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
    names = ", ".join(escape(label.display) for label in found) or _("None of these")
    hints = "".join(f"<p>{escape(label.hint)}</p>" for label in found[:1] if label.hint)
    scores = list_scores(item.scores)
    # A class that somebody chose is drawn, however unlikely it is.
    beyond = [one for one in scores[FEW:] if one.label == rule.label]
    scores = scores[: FEW - len(beyond)] + beyond
    few = len(scores) == len(item.scores)
    bars = render_bars(scores, item.labels, rule.axis, before, picked=rule.label)
    caption = _("Cosine to every class") if few else _("Cosine to the likeliest classes")
    title = _("Why “{answers}”?").format(answers=names)
    return (
        f'<h2>{title}</h2><div class="mc-hint">{hints}</div>'
        f'<p class="mc-caption">{caption}</p>{bars}'
        f'<p class="mc-rule">{escape(task.label(rule.label).display)}: {escape(rule.sentence)}</p>'
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
    heads = (_("Class"), _("Probability"), _("In training"), _("Cosine"))
    line = ""
    if item.threshold is not None:
        said = _("A class counts from {share}.").format(share=decimal(item.threshold))
        line = f'<p class="mc-hint">{said}</p>'
    caption = _("All numbers of {task}").format(task=item.title)
    return render_table(heads, rows, caption, wide=False) + line
