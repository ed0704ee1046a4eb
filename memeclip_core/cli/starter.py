"""``memeclip build-starter``: make a starter model again from its dataset."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from memeclip_core.cli.options import open_encoder, with_settings
from memeclip_core.cli.terminal import progress_bar, render_metric, say, warn
from memeclip_core.config import Settings
from memeclip_core.errors import ConfigError


@with_settings()
def build_starter(
    settings: Settings,
    name: Annotated[str, typer.Argument(help="pridemm-, propaganda-, restore- or axiom-compact.")],
    dataset: Annotated[
        list[Path],
        typer.Option(
            metavar="FILE...",
            help="The published files, with the splits train and val among them: PrideMM.csv, or "
            "train.jsonl and val.jsonl with images/ beside them, or train.json and val.json, if "
            "there is one.",
        ),
    ],
) -> None:
    """Train a starter model on its dataset and put it into the folder of --checkpoints.

    Everything is chosen on the rows of the split val, or without any on a tenth of the others. An
    older starter of this name is replaced.
    """
    from memeclip_core.app.build import choose_device
    from memeclip_core.experiments import starter
    from memeclip_core.experiments.starter_recipes import STARTERS
    from memeclip_core.storage.task_files import read_named_task_set

    if name not in STARTERS:
        raise ConfigError(f"Unknown starter '{name}'. Known: {', '.join(STARTERS)}.")
    folder = settings.checkpoints / name
    encoder = open_encoder(settings)
    with progress_bar(name) as show:
        built = starter.build_starter(
            name,
            task_set=read_named_task_set(STARTERS[name].task_set, settings.assets),
            encoder=encoder,
            dataset=dataset,
            out=folder,
            now=datetime.now(UTC),
            on_progress=show,
            device=choose_device(settings),
        )
    for task, head in built.model.heads.items():
        for metric in head.metrics:
            say(f"{task}: {render_metric(metric)}")
    warn(
        f"Wrote {folder}: {built.train} rows to train on, {built.val} to choose by; "
        f"{built.dropped} left out that also stand among those."
    )
