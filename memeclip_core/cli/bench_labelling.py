"""``memeclip bench-labelling``: how quick labelling is where there is much."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from memeclip_core.cli.options import with_settings
from memeclip_core.cli.terminal import progress_bar, render_table, say
from memeclip_core.config import Settings

if TYPE_CHECKING:
    from memeclip_core.app.labelling_speed import Timing

SMALL = 1_000


@with_settings()
def bench_labelling(
    settings: Settings,
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="A folder to fill; must hold no project yet.")
    ],
    memes: Annotated[int, typer.Option(min=20, help="Memes of the project.")] = 50_000,
    decisions: Annotated[int, typer.Option(min=0, help="Decisions in its log.")] = 200_000,
    turns: Annotated[int, typer.Option(min=20, help="How often each call is timed.")] = 300,
) -> None:
    """Time what annotators and reviewers wait for in a large, made-up project and in a small one.

    The memes have no pictures and random words, predictions and decisions. Both projects stay in
    the folder, which can be deleted. The times are the services', without network and browser.
    """
    from memeclip_core.app.build import build_studio
    from memeclip_core.app.labelling_speed import fill_project, measure_labelling
    from memeclip_core.storage.home import Home
    from memeclip_core.storage.task_files import read_named_task_set

    tasks = read_named_task_set(settings.tasks[0], settings.assets)
    found: list[list[Timing]] = []
    sizes = ((SMALL, 0), (memes, decisions))
    for (number, log), name in zip(sizes, ("small", "large"), strict=True):
        home = Home(folder.resolve() / name).create()
        with progress_bar(f"{number:,} memes") as show:
            fill_project(home, tasks, memes=number, decisions=log, on_progress=show)
        studio = build_studio(replace(settings, home=home.root))
        found.append(list(measure_labelling(studio, tasks, turns=turns)))
    say(f"Milliseconds; small: {SMALL:,} memes, no decision; large: {memes:,} and {decisions:,}.")
    header = ("", "n", "small median", "small p95", "large median", "large p95", "large longest")
    say(render_table(header, [_row(*pair) for pair in zip(*found, strict=True)]))


def _row(small: Timing, large: Timing) -> tuple[str, ...]:
    values = (small.median, small.p95, large.median, large.p95, large.longest)
    return (large.name, str(large.n), *(f"{1000 * value:,.1f}" for value in values))
