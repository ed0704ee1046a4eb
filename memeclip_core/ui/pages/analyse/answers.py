"""One row per task: what the model says, how sure it is, and what a person chooses in place."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import gradio as gr

from memeclip_core.api.texts import _
from memeclip_core.records.prediction import ClassScore, Prediction, TaskPrediction
from memeclip_core.records.project import Labels
from memeclip_core.tasks import Task, TaskSet
from memeclip_core.ui.components import READS, render_meter
from memeclip_core.ui.formats import escape, listed, percent, sureness
from memeclip_core.ui.messages import Updates
from memeclip_core.ui.pages.analyse.bars import render_past

if TYPE_CHECKING:
    from memeclip_core.ui.pages.analyse.layout import Row

NONE: Final = ""
"""The value of "None of these", a choice like the others where several labels may hold."""

MOST: Final = 5
"""Of the labels that were found so many are listed in a row; the choice shows them all."""


def read_choices(
    rows: dict[str, tuple[Row, ...]], task_set: str, values: tuple[Any, ...]
) -> Labels:
    """Return what is chosen in one task set, out of the values of all choices of all sets.

    Where several labels may hold and nothing is chosen, nothing is said of the task.
    """
    keys = [(name, row.task) for name, group in rows.items() for row in group]
    return {
        task: tuple(one for one in value if one != NONE) if isinstance(value, list) else (value,)
        for (name, task), value in zip(keys, values, strict=True)
        if name == task_set and value not in (None, [])
    }


def settle_none(value: Any) -> Any:
    """Let "None of these" and the labels exclude each other: what was pressed last holds."""
    if not isinstance(value, list) or NONE not in value or len(value) == 1:
        return value
    return [NONE] if value[-1] == NONE else [one for one in value if one != NONE]


def answer_updates(
    rows: tuple[Row, ...],
    task_set: TaskSet,
    prediction: Prediction,
    labels: Labels,
    may: bool,
    chosen: str = "",
    first: Prediction | None = None,
) -> Updates:
    """Fill the rows of a task set.

    Args:
        labels: what is chosen, by task key; decides which tasks are asked.
        may: whether the person may correct.
        chosen: the task that the drawer explains, and perhaps a class; see ``pick_task``.
        first: the answer before the text was edited, if it was.
    """
    updates: Updates = {}
    own = chosen.partition("/")[0]
    for row in rows:
        task, item = task_set.task(row.task), prediction.task(row.task)
        reason = render_reason(task_set, task, labels)
        names = labels.get(task.key, item.labels)
        updates[row.answer] = render_answer(
            task, item, reason, guess=bool(prediction.doubt), chosen=task.key == own,
            before=list_before(first, prediction, task.key),
        )  # fmt: skip
        updates[row.choice] = gr.update(value=_value(task, names), interactive=may and not reason)
    return updates


def list_before(first: Prediction | None, now: Prediction, task: str) -> dict[str, ClassScore]:
    """Return a task's scores by label before the text was edited; none where it was not."""
    if first is None or (first.meme.id, first.task_set) != (now.meme.id, now.task_set):
        return {}
    if first.meme.text == now.meme.text or first.model != now.model:
        return {}
    return {score.label: score for score in first.task(task).scores}


def _value(task: Task, names: tuple[str, ...]) -> Any:
    return (list(names) or [NONE]) if task.kind == "multilabel" else names[0]


def render_reason(task_set: TaskSet, task: Task, labels: dict[str, tuple[str, ...]]) -> str:
    """Say why a task is not asked, given the labels of the others; "" where it is."""
    if task.applies is None or task_set.applies(task.key, labels):
        return ""
    other = task_set.task(task.applies.task)
    quoted, names = _("“{text}”"), task.applies.labels
    wanted = [quoted.format(text=other.label(name).display) for name in names]
    return _("asked only where “{question}” is {answers}").format(
        question=other.title, answers=f" {_('or')} ".join(wanted)
    )


def render_answer(
    task: Task,
    item: TaskPrediction,
    reason: str,
    *,
    guess: bool = False,
    chosen: bool = False,
    before: Mapping[str, ClassScore] | None = None,
) -> str:
    """Show a task's answer in a row: label, probability, how sure that is, and the base rate.

    Args:
        task: what is asked.
        item: the answer.
        reason: why the task is not asked here, or ""; the row is a single line then.
        guess: whether the answer is little more than a guess.
        chosen: whether the drawer explains this task.
        before: the scores by label before the text was edited, if it was.
    """
    title = escape(task.title)
    if reason:
        return (
            f'<section class="mc-answer mc-off"><h2>{title}</h2><p>{escape(reason)}</p></section>'
        )
    body = _several(item) if item.kind == "multilabel" else _single(task, item, guess, before or {})
    return (
        f'<section class="mc-answer" data-task="{task.key}"><h2>{title}</h2>'
        f'<button type="button" class="mc-look mc-ask" aria-pressed="{str(chosen).lower()}">'
        f'{_("Why?")}<span class="mc-unseen"> {title}</span></button>{body}</section>'
    )


def _single(task: Task, item: TaskPrediction, guess: bool, before: Mapping[str, ClassScore]) -> str:
    label = task.label(item.labels[0])
    sure = _("a guess") if guess else sureness([score.probability for score in item.scores])
    score = next(score for score in item.scores if score.label == label.name)
    was = before[label.name].probability if before else None
    past = "" if was is None else f'<em class="mc-base">{render_past(was)}</em>'
    return (
        f'<p class="mc-label">{escape(label.display)}</p><p class="mc-sure">'
        f"<b>{percent(item.probability)}</b> {sure}{past}{_base(score.base)}</p>"
        f"{render_meter(_share(item.probability), score.base, was)}"
    )


def _base(share: float | None) -> str:
    """Say how frequent a label was among the training memes, which a probability stands beside."""
    if share is None:
        return ""
    return f'<em class="mc-base">{_("{share} in training").format(share=percent(share))}</em>'


def _several(item: TaskPrediction) -> str:
    found = [score for score in by_probability(item.scores) if score.label in item.labels]
    head = (
        _("{n} of {total} found").format(n=len(found), total=len(item.scores))
        if found
        else _("None of {total} found").format(total=len(item.scores))
    )
    shown = found[:MOST] if found else by_probability(item.scores)[:3]
    rows = "".join(
        f"<li><span>{escape(score.display)}</span><b>{percent(score.probability)}</b>"
        f"{_base(score.base)}{render_meter(_share(score.probability), score.base)}</li>"
        for score in shown
    )
    line = ""
    if item.threshold is not None:
        line = (
            _("A class counts from {share}.")
            if found
            else _("A class counts from {share}; the likeliest lie below.")
        ).format(share=percent(item.threshold))
    if len(found) > MOST:
        line += " " + _("The {n} likeliest:").format(n=MOST)
    return (
        f'<p class="mc-label">{head}</p><p class="mc-sure">{line}</p>'
        f'<ul class="mc-found">{rows}</ul>'
    )


def _share(probability: float) -> float:
    return probability if math.isfinite(probability) else 0.0


def by_probability(scores: Sequence[ClassScore]) -> list[ClassScore]:
    """Return the classes, the likeliest first."""
    return sorted(scores, key=lambda s: -s.probability if math.isfinite(s.probability) else 1.0)


def render_summary(tasks: TaskSet, prediction: Prediction) -> str:
    """Say all answers in one line, which a phone shows above the picture."""
    said = []
    for item in prediction.tasks:
        if not item.applies:
            continue
        names = [escape(tasks.task(item.task).label(name).display) for name in item.labels]
        if item.kind == "multilabel":
            said.append(f"<b>{listed(names) or _('None found')}</b>")
        else:
            said.append(f"<b>{names[0]}</b> {percent(item.probability)}")
    return f'<p class="mc-summary">{" · ".join(said)}</p>'


def render_notes(
    prediction: Prediction, said: Sequence[str] = (), first: Sequence[str] = ()
) -> str:
    """Show what a person should know about a prediction, as sentences.

    Args:
        said: the sentences that stand in the header already, which are not repeated.
        first: sentences that stand before those of the prediction.
    """
    notes = [*first, *(note for note in prediction.notes if note not in said)]
    rows = "".join(f"<li>{escape(_(note))}</li>" for note in notes)
    doubt = ""
    if prediction.doubt:
        said_doubt = _("Little more than a guess: {reason}.").format(reason=_(prediction.doubt))
        doubt = f'<p class="mc-doubt">{escape(said_doubt)}</p>'
    reads = _(READS.get(prediction.tasks[0].reads, prediction.tasks[0].reads))
    rows = f"<li>{escape(_('Reads: {what}').format(what=reads))}</li>{rows}"
    return f'{doubt}<ul class="mc-notes">{rows}</ul>'
