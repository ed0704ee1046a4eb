"""Explanations as text for a terminal: pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from memeclip_core.cli.terminal import printable, render_table
from memeclip_core.records.explanation import (
    Agreement,
    ClassEffect,
    Cost,
    HeatMap,
    Modalities,
    Neighbour,
    Neighbours,
    PictureChange,
    ScoresBeside,
    Vectors,
    WordEffects,
)
from memeclip_core.tasks import lead_in

if TYPE_CHECKING:
    from memeclip_core.app.explain.explanations import ChosenClass, Explanation


def render_cost(cost: Cost) -> str:
    """Say what an explanation takes."""
    texts = f"{cost.texts} text{'s' * (cost.texts != 1)}"
    pictures = f"{cost.pictures} picture{'s' * (cost.pictures != 1)}"
    return (
        f"At most {texts} and {pictures} go through the encoder, which takes about "
        f"{cost.seconds:.1f} s."
    )


def render_explanation(found: Explanation, chosen: ChosenClass) -> str:
    """Return an explanation of one class, and of all that is not about a class."""
    if isinstance(found, WordEffects):
        return found.reason or _words(found, chosen)
    if isinstance(found, HeatMap):
        return found.reason or _places(found, chosen)
    if isinstance(found, Modalities):
        return _modalities(found, chosen)
    if isinstance(found, Agreement):
        return _agreement(found)
    if isinstance(found, Neighbours):
        return found.reason or _neighbours(found)
    if isinstance(found, ScoresBeside):
        return _scores(found)
    if isinstance(found, PictureChange):
        return found.reason or _change(found, chosen)
    if isinstance(found, Vectors):
        return _vectors(found)
    return "\n".join(f"{task}, {rule.label}: {rule.sentence}" for task, rule in found.items())


def _words(found: WordEffects, chosen: ChosenClass) -> str:
    rows = [(printable(word.word), *_numbers(_pick(word.tasks, chosen))) for word in found.words]
    more = f"\n{found.beyond} more words were not left out." if found.beyond else ""
    return _title(found.model, chosen) + render_table(_header("word"), rows) + more


def _modalities(found: Modalities, chosen: ChosenClass) -> str:
    parts = {"text": found.text, "picture": found.picture, "both": found.both}
    rows = [(name, *_numbers(_pick(tasks, chosen))) for name, tasks in parts.items()]
    return _title(found.model, chosen) + render_table(_header(f"reads {found.reads}"), rows)


def _change(found: PictureChange, chosen: ChosenClass) -> str:
    rows = [
        (one.display, f"{one.probability:.4f}", f"{one.without:.4f}", f"{-one.change:+.4f}")
        for one in found.tasks[chosen.task]
    ]
    header = ("class", "before", "after", "change")
    return f"{chosen.title}. Model {found.model}.\n" + render_table(header, rows)


def _vectors(found: Vectors) -> str:
    rows = [
        (name.replace("_", " "), str(len(row)), f"{math.hypot(*row):.4f}")
        for name in ("image", "text", "shared_image", "shared_text")
        if (row := getattr(found, name)) is not None
    ]
    title = f"Vectors of {found.meme[:12]} by {found.encoder} ({found.fingerprint[:12]}).\n"
    more = "\n--json prints them, and --out FILE.npz writes them."
    return title + render_table(("vector", "numbers", "length"), rows) + more


def _places(found: HeatMap, chosen: ChosenClass) -> str:
    cells = found.maps[chosen.task][chosen.label]
    lines = ["  ".join(f"{100 * cell:+6.1f}" for cell in row) for row in cells]
    return (
        _title(found.model, chosen)
        + "What each place of the picture adds, in points of a hundred:\n"
        + "\n".join(lines)
    )


def _agreement(found: Agreement) -> str:
    lines = (
        [] if found.cosine is None else [f"Picture and text have a cosine of {found.cosine:+.4f}."]
    )
    if found.training is not None:
        low, _, middle, _, high = found.training.quantiles
        lines.append(
            f"Of {found.training.n:,} training memes of {found.training.source}, half lie below "
            f"{middle:+.4f}, and nine of ten between {low:+.4f} and {high:+.4f}."
        )
    if found.below is not None:
        lines.append(f"{found.below:.0%} of them lie below this meme.")
    return "\n".join([*lines, *([found.reason] if found.reason else [])])


def _neighbours(found: Neighbours) -> str:
    lines = [
        f"{found.carrying} of the {len(found.nearest)} nearest training memes are {found.label} "
        f"(of all {found.rows:,}: {found.base or 0:.0%}). Model {found.model}."
    ]
    if found.far:
        lines.append("This meme is far from everything in training.")
    for title, rows in (("For", found.supporting), ("Against", found.opposing)):
        lines.append(f"{lead_in(title)} {_distances(rows, found.task)}")
    return "\n".join(lines)


def _distances(rows: Sequence[Neighbour], task: str) -> str:
    return "; ".join(
        f"{row.distance:.3f} {', '.join(row.labels[task])}" + (f" {row.meme[:12]}" * bool(row.meme))
        for row in rows[:5]
    )


def _scores(found: ScoresBeside) -> str:
    lines = []
    for task in found.tasks:
        said = "they answer differently" if task.differ else "they answer alike"
        lines.append(f"{lead_in(task.title)} {said}, at most {100 * task.spread:.0f} points apart")
        header = ("class", *(f"{one.version} ({one.role})" for one in found.models))
        rows = [
            (row.display, *(_share(row.probabilities, one.version) for one in found.models))
            for row in task.classes
        ]
        lines += [render_table(header, rows), ""]
    lines += [f"{version}: {reason}" for version, reason in found.left_out.items()]
    return "\n".join(lines).rstrip()


def _share(probabilities: Mapping[str, float], version: str) -> str:
    return f"{probabilities[version]:.4f}" if version in probabilities else ""


def _title(model: str, chosen: ChosenClass) -> str:
    return f"{lead_in(chosen.title)} {chosen.display}. Model {model}.\n"


def _header(first: str) -> tuple[str, ...]:
    return (first, "with", "without", "adds", "cosine adds")


def _pick(tasks: Mapping[str, tuple[ClassEffect, ...]], chosen: ChosenClass) -> ClassEffect:
    return next(one for one in tasks[chosen.task] if one.label == chosen.label)


def _numbers(one: ClassEffect) -> tuple[str, ...]:
    return (
        f"{one.probability:.4f}",
        f"{one.without:.4f}",
        f"{one.change:+.4f}",
        f"{one.cosine_change:+.4f}",
    )
