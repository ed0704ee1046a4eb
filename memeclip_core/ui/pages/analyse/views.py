"""One card per task: what the model says, how sure it is, and every class in numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from memeclip_core.records.prediction import ClassScore, Prediction, TaskPrediction
from memeclip_core.tasks import Task, TaskSet
from memeclip_core.ui.formats import decimal, escape, listed, percent, signed, sureness

FEW: Final = 8
"""Up to so many classes are all drawn at once; of more, the likeliest ones."""
TOP: Final = 6

READS: Final = {
    "text": "reads the text only",
    "image": "reads the picture only",
    "image+text": "reads picture and text",
}


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
    why = f'<p class="mc-reason">{escape(reason)}</p>' if reason else ""
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
    share = probability if math.isfinite(probability) else 0.0
    return f'<div class="mc-meter" aria-hidden="true"><i style="width:{share:.1%}"></i></div>'


def by_probability(scores: Sequence[ClassScore]) -> list[ClassScore]:
    """Return the classes, the likeliest first."""
    return sorted(scores, key=lambda s: -s.probability if math.isfinite(s.probability) else 1.0)


def top_scores(scores: Sequence[ClassScore]) -> list[ClassScore]:
    """Return all classes in the task's order where they are few, else the likeliest ones."""
    return list(scores) if len(scores) <= FEW else by_probability(scores)[:TOP]


def render_table(item: TaskPrediction) -> str:
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
