"""A prediction and a person's choices as updates of the cards."""

from __future__ import annotations

from typing import Any

import gradio as gr

from memeclip_core.records.prediction import Prediction
from memeclip_core.tasks import Task, TaskSet
from memeclip_core.ui.messages import Updates
from memeclip_core.ui.pages.analyse.figures import render_cosines
from memeclip_core.ui.pages.analyse.views import (
    by_probability,
    render_card,
    render_reason,
    render_table,
    top_scores,
)
from memeclip_core.ui.widgets import Card

Labels = dict[str, tuple[str, ...]]

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
        updates[card.table] = render_table(item)
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
