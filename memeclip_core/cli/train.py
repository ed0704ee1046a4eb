"""``memeclip train``: any head on any dataset, one model per seed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from memeclip_core.cli.dataset import render_label_report
from memeclip_core.cli.options import (
    OWN_TASKS,
    SEEDS,
    SeedsOption,
    SetOption,
    open_workbench,
    read_files,
    read_other_set,
    with_settings,
    write_config,
)
from memeclip_core.cli.rendering import render_results
from memeclip_core.cli.terminal import say, warn
from memeclip_core.config import Settings
from memeclip_core.experiments.choices import DatasetFiles, Deal, OtherSet

if TYPE_CHECKING:
    from memeclip_core.experiments.workbench import Workbench


@with_settings(read_files, Deal, read_other_set, tasks=OWN_TASKS)
def train(
    settings: Settings,
    files: DatasetFiles,
    deal: Deal,
    other: OtherSet | None,
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

    With --test-dataset, how both sets' values are read as labels is said first, and each model is
    tested on the other set when it is whole. Rows of it that also stand among the training and
    validation rows, with the same text (or nearly) and the same or no picture, are left out.

    Args:
        out (DIR): The folder for the models, one folder per seed, and for config.yaml with the
            options, which --config reads.
        head (NAME): Which published head to train, by its published recipe. Unless given: the
            recipe tuned for the compact encoder, where the task set has one (pridemm, restore,
            axiom, propaganda), else memeclip.
        replay_mb (MB): How much of the training rows' features a model may keep, so that people's
            corrections can be taught to it; 0 keeps none.
        predictions (csv|parquet): The format of the file beside each model with what it says of
            every judged row; with folds, of each row the model that never saw it. What it says of
            another set is test-predictions beside it.
    """
    from memeclip_core.experiments.train_run import TESTED_ON, train_files

    bench = open_workbench(settings)
    if other is not None:
        _say_labels(bench, files, other)
    material, results = train_files(
        bench,
        files,
        deal,
        head=head,
        overrides=overrides or (),
        seeds=tuple(seeds or SEEDS),
        out=out,
        replay_bytes=replay_mb * 1_000_000,
        kind=predictions,
        other=other,
    )
    write_config(out / "config.yaml")
    if material.left_out:
        warn(material.left_out)
    warn(f"Measured on {material.judged_on}:")
    if other is not None:
        warn(_describe_other(results.facts[TESTED_ON]))
    say(render_results(results))
    warn(f"The models and results.json are in {out}.")


def _say_labels(bench: Workbench, files: DatasetFiles, other: OtherSet) -> None:
    """Say how the values of both sets are read as labels."""
    from memeclip_core.experiments.ground import report_labels

    for report in report_labels(bench, files, other):
        warn(f"{render_label_report(report)}\n")


def _describe_other(data: Mapping[str, Any]) -> str:
    """Say on which rows of another set models were tested, by the facts of results."""
    left = (
        f"; {data['left_out']:,} that also stand among the training and validation rows are left "
        "out"
        if data["left_out"]
        else ""
    )
    which = "all rows" if data["split"] == "all" else f"the split {data['split']}"
    return f"Tested, when whole, on {which} of {', '.join(data['files'])}: {data['rows']:,}{left}."
