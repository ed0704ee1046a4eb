"""The checkpoint of MemeCLIP's authors, in this program's format."""

from __future__ import annotations

from pathlib import Path

from memeclip_core.experiments.results import now
from memeclip_core.experiments.workbench import Workbench
from memeclip_core.models.checkpoints import write_checkpoint
from memeclip_core.models.official_file import read_official
from memeclip_core.models.official_import import import_official
from memeclip_core.training.encoder_facts import tag_encoder


def import_file(
    bench: Workbench,
    file: Path,
    out: Path,
    *,
    task: str,
    ratio: float | None = None,
    scale: float | None = None,
) -> None:
    """Turn a Lightning checkpoint into a checkpoint folder; see ``import_official``.

    Args:
        bench: with the encoder that it was trained on, and one task set.
        file: the authors' file.
        out: the folder to create; its name is the model's.
        task, ratio, scale: what the file does not say.

    Raises:
        CheckpointError: if it cannot be read, or does not fit.
    """
    task_set = bench.choose_task_set()
    tensors = read_official(file)
    model = import_official(
        tensors,
        task_set=task_set,
        task=task,
        encoder=tag_encoder(bench.open_encoder()),
        version=out.name,
        created=now(),
        source=file.name,
        ratio=ratio,
        scale=scale,
    )
    write_checkpoint(out, model)
