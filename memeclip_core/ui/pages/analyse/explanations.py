"""What the drawer Why explains on demand, and words, modalities and neighbours as it shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from memeclip_core.api.texts import _, ngettext
from memeclip_core.marks import mark
from memeclip_core.records.explanation import (
    Agreement,
    ClassEffect,
    Cost,
    ExplanationKind,
    HeatMap,
    Modalities,
    Neighbour,
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
from memeclip_core.ui.formats import escape, percent, signed
from memeclip_core.ui.pages.analyse.heat_map import render_change, render_heat
from memeclip_core.ui.pages.analyse.shared_space import render_agreement
from memeclip_core.ui.pages.analyse.side_by_side import render_scores_beside

Explanation = (
    WordEffects | HeatMap | PictureChange | Modalities | Agreement | Neighbours | ScoresBeside
)

ASKED: Final[dict[ExplanationKind, str]] = {
    "words": mark("Words"),
    "picture": mark("Picture"),
    "modalities": mark("Text or picture"),
    "agreement": mark("Match of both"),
    "neighbours": mark("Nearest memes"),
    "scores": mark("All models"),
}
"""What can be asked for with a button, in the order of the drawer."""

ORDER: Final[tuple[ExplanationKind, ...]] = (
    "words", "picture", "change", "modalities", "agreement", "neighbours", "scores",
)  # fmt: skip
"""How what was found is shown."""

_WITHOUT: Final = {
    "text": (
        mark("Without the text, {answer} stays at {was}."),
        mark("Without the text, {answer} falls from {was} to {now}."),
        mark("Without the text, {answer} rises from {was} to {now}."),
    ),
    "picture": (
        mark("Without the picture, {answer} stays at {was}."),
        mark("Without the picture, {answer} falls from {was} to {now}."),
        mark("Without the picture, {answer} rises from {was} to {now}."),
    ),
    "both": (
        mark("Without both, {answer} stays at {was}."),
        mark("Without both, {answer} falls from {was} to {now}."),
        mark("Without both, {answer} rises from {was} to {now}."),
    ),
    "word": (
        mark("Without “{word}”, {answer} stays at {was}."),
        mark("Without “{word}”, {answer} falls from {was} to {now}."),
        mark("Without “{word}”, {answer} rises from {was} to {now}."),
    ),
}
"""What a class is without something: as before, less or more."""

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
        return tuple(dict.fromkeys(row[0] for row in self.found))


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
                parts.append((kind, _render(one, task, item, rule)))
    return "".join(
        f'<section class="mc-explained" data-kind="{kind}">{part}</section>'
        for kind, part in parts
        if part
    )


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
        return _("not possible")
    if cost.seconds < 0.1:
        return _("under 0.1 s")
    if cost.seconds < 10:
        return f"{cost.seconds:.1f} s"
    return f"{cost.seconds:.0f} s" if cost.seconds < 120 else f"{cost.seconds / 60:.0f} min"


def render_words(effects: WordEffects, task: Task, label: str) -> str:
    """Show a text with every word shaded by what it adds to a class; a press leaves it out."""
    if effects.reason:
        return f'<h3>{_("Words")}</h3><p class="mc-hint">{escape(_(effects.reason))}</p>'
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
    said = "" if most is None else _without("word", name, most[1], most[0].word)
    if n := effects.beyond:
        more = ngettext("{n} more word not left out.", "{n} more words not left out.", n)
        said += " " + more.format(n=f"{n:,}")
    title = _("Words for “{answer}”").format(answer=name)
    return (
        f"<h3>{escape(title)}</h3>"
        f"<p>{escape(said)}</p>"
        f'<p class="mc-words">{"".join(spans)}</p>'
        f'<p class="mc-key" aria-hidden="true"><span class="mc-for">{_("speaks for it")}</span>'
        f'<span class="mc-against">{_("speaks against it")}</span></p>'
        f'<p class="mc-hint">{_("Click or tap a word to leave it out.")}</p>'
    )


def _word(text: str, word: WordEffect, effect: ClassEffect) -> str:
    side = "mc-for" if effect.change >= 0 else "mc-against"
    after = text[word.end :]
    rest = text[: word.start] + (after.lstrip() if after[:1].isspace() else after)
    change = signed(100 * effect.change, 0)
    points = escape(_("{points} points").format(points=change))
    leave = escape(_("{points} points, leave it out").format(points=change))
    return (
        f'<button type="button" class="mc-word {side}" data-rest="{escape(rest)}" '
        f'style="--shade:{min(1.0, abs(effect.change) / FULL):.2f}" title="{points}">'
        f'{escape(word.word)}<span class="mc-unseen"> {leave}</span></button>'
    )


def _of(effects: Sequence[ClassEffect], label: str) -> ClassEffect:
    return next(effect for effect in effects if effect.label == label)


def _without(what: str, name: str, effect: ClassEffect, word: str = "") -> str:
    was, now = percent(effect.probability), percent(effect.without)
    stays, falls, rises = _WITHOUT[what]
    said = stays if was == now else falls if effect.change > 0 else rises
    return _(said).format(word=word, answer=name, was=was, now=now)


def render_modalities(found: Modalities, task: Task, label: str) -> str:
    """Say what a class is without the text, without the picture, and without both."""
    name = task.label(label).display
    rows = (("text", found.text), ("picture", found.picture), ("both", found.both))
    lines = "".join(
        f"<li>{escape(_without(what, name, _of(effects[task.key], label)))}</li>"
        for what, effects in rows
    )
    return f'<h3>{_("Text or picture")}</h3><ul class="mc-lines">{lines}</ul>'


def render_neighbours(found: Neighbours, task: Task) -> str:
    """Say how many of the nearest training memes carry a class, and how near they are."""
    title = _("Nearest training memes")
    if found.reason:
        return f'<h3>{title}</h3><p class="mc-hint">{escape(_(found.reason))}</p>'
    line = (
        _("{n} of the {total} nearest are {answer}.")
        if found.base is None
        else _("{n} of the {total} nearest are {answer}; of all {rows} it is {share}.")
    ).format(
        n=found.carrying,
        total=len(found.nearest),
        answer=task.label(found.label).display,
        rows=f"{found.rows:,}",
        share="" if found.base is None else percent(found.base),
    )
    far = _("This meme is far from everything in training.") if found.far else ""
    marks = "".join(
        f'<i class="{"mc-for" if found.label in one.labels.get(task.key, ()) else "mc-against"}" '
        f'title="{_say_near(task, one)}"></i>'
        for one in found.nearest
    )
    said = "".join(f"<p>{escape(part)}</p>" for part in (line, far) if part)
    hint = _("The nearest stands first. Pictures and texts of the training data are not kept.")
    return (
        f'<h3>{title}</h3>{said}<p class="mc-near" aria-hidden="true">{marks}</p>'
        f'<p class="mc-hint">{hint}</p>'
    )


def _say_near(task: Task, one: Neighbour) -> str:
    names = [task.label(name).display for name in one.labels.get(task.key, ())]
    said = _("{answers}, cosine {cosine}").format(
        answers=", ".join(names) or _("none of these"), cosine=f"{one.cosine:.2f}"
    )
    return escape(said)
