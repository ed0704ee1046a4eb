"""Folders of checkpoints: starters, made again from datasets, and the MemeCLIP authors' file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import compress
from pathlib import Path

import numpy as np

from memeclip_core.datasets.folds import split_rows
from memeclip_core.datasets.label_mapping import settle_labels
from memeclip_core.datasets.reader import Row, read_datasets
from memeclip_core.datasets.selection import LOG, drop_straddlers, read_rows
from memeclip_core.experiments.material import CHOOSE_SHARE, DEAL_SEED, find_one_class
from memeclip_core.experiments.replays import join_replay
from memeclip_core.experiments.results import now
from memeclip_core.experiments.starter_recipes import find_starter
from memeclip_core.experiments.workbench import Workbench
from memeclip_core.heads.model import HeadModel
from memeclip_core.models.checkpoints import delete_checkpoint, write_checkpoint
from memeclip_core.models.official_import import import_official, read_official
from memeclip_core.models.selection import judge_task, measure_task
from memeclip_core.tasks import TaskSet
from memeclip_core.training.encoder_facts import tag_encoder
from memeclip_core.training.rows import LabelledRows
from memeclip_core.training.train import train_model


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltStarter:
    """A starter that was written, with how many rows went into it."""

    model: HeadModel
    train: int
    val: int
    dropped: int


def build_starter(bench: Workbench, name: str, dataset: Sequence[Path]) -> BuiltStarter:
    """Train one starter on a dataset and write it, with its replay file, among the checkpoints.

    Everything is chosen on the ``val`` rows; a tenth of the training rows serves where the dataset
    has none. Training rows whose text also stands among them are left out, so that no duplicate
    straddles. An older starter of this name is replaced.

    Raises:
        ConfigError: if the name is none of ``starter_recipes.STARTERS``.
        DatasetError: if a file cannot be used.
    """
    starter = find_starter(name)
    out = bench.settings.checkpoints / name
    bench, task_set = replace(bench, keeps=False).load(), bench.read_task_set(starter.task_set)
    encoder = bench.open_encoder()
    all_train, val_rows = read_parts(task_set, dataset)
    train_rows = drop_straddlers(all_train, val_rows)
    dropped = len(all_train) - len(train_rows)
    with bench.bar(name) as show:
        images = starter.recipe.reads != "text"
        # Retraining replays half-precision features: train and measure on exactly those.
        train, val = (
            halve(bench.encode(task_set, rows, show, with_images=images))
            for rows in (train_rows, val_rows)
        )
        if fault := find_one_class(task_set, train):
            LOG.warning("%s", fault)
        model = train_model(
            task_set,
            train,
            val,
            recipe=starter.recipe,
            encoder=tag_encoder(encoder),
            prompts={task.key: encoder.encode_prompts(task.prompts) for task in task_set},
            judge=judge_task,
            version=name,
            created=now(),
            on_progress=show,
            device=bench.device,
        )
    model = replace(
        model,
        heads={
            key: replace(head, metrics=measure_task(model, key, val))
            for key, head in model.heads.items()
        },
        notes=starter.notes,
        data={"train": len(train), "val": len(val), "dropped_as_duplicates_of_val": dropped},
    )
    if out.exists():
        delete_checkpoint(out)
    texts = [row.text for row in (*train_rows, *val_rows)]
    write_checkpoint(out, model, join_replay(train, val, texts))
    return BuiltStarter(model=model, train=len(train), val=len(val), dropped=dropped)


def read_parts(task_set: TaskSet, dataset: Sequence[Path]) -> tuple[list[Row], list[Row]]:
    """Return the rows to train on and those to choose by.

    Raises:
        DatasetError: if a file cannot be used.
    """
    found = settle_labels(task_set, read_datasets(dataset))
    train = read_rows(found, "train", task_set=task_set)
    val = [row for row in found.rows if row.split == "val"]
    if val:
        return train, val
    aside = split_rows(task_set, train, share=CHOOSE_SHARE, seed=DEAL_SEED)
    kept = [row for row, chosen in zip(train, aside, strict=True) if not chosen]
    return kept, list(compress(train, aside))


def halve(rows: LabelledRows) -> LabelledRows:
    """Round features to half precision, as the replay file stores them."""
    features = rows.features
    image, text = (
        own.astype(np.float16).astype(np.float32) for own in (features.image, features.text)
    )
    return replace(rows, features=replace(features, image=image, text=text))


def import_file(
    bench: Workbench,
    file: Path,
    out: Path,
    *,
    task: str,
    ratio: float | None = None,
    scale: float | None = None,
) -> None:
    """Turn a Lightning checkpoint into a checkpoint folder, whose name is the model's.

    The workbench has the encoder that it was trained on, and one task set; see ``import_official``.

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
