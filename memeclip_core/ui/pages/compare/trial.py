"""Two models asked about one meme, such as a candidate before it is promoted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from memeclip_core.api.texts import _
from memeclip_core.app.studio import Studio
from memeclip_core.app.uploads import predict_upload, read_upload
from memeclip_core.records.decision import Person
from memeclip_core.records.explanation import Asked, Neighbours
from memeclip_core.records.prediction import Prediction, TaskPrediction
from memeclip_core.ui.components import render_table
from memeclip_core.ui.formats import escape, listed, percent, signed
from memeclip_core.ui.messages import render_why

NEAREST: Final = 3
"""How many corrected memes are named."""
ALL: Final = 1_000_000
"""More training memes than there are: any of them may be a corrected one."""


def try_models(
    studio: Studio,
    who: Person,
    task_set: str,
    versions: Sequence[str],
    picture: Mapping[str, Any] | None,
    text: str,
) -> str:
    """Return what two models say of a meme, as a table, and the corrected memes that are nearest.

    Args:
        studio, task_set, versions: who answers, and what is asked of which models.
        who: who asks; annotators are told which corrected memes are near.
        picture: an uploaded file, as Gradio tells of it; ``None`` for a text alone.
        text: the text; a blank one is read from the picture, once for both.
    """
    if not all(versions):
        return render_why(_("Choose two models above first."))
    data, name = None, ""
    if picture:
        path = Path(picture["path"])
        data, name = read_upload(path, max_bytes=studio.settings.max_bytes), path.name
    pair: list[Prediction] = []
    for version in versions:
        pair.append(
            predict_upload(
                studio, data, name, text, task_set=task_set, model=version, no_text=False
            )
        )
        text = text or pair[0].meme.text
    names = {
        task.key: {label.name: label.display for label in task.labels}
        for task in studio.task_set(task_set)
    }
    task = next(
        (
            one
            for one, other in zip(pair[1].tasks, pair[0].tasks, strict=False)
            if differ(one, other)
        ),
        pair[1].tasks[0],
    )
    asked = Asked(task_set=task_set, data=data, filename=name, text=text, model=versions[1])
    near = studio.explain.neighbours(who, asked, task=task.task, count=ALL)
    return render_answers(pair, names) + render_corrected(near, task.title, names[task.task])


def differ(one: TaskPrediction, other: TaskPrediction) -> bool:
    """Say whether two models answer a question differently."""
    return set(one.labels) != set(other.labels) or one.applies != other.applies


def render_corrected(near: Neighbours, title: str, names: Mapping[str, str]) -> str:
    """Say which corrected memes that a model learnt from are nearest to a meme.

    Args:
        near: of all memes that it learnt from.
        title, names: of the question, and its classes as people see them, by label.
    """
    own = [one for one in near.nearest if one.meme][:NEAREST]
    if not own:
        return ""
    words = []
    for one in own:
        labels = listed([names.get(label, label) for label in one.labels[near.task]]) or _("none")
        words.append(
            _("{meme} ({labels}, cosine {cosine})").format(
                meme=one.meme[:8], labels=labels, cosine=signed(one.cosine)
            )
        )
    said = _(
        "Of the corrected memes that {model} learnt from, the nearest are, with their answers to "
        "“{question}”: {memes}."
    ).format(model=near.model, question=title, memes=listed(words))
    return f'<p class="mc-hint">{escape(said)}</p>'


def render_answers(pair: Sequence[Prediction], names: Mapping[str, Mapping[str, str]]) -> str:
    """Show what two models say of one meme, question by question."""
    first, second = pair
    rows = []
    for one, other in zip(first.tasks, second.tasks, strict=False):
        mark = f"<strong>{escape(_('differs'))}</strong>" if differ(one, other) else ""
        rows.append(
            (
                escape(one.title),
                _answer(one, names),
                f"{_answer(other, names)} {mark}",
            )
        )
    said = escape(_("Text: {text}").format(text=first.meme.text))
    read = f'<p class="mc-hint">{said}</p>' if first.meme.text else ""
    heads = (escape(_("Question")), escape(first.model), escape(second.model))
    return read + render_table(heads, rows, _("What both say of this meme"), wide=False)


def _answer(task: TaskPrediction, names: Mapping[str, Mapping[str, str]]) -> str:
    if not task.applies:
        return f"<em>{escape(_('not asked'))}</em>"
    known = names.get(task.task, {})
    said = escape(listed([known.get(label, label) for label in task.labels]) or _("none of them"))
    own = [score for score in task.scores if score.label in task.labels]
    top = max(own, key=lambda score: score.probability, default=None)
    if top is None:
        return said
    cosine = escape(_("cosine {value}").format(value=signed(top.cosine)))
    return f"{said} {percent(top.probability)} <em>{cosine}</em>"
