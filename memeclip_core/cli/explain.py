"""``memeclip explain``: why a model answers as it does for one meme."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from memeclip_core.cli.explanations import render_cost, render_explanation
from memeclip_core.cli.options import open_studio, with_settings
from memeclip_core.cli.terminal import progress_bar, say, warn
from memeclip_core.config import Settings
from memeclip_core.records.schemas import to_json


@with_settings(tasks=("pridemm",))
def explain(
    settings: Settings,
    image: Path | None = None,
    *,
    text: str | None = None,
    no_text: bool = False,
    what: str = "words",
    task: str = "",
    label: str = "",
    model: str | None = None,
    paint_out: str = "",
    other: Path | None = None,
    out: Path | None = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Say why a model answers as it does for one meme, and before that what it takes.

    words: what each word adds (left out one at a time). picture: what each place adds (hidden one
    at a time). change: what becomes of the answers with a region painted out, or with another
    picture. modalities: what text and picture add. agreement: how near they lie to each other.
    neighbours: the nearest training memes for and against. scores: all models side by side. rule:
    from cosines to a probability, in numbers. vectors: what the encoder makes of the meme.

    Args:
        image (IMAGE): The meme's image file; none for a text alone.
        text: The meme's text, instead of reading it off the image.
        no_text: There is no text on the image: read none.
        what (words|picture|change|modalities|agreement|neighbours|scores|rule|vectors): What is
            to be explained.
        task (KEY): The question, such as hate; else the first of the task set.
        label: The class that is explained; else the one that was answered.
        model: A version from 'memeclip models list', or zero-shot; else the active one.
        paint_out (LEFT,TOP,RIGHT,BOTTOM): For a change: the region, in shares of the picture, such
            as 0.1,0.2,0.5,0.6.
        other (IMAGE): For a change: the picture that takes the place of the meme's.
        out (FILE.npz): Write the vectors to this file.
        as_json: Print JSON: everything, with all classes of all questions.
    """
    from memeclip_core.app.explain.explanations import (
        ask_file,
        check_kind,
        choose_class,
        explain_asked,
        name_change,
        write_vectors,
    )

    kind = check_kind(what)
    studio = open_studio(settings)
    asked = ask_file(studio, image, text, no_text=no_text, model=model)
    change = name_change(studio, paint_out, other)
    cost = studio.explain.cost(asked, kind)
    if not cost.reason:
        warn(render_cost(cost))
    chosen = choose_class(studio, asked, task, label)
    with progress_bar(kind.capitalize()) as show:
        found = explain_asked(
            studio, studio.owner(), asked, kind, task=task, label=label, change=change,
            on_progress=show,
        )  # fmt: skip
    if out is not None:
        write_vectors(out, found)
        warn(f"Wrote the vectors to {out}.")
    elif as_json:
        say(to_json(found, indent=2).decode().rstrip())
    else:
        say(render_explanation(found, chosen))
