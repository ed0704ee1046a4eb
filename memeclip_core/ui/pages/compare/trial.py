"""Two models asked about one meme, such as a candidate before it is promoted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from memeclip_core.app.studio import Studio
from memeclip_core.app.uploads import predict_upload, read_upload
from memeclip_core.records.prediction import Prediction, TaskPrediction
from memeclip_core.ui.components import render_table
from memeclip_core.ui.formats import escape, listed, percent, signed
from memeclip_core.ui.messages import render_why


def try_models(
    studio: Studio,
    task_set: str,
    versions: Sequence[str],
    picture: Mapping[str, Any] | None,
    text: str,
) -> str:
    """Return what two models say of a meme, as a table.

    Args:
        studio, task_set, versions: who answers, and what is asked of which models.
        picture: an uploaded file, as Gradio tells of it; ``None`` for a text alone.
        text: the text; a blank one is read from the picture, once for both.
    """
    if not all(versions):
        return render_why("Choose two models above first.")
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
    return render_answers(pair, names)


def render_answers(pair: Sequence[Prediction], names: Mapping[str, Mapping[str, str]]) -> str:
    """Show what two models say of one meme, question by question."""
    first, second = pair
    rows = []
    for one, other in zip(first.tasks, second.tasks, strict=False):
        same = set(one.labels) == set(other.labels) and one.applies == other.applies
        rows.append(
            (
                escape(one.title),
                _answer(one, names),
                f"{_answer(other, names)} {'' if same else '<strong>differs</strong>'}",
            )
        )
    read = f'<p class="mc-hint">Text: {escape(first.meme.text)}</p>' if first.meme.text else ""
    heads = ("Question", escape(first.model), escape(second.model))
    return read + render_table(heads, rows, "What both say of this meme", wide=False)


def _answer(task: TaskPrediction, names: Mapping[str, Mapping[str, str]]) -> str:
    if not task.applies:
        return "<em>not asked</em>"
    known = names.get(task.task, {})
    said = escape(listed([known.get(label, label) for label in task.labels]) or "none of them")
    own = [score for score in task.scores if score.label in task.labels]
    top = max(own, key=lambda score: score.probability, default=None)
    if top is None:
        return said
    return f"{said} {percent(top.probability)} <em>cosine {signed(top.cosine)}</em>"
