"""What the drawer Why explains on demand, and words, modalities and neighbours as it shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from memeclip_core.records.explanation import (
    Agreement,
    ClassEffect,
    Cost,
    ExplanationKind,
    HeatMap,
    Modalities,
    Neighbours,
    PictureChange,
    Rule,
    ScoresBeside,
    WordEffect,
    WordEffects,
)
from memeclip_core.records.prediction import Prediction, TaskPrediction
from memeclip_core.records.schemas import prediction_to_dict, to_json
from memeclip_core.tasks import Task
from memeclip_core.ui.formats import count, escape, percent, signed
from memeclip_core.ui.pages.analyse.heat_map import render_change, render_heat
from memeclip_core.ui.pages.analyse.shared_space import render_agreement
from memeclip_core.ui.pages.analyse.side_by_side import render_scores_beside

Explanation = (
    WordEffects | HeatMap | PictureChange | Modalities | Agreement | Neighbours | ScoresBeside
)

ASKED: Final[dict[ExplanationKind, str]] = {
    "words": "Words",
    "picture": "Picture",
    "modalities": "Text or picture",
    "agreement": "Match of both",
    "neighbours": "Nearest memes",
    "scores": "All models",
}
"""What can be asked for with a button, in the order of the drawer."""

ORDER: Final[tuple[ExplanationKind, ...]] = (
    "words", "picture", "change", "modalities", "agreement", "neighbours", "scores",
)  # fmt: skip
"""How what was found is shown."""

FULL: Final = 0.15
"""A change of a probability that is shaded to the full."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """What was explained of one answer to one meme, task and kind; nothing else it is good for."""

    of: tuple[str, str, str, str] = ("", "", "", "")
    found: tuple[tuple[str, str, Explanation], ...] = ()

    def fits(self, prediction: Prediction) -> Explained:
        """Return itself for the answer that it explains, and nothing found for any other."""
        of = identify_answer(prediction)
        return self if self.of == of else Explained(of=of)

    def add(self, kind: str, task: str, one: Explanation) -> Explained:
        """Return this with one explanation more, or anew."""
        kept = tuple(row for row in self.found if row[:2] != (kind, task))
        return replace(self, found=(*kept, (kind, task, one)))

    def kinds(self) -> tuple[str, ...]:
        """Return what was asked for."""
        return tuple(dict.fromkeys(kind for kind, _, _ in self.found))


def identify_answer(prediction: Prediction) -> tuple[str, str, str, str]:
    """Return what an explanation is of: meme, text, task set and model."""
    return prediction.meme.id, prediction.meme.text, prediction.task_set, prediction.model


def render_explained(explained: Explained, task: Task, item: TaskPrediction, rule: Rule) -> str:
    """Show what was explained of a class; all kinds, in the order of the drawer.

    Args:
        explained: what was found.
        task, item: the question, and its answer.
        rule: names the class and the axis of its cosines.
    """
    parts = []
    for kind in ORDER:
        for one_kind, one_task, one in explained.found:
            if one_kind == kind and one_task in ("", task.key):
                parts.append(_render(one, task, item, rule))
    return "".join(f'<section class="mc-explained">{part}</section>' for part in parts if part)


def _render(one: Explanation, task: Task, item: TaskPrediction, rule: Rule) -> str:
    label = rule.label
    if isinstance(one, WordEffects):
        return render_words(one, task, label)
    if isinstance(one, HeatMap):
        return render_heat(one, task, label)
    if isinstance(one, PictureChange):
        return render_change(one, task, item, label, rule.axis)
    if isinstance(one, Modalities):
        return render_modalities(one, task, label)
    if isinstance(one, Agreement):
        return render_agreement(one)
    if isinstance(one, ScoresBeside):
        return render_scores_beside(one)
    return render_neighbours(one, task) if one.label == label else ""


def write_json(seen: Prediction, explained: Explained) -> str:
    """Return an answer and what was explained of it as JSON, as ``memeclip explain`` does."""
    found: dict[str, object] = {}
    for kind, task, one in explained.fits(seen).found:
        if task:
            own = found.setdefault(kind, {})
            assert isinstance(own, dict)
            own[task] = one
        else:
            found[kind] = one
    whole = {"prediction": prediction_to_dict(seen), "explanations": found}
    return to_json(whole, indent=2).decode()


def render_cost(cost: Cost) -> str:
    """Say in a word what an explanation takes."""
    if cost.reason:
        return "not possible"
    if cost.seconds < 0.1:
        return "under 0.1 s"
    if cost.seconds < 10:
        return f"{cost.seconds:.1f} s"
    return f"{cost.seconds:.0f} s" if cost.seconds < 120 else f"{cost.seconds / 60:.0f} min"


def render_words(effects: WordEffects, task: Task, label: str) -> str:
    """Show a text with every word shaded by what it adds to a class; a press leaves it out."""
    if effects.reason:
        return f'<h3>Words</h3><p class="mc-hint">{escape(effects.reason)}</p>'
    name, rows = task.label(label).display, []
    for word in effects.words:
        effect = _of(word.tasks[task.key], label)
        rows.append((word, effect))
    spans, end = [], 0
    for word, effect in rows:
        spans.append(escape(effects.text[end : word.start]) + _word(effects.text, word, effect))
        end = word.end
    spans.append(escape(effects.text[end:]))
    most = max(rows, key=lambda row: abs(row[1].change), default=None)
    said = "" if most is None else _without(f"Without “{most[0].word}”", name, most[1])
    beyond = f" {count(effects.beyond, 'more word')} not left out." if effects.beyond else ""
    return (
        f"<h3>Words for “{escape(name)}”</h3>"
        f"<p>{said}{beyond}</p>"
        f'<p class="mc-words">{"".join(spans)}</p>'
        '<p class="mc-key" aria-hidden="true"><span class="mc-for">speaks for it</span>'
        '<span class="mc-against">speaks against it</span></p>'
        '<p class="mc-hint">Click or tap a word to leave it out.</p>'
    )


def _word(text: str, word: WordEffect, effect: ClassEffect) -> str:
    side = "mc-for" if effect.change >= 0 else "mc-against"
    after = text[word.end :]
    rest = text[: word.start] + (after.lstrip() if after[:1].isspace() else after)
    points = signed(100 * effect.change, 0)
    return (
        f'<button type="button" class="mc-word {side}" data-rest="{escape(rest)}" '
        f'style="--shade:{min(1.0, abs(effect.change) / FULL):.2f}" title="{points} points">'
        f'{escape(word.word)}<span class="mc-unseen"> {points} points, leave it out</span></button>'
    )


def _of(effects: Sequence[ClassEffect], label: str) -> ClassEffect:
    return next(effect for effect in effects if effect.label == label)


def _without(lead: str, name: str, effect: ClassEffect) -> str:
    was, now = percent(effect.probability), percent(effect.without)
    if was == now:
        return f"{escape(lead)}, {escape(name)} stays at {was}."
    way = "falls" if effect.change > 0 else "rises"
    return f"{escape(lead)}, {escape(name)} {way} from {was} to {now}."


def render_modalities(found: Modalities, task: Task, label: str) -> str:
    """Say what a class is without the text, without the picture, and without both."""
    name = task.label(label).display
    rows = (
        ("Without the text", found.text),
        ("Without the picture", found.picture),
        ("Without both", found.both),
    )
    lines = "".join(
        f"<li>{_without(lead, name, _of(effects[task.key], label))}</li>" for lead, effects in rows
    )
    return f'<h3>Text or picture</h3><ul class="mc-lines">{lines}</ul>'


def render_neighbours(found: Neighbours, task: Task) -> str:
    """Say how many of the nearest training memes carry a class, and how near they are."""
    if found.reason:
        return f'<h3>Nearest training memes</h3><p class="mc-hint">{escape(found.reason)}</p>'
    name = escape(task.label(found.label).display)
    base = "" if found.base is None else f"; of all {found.rows:,} it is {percent(found.base)}"
    lines = [f"{found.carrying} of the {len(found.nearest)} nearest are {name}{base}."]
    if found.far:
        lines.append("This meme is far from everything in training.")
    marks = "".join(
        f'<i class="{"mc-for" if found.label in one.labels.get(task.key, ()) else "mc-against"}" '
        f'title="{_labels(task, one.labels.get(task.key, ()))}, cosine {one.cosine:.2f}"></i>'
        for one in found.nearest
    )
    said = "".join(f"<p>{line}</p>" for line in lines)
    return (
        f'<h3>Nearest training memes</h3>{said}<p class="mc-near" aria-hidden="true">{marks}</p>'
        '<p class="mc-hint">The nearest stands first. Pictures and texts of the training data are '
        "not kept.</p>"
    )


def _labels(task: Task, names: Sequence[str]) -> str:
    return escape(", ".join(task.label(name).display for name in names) or "none of these")
