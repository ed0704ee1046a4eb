"""``memeclip train``: any head on any dataset, one model per seed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from memeclip_core.cli.options import (
    OWN_TASKS,
    SEEDS,
    SeedsOption,
    SetOption,
    open_workbench,
    read_files,
    with_settings,
    write_config,
)
from memeclip_core.cli.rendering import render_results
from memeclip_core.cli.terminal import say, warn
from memeclip_core.config import Settings
from memeclip_core.experiments.choices import DatasetFiles, Deal


@with_settings(read_files, Deal, tasks=OWN_TASKS)
def train(
    settings: Settings,
    files: DatasetFiles,
    deal: Deal,
    *,
    out: Path,
    head: str | None = None,
    seeds: SeedsOption = None,
    overrides: SetOption = None,
    replay_mb: Annotated[int, typer.Option(min=0)] = 64,
    predictions: Literal["csv", "parquet"] = "csv",
) -> None:
    """Train a head on a dataset: its recipe, unless --set changes it.

    The encoder sees every meme once. What a kill leaves whole is not done again: features are
    kept, and so is every seed that was finished. Rows of the split test are never read.

    Args:
        out (DIR): The folder for the models, one folder per seed, and for config.yaml with the
            options, which --config reads.
        head (NAME): Which published head to train, by its published recipe. Unless given: the
            recipe tuned for the compact encoder, where the task set has one (pridemm, restore,
            axiom, propaganda), else memeclip.
        replay_mb (MB): How much of the training rows' features a model may keep, so that people's
            corrections can be taught to it; 0 keeps none.
        predictions (csv|parquet): The format of the file beside each model with what it says of
            every judged row; with folds, of each row the model that never saw it.
    """
    from memeclip_core.experiments.train_run import train_files

    material, results = train_files(
        open_workbench(settings),
        files,
        deal,
        head=head,
        overrides=overrides or (),
        seeds=tuple(seeds or SEEDS),
        out=out,
        replay_bytes=replay_mb * 1_000_000,
        kind=predictions,
    )
    write_config(out / "config.yaml")
    if material.left_out:
        warn(material.left_out)
    warn(f"Measured on {material.judged_on}:")
    say(render_results(results))
    warn(f"The models and results.json are in {out}.")
