"""Explanations of a meme by their kind: one way for programs, the command line and HTTP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from memeclip_core.app.explain.meme_vectors import pack_vectors
from memeclip_core.app.studio import Studio
from memeclip_core.app.uploads import ask_upload
from memeclip_core.datasets.sources import Source, read_source
from memeclip_core.errors import InputError
from memeclip_core.records.decision import Person
from memeclip_core.records.explanation import (
    GRID,
    Agreement,
    Asked,
    Change,
    ExplanationKind,
    HeatMap,
    Modalities,
    Neighbours,
    PictureChange,
    Region,
    Rule,
    ScoresBeside,
    Vectors,
    WordEffects,
)
from memeclip_core.records.job import Progress
from memeclip_core.storage.files import atomic_write

Explanation = (
    ScoresBeside
    | WordEffects
    | HeatMap
    | PictureChange
    | Modalities
    | Agreement
    | Neighbours
    | dict[str, Rule]
    | Vectors
)

KINDS: tuple[ExplanationKind, ...] = get_args(ExplanationKind)


def check_kind(what: str) -> ExplanationKind:
    """Return what is to be explained; raise InputError if there is no such kind."""
    found = next((kind for kind in KINDS if kind == what), None)
    if found is None:
        raise InputError(f"There is no explanation '{what[:80]}'. There are: {', '.join(KINDS)}.")
    return found


def read_region(words: str) -> Region:
    """Return a region that is written as its four sides: ``0.1,0.2,0.5,0.6``.

    Raises:
        InputError: if it is not.
    """
    try:
        left, top, right, bottom = map(float, words.split(","))
    except ValueError:
        raise InputError(
            f"The region is '{words[:80]}'; it takes left, top, right and bottom as shares of the "
            "picture, such as 0.1,0.2,0.5,0.6."
        ) from None
    return left, top, right, bottom


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


def name_change(studio: Studio, region: str, other: Path | None) -> Change:
    """Return a change of a picture: a region as ``read_region`` takes it, or an image file."""
    data = None
    if other is not None:
        source = Source(filename=other.name, path=other)
        data = read_source(source, max_bytes=studio.settings.max_bytes)
    return Change(region=read_region(region) if region else None, other=data)


def write_vectors(path: Path, found: Explanation) -> None:
    """Write a meme's vectors to an ``.npz`` file.

    Raises:
        InputError: if something else was explained, or the file has another ending.
    """
    if not isinstance(found, Vectors) or path.suffix != ".npz":
        raise InputError("A file takes '--what vectors', and its name ends in .npz.")
    atomic_write(path, pack_vectors(found))


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
    change: Change | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Explanation:
    """Return one explanation of a meme; see ``Explainer``.

    Args:
        studio, who, asked: whom to ask, who asks, and of what.
        what: its kind.
        task, label: the class, for neighbours and the rule; "" is the first task, and its answer.
        grid: cells of a heat map along either side.
        change: what is to be changed of the picture.
        on_progress: called between batches; what it raises ends the work.

    Raises:
        LabelError: if there is no such task or class.
        InputError: if a change is wanted and none or two are named.
    """
    explain = studio.explain
    if what == "scores":
        return explain.scores(asked, on_progress=on_progress)
    if what == "words":
        return explain.words(asked, on_progress=on_progress)
    if what == "picture":
        return explain.picture(asked, grid=grid, on_progress=on_progress)
    if what == "change":
        return explain.change(asked, change or Change())
    if what == "vectors":
        return explain.vectors(asked)
    if what == "modalities":
        return explain.modalities(asked, on_progress=on_progress)
    if what == "agreement":
        return explain.agreement(asked)
    if what == "neighbours":
        return explain.neighbours(who, asked, task=task, label=label)
    return explain.rule(asked, task=task, label=label)
