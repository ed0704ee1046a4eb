"""``memeclip retrain``: teach the heads what people corrected."""

from __future__ import annotations

from typing import Annotated

import typer

from memeclip_core.cli.options import open_studio, with_settings
from memeclip_core.cli.rendering import render_comparison, render_job
from memeclip_core.cli.terminal import progress_bar, say, warn
from memeclip_core.config import Settings


@with_settings(tasks=("pridemm",))
def retrain(
    settings: Settings,
    promote: Annotated[
        bool,
        typer.Option("--promote", help="Let the candidate answer at once, unless it is worse."),
    ] = False,
    with_ties: Annotated[
        bool,
        typer.Option(
            "--with-ties", help="Where people are even, learn what the latest of them decided."
        ),
    ] = False,
) -> None:
    """Retrain on the starter's data and all corrections; ends in a candidate.

    The candidate is compared with the active model on the same held-out memes, and answers only
    after 'memeclip models promote'. The exit code is 1 if a retraining was refused or failed.
    """
    studio = open_studio(settings)
    good = True
    for tasks in studio.task_sets:
        with progress_bar(tasks.title) as show:
            job = studio.retrain(studio.owner(), tasks.key, show, ties=with_ties)
        warn(render_job(job))
        if job.state != "done":
            good = False
            continue
        say(render_comparison(job.comparison))
        say(job.candidate)
        made = next(m for m in studio.models(tasks.key) if m.version == job.candidate)
        if made.worse:
            warn(f"{job.candidate} is clearly worse on: {', '.join(made.worse)}")
            warn(f"To let it answer all the same: memeclip models promote {job.candidate} --yes")
        elif promote:
            studio.promote(studio.owner(), job.candidate)
            warn(f"{job.candidate} answers from now on.")
        else:
            warn(f"To let it answer: memeclip models promote {job.candidate}")
    if not good:
        raise typer.Exit(1)
