"""``memeclip train``: any head on any dataset, one model per seed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from memeclip_core.cli.options import open_captioner, open_encoder, with_settings
from memeclip_core.cli.terminal import progress_bar, say, warn
from memeclip_core.cli.workbench import (
    OWN_TASKS,
    SEEDS,
    ColumnsOption,
    DatasetOption,
    DealAnewOption,
    FoldsOption,
    ImagesOption,
    KeepDuplicatesOption,
    SeedsOption,
    SetOption,
    begin,
    choose_tasks,
    now,
    open_cache,
    read_columns,
    render_results,
)
from memeclip_core.config import Settings


@with_settings(tasks=OWN_TASKS)
def train(
    settings: Settings,
    dataset: DatasetOption,
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="The folder for the models, one folder per seed.")
    ],
    head: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Which published head to train, by its published recipe. Unless given: the "
            "recipe tuned for the compact encoder, where the task set has one (pridemm, restore, "
            "axiom, propaganda), else memeclip.",
        ),
    ] = None,
    images: ImagesOption = None,
    columns: ColumnsOption = None,
    seeds: SeedsOption = None,
    changes: SetOption = None,
    folds: FoldsOption = None,
    deal_anew: DealAnewOption = False,
    keep_duplicates: KeepDuplicatesOption = False,
    replay_mb: Annotated[
        int,
        typer.Option(
            metavar="MB",
            min=0,
            help="How much of the training rows' features a model may keep, so that people's "
            "corrections can be taught to it; 0 keeps none.",
        ),
    ] = 64,
) -> None:
    """Train a head on a dataset: its recipe, unless --set changes it.

    The encoder sees every meme once. What a kill leaves whole is not done again: features are
    kept, and so is every seed that was finished. Rows of the split test are never read.
    """
    from memeclip_core.app.build import choose_device
    from memeclip_core.experiments.material import read_material
    from memeclip_core.experiments.overrides import read_recipe
    from memeclip_core.experiments.train_run import train_runs
    from memeclip_core.heads.registry import find_needs

    if head is not None:
        read_recipe(head, changes or [])  # its faults are told before the dataset is read
    column_map = read_columns(columns)
    task_set = choose_tasks(settings, dataset, column_map)
    recipe = read_recipe(head, changes or [], task_set=task_set.key)
    needs = find_needs(recipe.head, recipe.config)
    captioner = open_captioner(settings, needs)
    encoder = open_encoder(settings)
    with progress_bar("encoding") as show:
        material = read_material(
            encoder,
            task_set,
            dataset,
            images=images,
            columns=column_map,
            with_images="image" in recipe.reads,
            needs=needs,
            captioner=captioner,
            folds=folds,
            deal_anew=deal_anew,
            keep_duplicates=keep_duplicates,
            cache=open_cache(settings),
            on_progress=show,
            device=choose_device(settings),
        )
    with progress_bar(recipe.head) as show:
        results = train_runs(
            material,
            recipe,
            tuple(seeds or SEEDS),
            out=out,
            fresh=begin("train"),
            now=now,
            replay_bytes=replay_mb * 1_000_000,
            on_progress=show,
        )
    if material.left_out:
        warn(material.left_out)
    warn(f"Measured on {material.judged_on}:")
    say(render_results(results))
    warn(f"The models and results.json are in {out}.")
