"""``memeclip models`` and ``retrain``: which model answers, and the next one."""

from __future__ import annotations

from typing import Annotated

import typer

from memeclip_core.cli.options import open_studio, with_settings
from memeclip_core.cli.rendering import render_comparison, render_job, render_models
from memeclip_core.cli.terminal import progress_bar, say, warn
from memeclip_core.config import Settings

Version = Annotated[str, typer.Argument(help="A version from 'memeclip models list'.")]


@with_settings()
def list_models(settings: Settings) -> None:
    """Print the models of every task set, the active one first."""
    studio = open_studio(settings)
    for tasks in studio.task_sets:
        status = studio.status(tasks.key)
        say(f"{tasks.title} ({tasks.key}): {status.corrected} corrected memes, {status.new} new")
        if status.unread:
            say(f"{status.unread} memes have labels that the heads do not know")
        models = studio.models(tasks.key)
        say(render_models(models) if models else "no trained model for this encoder")
        for note in status.notes:
            say(f"Note: {note}")
        say("")


@with_settings()
def promote(settings: Settings, version: Version, *, yes: bool = False) -> None:
    """Let a model answer from now on; one that was clearly worse only with --yes.

    Args:
        yes: Promote it even if it was clearly worse.
    """
    studio = open_studio(settings)
    model = studio.promote(studio.owner(), version, although_worse=yes)
    warn(f"{model.version} answers for {model.task_set} from now on.")


@with_settings()
def discard(settings: Settings, version: Version) -> None:
    """Delete a retrained model that is not active."""
    studio = open_studio(settings)
    studio.discard(studio.owner(), version)
    warn(f"{version} is deleted.")


@with_settings(tasks=("pridemm",))
def roll_back(settings: Settings) -> None:
    """Let the model that was active before answer again."""
    studio = open_studio(settings)
    for tasks in studio.task_sets:
        model = studio.roll_back(studio.owner(), tasks.key)
        warn(f"{model.version} answers for {model.task_set} again.")


@with_settings(tasks=("pridemm",))
def retrain(settings: Settings, *, promote: bool = False, with_ties: bool = False) -> None:
    """Retrain on the starter's data and all corrections; ends in a candidate.

    The candidate is compared with the active model on the same held-out memes, and answers only
    after 'memeclip models promote'. The exit code is 1 if a retraining was refused or failed.

    Args:
        promote: Let the candidate answer at once, unless it is worse.
        with_ties: Where people are even, learn what the latest of them decided.
    """
    from memeclip_core.app.changes import say_changes

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
        for line in say_changes(studio.loop.flips(studio.owner(), job.id), tasks):
            say(line)
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
