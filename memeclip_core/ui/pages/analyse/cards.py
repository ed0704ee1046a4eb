"""One card per task: what the model says, how sure it is, and what a person chooses."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import gradio as gr

from memeclip_core.records.prediction import ClassScore, Prediction, TaskPrediction
from memeclip_core.records.project import Labels
from memeclip_core.tasks import Task, TaskSet
from memeclip_core.ui.charts import render_cosines
from memeclip_core.ui.components import READS, render_meter
from memeclip_core.ui.formats import decimal, escape, listed, percent, signed, sureness
from memeclip_core.ui.messages import Updates, render_why

if TYPE_CHECKING:
    from memeclip_core.ui.pages.analyse.layout import Card


NONE = ""
"""The value of "None of these", a choice like the others where several labels may hold."""


def read_choices(
    cards: dict[str, tuple[Card, ...]], task_set: str, values: tuple[Any, ...]
) -> Labels:
    """Return what is chosen in one task set, out of the values of all choices of all sets.

    Where several labels may hold and nothing is chosen, nothing is said of the task.
    """
    keys = [(name, card.task) for name, group in cards.items() for card in group]
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


def card_updates(
    cards: tuple[Card, ...], task_set: TaskSet, prediction: Prediction, labels: Labels, may: bool
) -> Updates:
    """Fill every card of a task set.

    Args:
        labels: what is chosen, by task key; decides which tasks are asked.
        may: whether the person may correct.
    """
    updates: Updates = {}
    for card in cards:
        item = prediction.task(card.task)
        updates[card.plot] = render_cosines(top_scores(item.scores), item.labels)
        updates[card.table] = render_scores(item)
        if card.rest is not None:
            updates[card.rest] = render_cosines(by_probability(item.scores), item.labels)
    return updates | choice_updates(cards, task_set, prediction, labels, may)


def choice_updates(
    cards: tuple[Card, ...], task_set: TaskSet, prediction: Prediction, labels: Labels, may: bool
) -> Updates:
    """Fill the answers and choices, which depend on what is chosen elsewhere."""
    updates: Updates = {}
    for card in cards:
        task, item = task_set.task(card.task), prediction.task(card.task)
        reason = render_reason(task_set, task, labels)
        chosen = labels.get(task.key, item.labels)
        updates[card.answer] = render_card(task, item, reason, prediction.doubt)
        updates[card.choice] = gr.update(value=_value(task, chosen), interactive=may and not reason)
    return updates


def _value(task: Task, names: tuple[str, ...]) -> Any:
    return (list(names) or [NONE]) if task.kind == "multilabel" else names[0]


FEW: Final = 8
"""Up to so many classes are all drawn at once; of more, the likeliest ones."""
TOP: Final = 6


def render_reason(task_set: TaskSet, task: Task, labels: dict[str, tuple[str, ...]]) -> str:
    """Say why a task is not asked, given the labels of the others; "" where it is."""
    if task.applies is None or task_set.applies(task.key, labels):
        return ""
    other = task_set.task(task.applies.task)
    wanted = [f"“{other.label(name).display}”" for name in task.applies.labels]
    joined = " or ".join(wanted)
    now = [f"“{other.label(name).display}”" for name in labels.get(other.key, ())]
    state = f"; it is {listed(now)} here" if now else ""
    return f"Only asked where {other.title} is {joined}{state}."


def render_card(task: Task, item: TaskPrediction, reason: str, doubt: str = "") -> str:
    """Show a task's answer: title, label in words, probability with how sure that is.

    Args:
        task: what is asked.
        item: the answer.
        reason: why the task is not asked here, or "".
        doubt: why the answer is little more than a guess, as a clause, or "".
    """
    body = _several(item) if item.kind == "multilabel" else _single(task, item, doubt)
    if doubt:
        body += f'<p class="mc-doubt">Little more than a guess: {escape(doubt)}.</p>'
    off = " mc-off" if reason else ""
    why = render_why(reason)
    reads = escape(READS.get(item.reads, f"reads {item.reads}"))
    return (
        f'<section class="mc-answer{off}"><header><h2>{escape(task.title)}</h2>'
        f"<span>{reads}</span></header>{why}{body}</section>"
    )


def _single(task: Task, item: TaskPrediction, doubt: str) -> str:
    label = task.label(item.labels[0])
    sure = "a guess" if doubt else sureness([score.probability for score in item.scores])
    base = next(score.base for score in item.scores if score.label == label.name)
    hint = f'<p class="mc-hint">{escape(label.hint)}</p>' if label.hint else ""
    return (
        f'<p class="mc-label">{escape(label.display)}</p>'
        f'<p class="mc-sure">{percent(item.probability)} · {sure}{_base(base)}</p>'
        f"{_meter(item.probability)}{hint}"
    )


def _base(share: float | None) -> str:
    """Say how frequent a label was among the training memes, which a probability stands beside."""
    return f' <em class="mc-base">{percent(share)} in training</em>' if share is not None else ""


def _several(item: TaskPrediction) -> str:
    found = [score for score in by_probability(item.scores) if score.label in item.labels]
    total = len(item.scores)
    head = f"{len(found)} of {total} found" if found else f"None of {total} found"
    line = f" at {percent(item.threshold)} or more" if item.threshold is not None else ""
    rows = "".join(
        f"<li><span>{escape(score.display)}{_base(score.base)}</span>"
        f"<b>{percent(score.probability)}</b>"
        f"{_meter(score.probability)}</li>"
        for score in (found or by_probability(item.scores)[:3])
    )
    lead = "" if found else '<p class="mc-hint">The likeliest, all below the line:</p>'
    return (
        f'<p class="mc-label">{head}</p><p class="mc-sure">Each is its own question{line}.</p>'
        f'{lead}<ul class="mc-found">{rows}</ul>'
    )


def _meter(probability: float) -> str:
    return render_meter(probability if math.isfinite(probability) else 0.0)


def by_probability(scores: Sequence[ClassScore]) -> list[ClassScore]:
    """Return the classes, the likeliest first."""
    return sorted(scores, key=lambda s: -s.probability if math.isfinite(s.probability) else 1.0)


def top_scores(scores: Sequence[ClassScore]) -> list[ClassScore]:
    """Return all classes in the task's order where they are few, else the likeliest ones."""
    return list(scores) if len(scores) <= FEW else by_probability(scores)[:TOP]


def render_scores(item: TaskPrediction) -> str:
    """Show every class with its probability and its cosine as a table."""
    rows = "".join(
        f"<tr{' class=mc-chosen' if score.label in item.labels else ''}>"
        f'<th scope="row">{escape(score.display)}</th>'
        f"<td>{decimal(score.probability)}</td><td>{decimal(score.base)}</td>"
        f"<td>{signed(score.cosine)}</td></tr>"
        for score in (item.scores if len(item.scores) <= FEW else by_probability(item.scores))
    )
    line = (
        f'<p class="mc-hint">A class counts as found at {decimal(item.threshold)} or more.</p>'
        if item.threshold is not None
        else ""
    )
    return (
        '<div class="mc-scroll"><table class="mc-table"><thead><tr><th scope="col">Class</th>'
        '<th scope="col">Probability</th><th scope="col">In training</th>'
        '<th scope="col">Cosine</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>{line}"
    )


def render_notes(prediction: Prediction, said: Sequence[str] = ()) -> str:
    """Show what a person should know about a prediction, as sentences.

    Args:
        said: the sentences that stand in the header already, which are not repeated.
    """
    notes = [note for note in prediction.notes if note not in said]
    rows = "".join(f"<li>{escape(note)}</li>" for note in notes)
    return f'<ul class="mc-notes">{rows}</ul>' if rows else ""
