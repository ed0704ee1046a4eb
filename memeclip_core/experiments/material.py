"""A dataset made ready for training and judging: encoded once, dealt into parts.

Rows of the split ``test`` never come in here: ``read_material`` has no way to ask for them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from memeclip_core.datasets.duplicates import find_copies
from memeclip_core.datasets.folds import (
    fold_rows,
    group_rows,
    group_texts,
    list_contents,
    split_rows,
)
from memeclip_core.datasets.reader import Row
from memeclip_core.datasets.row_features import row_id
from memeclip_core.datasets.selection import read_rows
from memeclip_core.encoders.features import VECTORS, Needs
from memeclip_core.errors import DatasetError
from memeclip_core.experiments.answers import RowFacts, list_facts
from memeclip_core.experiments.choices import DatasetFiles, Deal
from memeclip_core.experiments.workbench import Workbench, read_files
from memeclip_core.tasks import TaskSet
from memeclip_core.training.encoder_facts import EncoderFacts, describe_encoder
from memeclip_core.training.rows import LabelledRows

TRAIN_SPLITS = ("train", "")
CHOOSE = "val"
FOLDS = 5
"""How many folds a dataset without validation rows gets."""

CHOOSE_SHARE = 0.1
"""How much of a fold's training rows is set aside to choose epoch and threshold on."""

DEAL_SEED = 0
"""Every head meets the same folds, so that they can be compared; so does every training seed,
unless the folds are dealt anew for each."""


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
        memes: the rows as the dataset has them.
        texts: the text of each row.
        places: where each row stands, in words: "train.jsonl, line 7".
        groups: (N,), the same number for near duplicates.
        parts: one where there are validation rows, else one per fold.
        whole: the part that a final model is trained on; nothing is judged on it with folds.
        data: counts and hash, for manifests.
        device: ``cpu`` or ``cuda``, to train heads on.
        facts: what each row is known by.
        deal: training seed → parts, where the folds are dealt anew for each; else ``None``.
    """

    task_set: TaskSet
    encoder: EncoderFacts
    rows: LabelledRows
    memes: tuple[Row, ...]
    texts: tuple[str, ...]
    places: tuple[str, ...]
    groups: np.ndarray
    parts: tuple[Part, ...]
    whole: Part
    data: dict[str, Any]
    facts: tuple[RowFacts, ...]
    device: str = "cpu"
    deal: Callable[[int], tuple[Part, ...]] | None = None

    def parts_of(self, seed: int) -> tuple[Part, ...]:
        """Return the parts that a training seed meets."""
        return self.parts if self.deal is None else self.deal(seed)

    @property
    def judged_on(self) -> str:
        """What figures of this material are measured on, in words."""
        if len(self.parts) == 1:
            return "the validation rows, on which epoch and threshold were chosen too"
        deal = "all seeds share one deal" if self.deal is None else "every seed deals anew"
        return (
            f"{len(self.parts)} folds of the training rows, each judged by a model without it that "
            f"chose on other rows; {deal}"
        )

    @property
    def left_out(self) -> str:
        """How many training rows are not learnt from, in words; "" if none."""
        count = self.data["left_out"]
        return (
            f"{count} training row(s) that also stand in validation, with the same text and the "
            "same or no picture, were left out. --keep-duplicates keeps them."
            if count
            else ""
        )


def read_material(
    bench: Workbench,
    files: DatasetFiles,
    deal: Deal,
    *,
    task_set: TaskSet | None = None,
    needs: Needs = VECTORS,
    with_images: bool = True,
) -> Material:
    """Read, encode and deal a dataset.

    Args:
        bench: whose encoder's features to train on.
        files, deal: the dataset, and how its rows are dealt: by its validation rows where it has
            any, unless folds are asked for, and else into ``FOLDS`` folds.
        task_set: what to learn, without the tasks that no row is labelled for; ``None`` chooses it
            by the settings and the files.
        needs: what the head reads beyond one vector per image and text.
        with_images: whether to look for images.

    Raises:
        DatasetError: if a file cannot be used, or nothing in it can be learnt from, such as one
            class of a task alone.
        EncoderError: if encoder and captioner do not give what is needed.
    """
    task_set = task_set or files.task_set or bench.choose_task_set(files)
    with bench.bar("encoding") as show:
        bench = bench.load(needs)
        every = read_rows(read_files(files), task_set=task_set)
        rows = list_learnable(every)
        if not any(row.split in TRAIN_SPLITS for row in rows):
            found = ", ".join(sorted({row.split for row in every}))
            raise DatasetError(f"There is no row to train on: no split 'train' among {found}.")
        labelled = bench.encode(task_set, rows, show, needs=needs, with_images=with_images)
    task_set = keep_labelled(task_set, labelled)
    contents = list_contents(labelled.features)
    deal_anew: Callable[[int], tuple[Part, ...]] | None = None
    if deal.folds is None and any(row.split == CHOOSE for row in rows):
        groups = np.array(group_rows(rows, contents))
        whole = _split_published(rows, keep_duplicates=deal.keep_duplicates)
        parts: tuple[Part, ...] = (whole,)
    else:
        deck = _Deck(task_set, rows, contents, FOLDS if deal.folds is None else deal.folds)
        groups, parts, whole = deck.groups, deck.deal(DEAL_SEED), deck.set_aside()
        deal_anew = deck.deal if deal.deal_anew else None
    if fault := find_one_class(task_set, labelled.take(whole.learn)):
        raise DatasetError(fault)
    return Material(
        task_set=task_set,
        encoder=describe_encoder(
            bench.open_encoder(), task_set, needs=needs, captioner=bench.captioner
        ),
        rows=labelled,
        memes=tuple(rows),
        texts=tuple(row.text for row in rows),
        places=tuple(row.place for row in rows),
        groups=groups,
        parts=parts,
        whole=whole,
        deal=deal_anew,
        data={
            "files": files.names,
            "rows": len(rows),
            "train": len(whole.learn),
            "val": len(whole.choose),
            "left_out": 0 if len(parts) > 1 else len(rows) - len(whole.learn) - len(whole.choose),
            "folds": len(parts) if len(parts) > 1 else 0,
            "with_image": int(labelled.features.has_image.sum()),
            "unlabelled": {
                task.key: len(rows) - len(labelled.for_task(task.key)) for task in task_set
            },
            "hash": hash_rows(rows),
            "contents": hash_contents(labelled.features.ids),
            "deal": hash_deal(parts, anew=deal_anew is not None),
        },
        facts=list_facts(rows, labelled.features),
        device=bench.device,
    )


def list_learnable(rows: Sequence[Row]) -> list[Row]:
    """Return the rows that a training takes: to learn from, and to choose on."""
    return [row for row in rows if row.split in (*TRAIN_SPLITS, CHOOSE)]


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


def find_one_class(task_set: TaskSet, learn: LabelledRows) -> str:
    """Say which tasks' rows to learn from have one class alone, and how many have none, or ""."""
    faults = []
    for task in task_set:
        rows = learn.for_task(task.key)
        found = np.unique(learn.labels[task.key][rows], axis=0)
        if len(task.labels) < 2 or len(rows) < 2 or len(found) > 1:
            continue
        only = task.names[int(found[0])] if task.kind == "multiclass" else "the same labels"
        faults.append(
            f"'{task.key}': all {len(rows):,} training rows with a label have {only}, and "
            f"{len(learn) - len(rows):,} have none"
        )
    if not faults:
        return ""
    return (
        "A head that learns one answer gives no other: " + "; ".join(faults) + ". Labels may be "
        "lost on the way here: memeclip dataset check names those that cannot be read."
    )


def hash_rows(rows: Sequence[Row]) -> str:
    """Return a SHA-256 over texts, names, labels and splits, in order."""
    digest = hashlib.sha256()
    for row in rows:
        facts = (row_id(row), row.name, row.split, *sorted(map(str, row.labels.items())))
        digest.update("\0".join(facts).encode("utf-8", errors="surrogatepass"))
        digest.update(b"\n")
    return digest.hexdigest()


def hash_contents(ids: Sequence[str]) -> str:
    """Return a SHA-256 over content ids, which are hashes of pictures, and of texts without one."""
    return hashlib.sha256("\n".join(ids).encode()).hexdigest()


def hash_deal(parts: Sequence[Part], *, anew: bool) -> str:
    """Return a SHA-256 over which rows are learnt, chosen and judged on."""
    digest = hashlib.sha256(b"anew" if anew else b"")
    for part in parts:
        for places in (part.learn, part.choose, part.judge):
            digest.update(f"{places.tolist()}\n".encode())
    return digest.hexdigest()


def _split_published(rows: Sequence[Row], *, keep_duplicates: bool) -> Part:
    """Take the published splits; training rows that also stand in validation are left out."""
    val = np.array([row.split == CHOOSE for row in rows])
    learn = ~val if keep_duplicates else ~val & ~find_copies(rows, group_texts(rows), val)
    chosen = np.flatnonzero(val)
    return Part(learn=np.flatnonzero(learn), choose=chosen, judge=chosen)


class _Deck:
    """The training rows, to be dealt into folds; a fold's model chooses on a tenth of the others.

    Near duplicates are found once, and never torn.
    """

    def __init__(
        self, task_set: TaskSet, rows: Sequence[Row], contents: Sequence[str | None], folds: int
    ) -> None:
        self._task_set, self._rows, self._folds = task_set, rows, folds
        self._usable = np.array([i for i, row in enumerate(rows) if row.split in TRAIN_SPLITS])
        own = group_rows([rows[i] for i in self._usable], [contents[i] for i in self._usable])
        self.groups = np.arange(len(rows)) + len(rows)
        self.groups[self._usable] = own

    def deal(self, seed: int) -> tuple[Part, ...]:
        """Return a part for each fold."""
        usable = self._usable
        fold_of = np.array(fold_rows(**self._take(usable), folds=self._folds, seed=seed))
        return tuple(
            replace(self._set_aside(usable[fold_of != fold], seed), judge=usable[fold_of == fold])
            for fold in range(self._folds)
        )

    def set_aside(self) -> Part:
        """Return the part that a final model learns from: all rows."""
        return self._set_aside(self._usable, DEAL_SEED)

    def _set_aside(self, places: np.ndarray, seed: int) -> Part:
        aside = np.array(split_rows(**self._take(places), share=CHOOSE_SHARE, seed=seed))
        return Part(learn=places[~aside], choose=places[aside], judge=places[:0])

    def _take(self, places: np.ndarray) -> dict[str, Any]:
        return {
            "task_set": self._task_set,
            "rows": [self._rows[i] for i in places],
            "groups": self.groups[places].tolist(),
        }
