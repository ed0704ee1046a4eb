"""Rebuild the starter models in ``checkpoints/`` from the datasets that they were made from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np

from memeclip_core.datasets.encoded import LOG, drop_straddlers, encode_dataset, read_rows
from memeclip_core.datasets.folds import split_rows
from memeclip_core.datasets.reader import Row
from memeclip_core.encoders.base import Encoder
from memeclip_core.experiments.material import CHOOSE_SHARE, DEAL_SEED, find_one_class
from memeclip_core.experiments.replays import join_replay
from memeclip_core.experiments.results import now
from memeclip_core.experiments.starter_recipes import find_starter
from memeclip_core.experiments.workbench import Workbench
from memeclip_core.heads.model import HeadModel
from memeclip_core.models.checkpoints import delete_checkpoint, write_checkpoint
from memeclip_core.models.selection import judge_task, measure_task
from memeclip_core.records.job import Progress
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


def rebuild_starter(bench: Workbench, name: str, dataset: Sequence[Path]) -> BuiltStarter:
    """Train a starter and put it among the checkpoints; see ``build_starter``."""
    recipe = find_starter(name)
    encoder = bench.open_encoder()
    with bench.bar(name) as show:
        return build_starter(
            name,
            task_set=bench.read_task_set(recipe.task_set),
            encoder=encoder,
            dataset=dataset,
            out=bench.settings.checkpoints / name,
            now=now(),
            on_progress=show,
            device=bench.device,
        )


def build_starter(
    name: str,
    *,
    task_set: TaskSet,
    encoder: Encoder,
    dataset: Sequence[Path],
    out: Path,
    now: datetime,
    on_progress: Callable[[Progress], None] | None = None,
    device: str = "cpu",
) -> BuiltStarter:
    """Train one starter on a dataset's ``train`` rows and write it with its replay file.

    Everything is chosen on the ``val`` rows; a tenth of the training rows serves where the
    dataset has none. Training rows whose text also stands among them are left out, so that no
    duplicate straddles.

    Args:
        name: a key of ``starter_recipes.STARTERS``.
        task_set: the recipe's task set.
        encoder: whose features to train on.
        dataset: the published files, with all splits among them.
        out: the folder to create, called like the starter; an older one there is replaced.
        now: the time of creation.
        on_progress: called while encoding and after every epoch.
        device: ``cpu`` or ``cuda``, to train on.

    Raises:
        ConfigError: on an unknown name.
        DatasetError: if a file cannot be used.
    """
    recipe, notes = find_starter(name).recipe, find_starter(name).notes
    all_train, val_rows = read_parts(task_set, dataset)
    train_rows = drop_straddlers(all_train, val_rows)

    def encode(rows: Sequence[Row]) -> LabelledRows:
        with_images = recipe.reads != "text"
        return encode_dataset(
            encoder, task_set, rows, with_images=with_images, on_progress=on_progress
        )

    # Retraining replays half-precision features: train and measure on exactly those.
    train, val = (halve(encode(rows)) for rows in (train_rows, val_rows))
    if fault := find_one_class(task_set, train):
        LOG.warning("%s", fault)
    tag = tag_encoder(encoder)
    model = train_model(
        task_set,
        train,
        val,
        recipe=recipe,
        encoder=tag,
        prompts={task.key: encoder.encode_prompts(task.prompts) for task in task_set},
        judge=judge_task,
        version=name,
        created=now,
        on_progress=on_progress,
        device=device,
    )
    heads = {
        key: replace(head, metrics=measure_task(model, key, val))
        for key, head in model.heads.items()
    }
    dropped = len(all_train) - len(train_rows)
    model = replace(
        model,
        heads=heads,
        notes=notes,
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
    train = read_rows(dataset, "train", task_set=task_set)
    val = [row for row in read_rows(dataset, task_set=task_set) if row.split == "val"]
    if val:
        return train, val
    aside = split_rows(task_set, train, share=CHOOSE_SHARE, seed=DEAL_SEED)
    return (
        [row for row, chosen in zip(train, aside, strict=True) if not chosen],
        [row for row, chosen in zip(train, aside, strict=True) if chosen],
    )


def halve(rows: LabelledRows) -> LabelledRows:
    """Round features to half precision, as the replay file stores them."""
    features = rows.features
    return replace(
        rows,
        features=replace(
            features,
            image=features.image.astype(np.float16).astype(np.float32),
            text=features.text.astype(np.float16).astype(np.float32),
        ),
    )
