"""``memeclip build-starter`` and ``import-official``: folders of checkpoints."""

from __future__ import annotations

from pathlib import Path

from memeclip_core.cli.options import open_workbench, with_settings
from memeclip_core.cli.terminal import render_metric, say, warn
from memeclip_core.config import Settings


@with_settings()
def build_starter(settings: Settings, name: str, *, dataset: list[Path]) -> None:
    """Train a starter model on its dataset and put it into the folder of --checkpoints.

    Everything is chosen on the rows of the split val, or without any on a tenth of the others. An
    older starter of this name is replaced.

    Args:
        name: pridemm-, propaganda-, restore- or axiom-compact.
        dataset (FILE...): The published files, with the splits train and val among them:
            PrideMM.csv, or train.jsonl and val.jsonl with images/ beside them, or train.json and
            val.json, if there is one.
    """
    from memeclip_core.experiments.checkpoints import build_starter as build

    built = build(open_workbench(settings), name, dataset)
    for task, head in built.model.heads.items():
        for metric in head.metrics:
            say(f"{task}: {render_metric(metric)}")
    warn(
        f"Wrote {settings.checkpoints / name}: {built.train} rows to train on, {built.val} to "
        f"choose by; {built.dropped} left out that also stand among those."
    )


@with_settings(tasks=("pridemm",))
def import_official(
    settings: Settings,
    file: Path,
    *,
    task: str,
    out: Path,
    ratio: float | None = None,
    scale: float | None = None,
) -> None:
    """Turn a Lightning checkpoint of MemeCLIP's authors into a checkpoint folder.

    Only tensors are read, never code. Name the encoder that it was trained on:
    --encoder openai/clip-vit-large-patch14. Ratio and scale are the published 0.2 and 30, unless
    given.

    Args:
        file (FILE): The authors' .ckpt file.
        task: What it was trained for: hate, target, stance or humour.
        out (DIR): The checkpoint folder to create.
        ratio: The adapters' share in training (alpha); the file does not hold it.
        scale: The scale of the cosines in training (sigma).
    """
    from memeclip_core.experiments.checkpoints import import_file

    import_file(open_workbench(settings), file, out, task=task, ratio=ratio, scale=scale)
    say(f"Wrote {out}: the head '{task}' of {file.name}, without the frozen CLIP inside.")
