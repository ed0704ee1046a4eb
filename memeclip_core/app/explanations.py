"""Explanations of a meme by their kind: one way for programs, the command line and HTTP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from memeclip_core.app.studio import Studio
from memeclip_core.app.uploads import ask_upload
from memeclip_core.datasets.sources import Source, read_source
from memeclip_core.errors import InputError
from memeclip_core.records.decision import Person
from memeclip_core.records.explanation import (
    GRID,
    Agreement,
    Asked,
    ExplanationKind,
    HeatMap,
    Modalities,
    Neighbours,
    Rule,
    ScoresBeside,
    WordEffects,
)
from memeclip_core.records.job import Progress

Explanation = (
    ScoresBeside | WordEffects | HeatMap | Modalities | Agreement | Neighbours | dict[str, Rule]
)

KINDS: tuple[ExplanationKind, ...] = get_args(ExplanationKind)


def check_kind(what: str) -> ExplanationKind:
    """Return what is to be explained; raise InputError if there is no such kind."""
    found = next((kind for kind in KINDS if kind == what), None)
    if found is None:
        raise InputError(f"There is no explanation '{what[:80]}'. There are: {', '.join(KINDS)}.")
    return found


def ask_file(
    studio: Studio, image: Path | None, text: str | None, *, no_text: bool, model: str | None
) -> Asked:
    """Return what is asked of an image file, a text, or both, with the first task set on offer.

    Raises:
        ImageError: if the file cannot be read.
        InputError: as ``ask_upload``.
    """
    data = name = None
    if image is not None:
        source = Source(filename=image.name, path=image)
        data, name = read_source(source, max_bytes=studio.settings.max_bytes), image.name
    return ask_upload(studio, data, name or "", text, task_set=None, model=model, no_text=no_text)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenClass:
    """A class of a task, by their names and as people see them."""

    task: str
    title: str
    label: str
    display: str


def choose_class(studio: Studio, asked: Asked, task: str, label: str) -> ChosenClass:
    """Return the class that a person means: blank is the first task, and what was answered there.

    Raises:
        LabelError: if there is no such task or class.
    """
    tasks = studio.task_set(asked.task_set)
    own = tasks.task(task or tasks.keys[0])
    if not label:
        label = studio.explain.rule(asked, task=own.key)[own.key].label
    found = own.label(label)
    return ChosenClass(task=own.key, title=own.title, label=found.name, display=found.display)


def explain_asked(
    studio: Studio,
    who: Person,
    asked: Asked,
    what: ExplanationKind,
    *,
    task: str = "",
    label: str = "",
    grid: int = GRID,
    on_progress: Callable[[Progress], None] | None = None,
) -> Explanation:
    """Return one explanation of a meme; see ``Explainer``.

    Args:
        studio, who, asked: whom to ask, who asks, and of what.
        what: its kind.
        task, label: the class, for neighbours and the rule; "" is the first task, and its answer.
        grid: cells of a heat map along either side.
        on_progress: called between batches; what it raises ends the work.

    Raises:
        LabelError: if there is no such task or class.
    """
    explain = studio.explain
    if what == "scores":
        return explain.scores(asked, on_progress=on_progress)
    if what == "words":
        return explain.words(asked, on_progress=on_progress)
    if what == "picture":
        return explain.picture(asked, grid=grid, on_progress=on_progress)
    if what == "modalities":
        return explain.modalities(asked, on_progress=on_progress)
    if what == "agreement":
        return explain.agreement(asked)
    if what == "neighbours":
        return explain.neighbours(who, asked, task=task, label=label)
    return explain.rule(asked, task=task, label=label)
