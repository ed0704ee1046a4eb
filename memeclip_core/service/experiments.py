"""A dataset made ready for training and judging: encoded once, dealt into parts.

Rows of the split ``test`` never come in here: ``read_material`` has no way to ask for them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from memeclip_core.encoders.base import Encoder
from memeclip_core.encoders.captioning import Captioner
from memeclip_core.errors import DatasetError
from memeclip_core.features import VECTORS, Needs
from memeclip_core.records import Progress
from memeclip_core.service.datasets import encode_dataset, read_rows, row_id
from memeclip_core.service.encoder_facts import EncoderFacts, describe_encoder
from memeclip_core.service.folds import fold_rows, group_rows, split_rows
from memeclip_core.service.row_features import check_needs
from memeclip_core.stores.datasets import Row
from memeclip_core.stores.feature_cache import FeatureCache
from memeclip_core.tasks import TaskSet
from memeclip_core.training.rows import LabelledRows

TRAIN_SPLITS = ("train", "")
CHOOSE = "val"
FOLDS = 5
"""How many folds a dataset without validation rows gets."""

CHOOSE_SHARE = 0.1
"""How much of a fold's training rows is set aside to choose epoch and threshold on."""

DEAL_SEED = 0
"""Every head and every training seed meets the same folds, so that they can be compared."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Part:
    """Places of rows: to learn from, to choose epoch and threshold on, and to judge on."""

    learn: np.ndarray
    choose: np.ndarray
    judge: np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Material:
    """A dataset, encoded and dealt.

    Attributes:
        task_set: the tasks that have labels here.
        encoder: whose features these are.
        rows: N rows.
        places: where each row stands, in words: "train.jsonl, line 7".
        parts: one where there are validation rows, else one per fold.
        whole: the part that a final model is trained on; nothing is judged on it with folds.
        data: counts and hash, for manifests.
        device: ``cpu`` or ``cuda``, to train heads on.
    """

    task_set: TaskSet
    encoder: EncoderFacts
    rows: LabelledRows
    places: tuple[str, ...]
    parts: tuple[Part, ...]
    whole: Part
    data: dict[str, Any]
    device: str = "cpu"

    @property
    def judged_on(self) -> str:
        """What figures of this material are measured on, in words."""
        if len(self.parts) == 1:
            return "the validation rows, on which epoch and threshold were chosen too"
        return f"{len(self.parts)} folds of the training rows, each judged by a model without it"


def read_material(
    encoder: Encoder,
    task_set: TaskSet,
    dataset: Sequence[Path],
    *,
    images: Path | None = None,
    columns: Mapping[str, str] | None = None,
    with_images: bool = True,
    needs: Needs = VECTORS,
    captioner: Captioner | None = None,
    folds: int | None = None,
    cache: FeatureCache | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    device: str = "cpu",
) -> Material:
    """Read, encode and deal a dataset.

    Args:
        encoder: whose features to train on.
        task_set: what to learn; tasks without a label in the dataset are left out.
        dataset: files or folders of one format.
        images: the folder of the images; ``None`` looks beside the files.
        columns: what the columns of a generic file are; see ``read_column_map``.
        with_images: whether to look for images.
        needs: what the head reads beyond one vector per image and text.
        captioner: what writes captions, where they are needed.
        folds: how many folds of the training rows; ``None`` takes the validation rows where
            there are any, and else ``FOLDS`` folds.
        cache: keeps features between runs.
        on_progress: called while encoding.
        device: ``cpu`` or ``cuda``, to train heads on.

    Raises:
        DatasetError: if a file cannot be used, or nothing in it can be learnt from.
        EncoderError: if encoder and captioner do not give what is needed.
    """
    check_needs(encoder, needs, captioner)
    every = read_rows(dataset, task_set=task_set, images=images, columns=columns)
    rows = [row for row in every if row.split in (*TRAIN_SPLITS, CHOOSE)]
    if not any(row.split in TRAIN_SPLITS for row in rows):
        found = ", ".join(sorted({row.split for row in every}))
        raise DatasetError(f"There is no row to train on: no split 'train' among {found}.")
    labelled = encode_dataset(
        encoder,
        task_set,
        rows,
        with_images=with_images,
        needs=needs,
        captioner=captioner,
        cache=cache,
        on_progress=on_progress,
    )
    task_set = keep_labelled(task_set, labelled)
    has_val = any(row.split == CHOOSE for row in rows)
    contents = _list_contents(rows, labelled)
    if has_val and folds is None:
        whole = _split_published(rows, contents)
        parts: tuple[Part, ...] = (whole,)
    else:
        parts, whole = _deal(task_set, rows, contents, FOLDS if folds is None else folds)
    return Material(
        task_set=task_set,
        encoder=describe_encoder(encoder, task_set, needs=needs, captioner=captioner),
        rows=labelled,
        places=tuple(row.place for row in rows),
        parts=parts,
        whole=whole,
        data={
            "files": [path.name for path in dataset],
            "rows": len(rows),
            "train": len(whole.learn),
            "val": len(whole.choose),
            "folds": len(parts) if len(parts) > 1 else 0,
            "with_image": int(labelled.features.has_image.sum()),
            "hash": hash_rows(rows),
        },
        device=device,
    )


def keep_labelled(task_set: TaskSet, rows: LabelledRows) -> TaskSet:
    """Return the task set without the tasks that no row is labelled for.

    Raises:
        DatasetError: if none is left.
    """
    tasks = tuple(task for task in task_set if len(rows.for_task(task.key)))
    if not tasks:
        raise DatasetError(
            f"No row is labelled for any task of '{task_set.key}' ({', '.join(task_set.keys)}). "
            "Name the task set that belongs to the dataset with --tasks."
        )
    return replace(task_set, tasks=tasks)


def hash_rows(rows: Sequence[Row]) -> str:
    """Return a SHA-256 over texts, names, labels and splits, in order."""
    digest = hashlib.sha256()
    for row in rows:
        facts = (row_id(row), row.name, row.split, *sorted(map(str, row.labels.items())))
        digest.update("\0".join(facts).encode("utf-8", errors="surrogatepass"))
        digest.update(b"\n")
    return digest.hexdigest()


def _list_contents(rows: Sequence[Row], labelled: LabelledRows) -> list[str | None]:
    features = labelled.features
    return [features.ids[i] if features.has_image[i] else None for i, _ in enumerate(rows)]


def _split_published(rows: Sequence[Row], contents: Sequence[str | None]) -> Part:
    """Take the published splits; training rows that also stand in validation are left out."""
    groups = np.array(group_rows(rows, contents))
    val = np.array([row.split == CHOOSE for row in rows])
    learn = ~val & ~np.isin(groups, groups[val])
    chosen = np.flatnonzero(val)
    return Part(learn=np.flatnonzero(learn), choose=chosen, judge=chosen)


def _deal(
    task_set: TaskSet, rows: Sequence[Row], contents: Sequence[str | None], folds: int
) -> tuple[tuple[Part, ...], Part]:
    """Deal the training rows into folds; each fold's model chooses on a tenth of the others."""
    usable = np.array([i for i, row in enumerate(rows) if row.split in TRAIN_SPLITS])
    picked, own = _pick(rows, contents, usable)
    fold_of = np.array(fold_rows(task_set, picked, folds=folds, seed=DEAL_SEED, contents=own))
    parts = []
    for fold in range(folds):
        part = _set_aside(task_set, rows, contents, usable[fold_of != fold])
        parts.append(replace(part, judge=usable[fold_of == fold]))
    return tuple(parts), _set_aside(task_set, rows, contents, usable)


def _set_aside(
    task_set: TaskSet, rows: Sequence[Row], contents: Sequence[str | None], usable: np.ndarray
) -> Part:
    picked, own = _pick(rows, contents, usable)
    aside = np.array(split_rows(task_set, picked, share=CHOOSE_SHARE, seed=DEAL_SEED, contents=own))
    return Part(learn=usable[~aside], choose=usable[aside], judge=usable[:0])


def _pick(
    rows: Sequence[Row], contents: Sequence[str | None], places: np.ndarray
) -> tuple[list[Row], list[str | None]]:
    return [rows[i] for i in places], [contents[i] for i in places]
