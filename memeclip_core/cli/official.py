"""``memeclip import-official``: the authors' checkpoint in our format."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from memeclip_core.cli.options import open_encoder, with_settings
from memeclip_core.cli.terminal import say
from memeclip_core.cli.workbench import now
from memeclip_core.config import Settings
from memeclip_core.errors import InputError


@with_settings(tasks=("pridemm",))
def import_official(
    settings: Settings,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The authors' .ckpt file.")],
    task: Annotated[
        str, typer.Option(help="What it was trained for: hate, target, stance or humour.")
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="The checkpoint folder to create.")],
    ratio: Annotated[
        float | None,
        typer.Option(help="The adapters' share in training (alpha); the file does not hold it."),
    ] = None,
    scale: Annotated[
        float | None,
        typer.Option(help="The scale of the cosines in training (sigma)."),
    ] = None,
) -> None:
    """Turn a Lightning checkpoint of MemeCLIP's authors into a checkpoint folder.

    Only tensors are read, never code. Name the encoder that it was trained on:
    --encoder openai/clip-vit-large-patch14. Ratio and scale are the published 0.2 and 30, unless
    given.
    """
    from memeclip_core.models.checkpoints import write_checkpoint
    from memeclip_core.models.official_file import read_official
    from memeclip_core.models.official_import import import_official as bring
    from memeclip_core.storage.task_files import read_named_task_set
    from memeclip_core.training.encoder_facts import tag_encoder

    if len(settings.tasks) > 1:
        raise InputError("A checkpoint belongs to one task set. Name one with --tasks.")
    task_set = read_named_task_set(settings.tasks[0], settings.assets)
    tensors = read_official(file)
    model = bring(
        tensors,
        task_set=task_set,
        task=task,
        encoder=tag_encoder(open_encoder(settings)),
        version=out.name,
        created=now(),
        source=file.name,
        ratio=ratio,
        scale=scale,
    )
    write_checkpoint(out, model)
    say(f"Wrote {out}: the head '{task}' of {file.name}, without the frozen CLIP inside.")
