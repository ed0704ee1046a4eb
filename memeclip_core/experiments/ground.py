"""The rows that models are measured on: encoded, labelled, and known by what they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import or_
from typing import Any, Final

import numpy as np

from memeclip_core.datasets.checks import check_labels
from memeclip_core.datasets.folds import group_rows, list_contents
from memeclip_core.datasets.label_mapping import label_rows, settle_labels
from memeclip_core.datasets.reader import Dataset, Row
from memeclip_core.datasets.selection import drop_straddlers, read_rows
from memeclip_core.encoders.captioner import ask_captioner
from memeclip_core.encoders.features import VECTORS, Needs
from memeclip_core.errors import DatasetError, InputError
from memeclip_core.experiments.answers import RowFacts, list_facts
from memeclip_core.experiments.choices import DatasetFiles, OtherSet
from memeclip_core.experiments.material import (
    Material,
    hash_contents,
    hash_rows,
    list_learnable,
)
from memeclip_core.experiments.workbench import Workbench, read_files
from memeclip_core.heads.model import HeadModel, check_captioner, check_encoder
from memeclip_core.heads.registry import find_model_needs
from memeclip_core.memes.near_duplicates import key_memes
from memeclip_core.memes.splits import GroupKeys
from memeclip_core.models.replay import VAL, Replay
from memeclip_core.models.selection import group_equal
from memeclip_core.models.sides import key_replay
from memeclip_core.records.dataset_report import LabelReport
from memeclip_core.tasks import TaskSet
from memeclip_core.training.encoder_facts import equip_model
from memeclip_core.training.rows import MISSING, LabelledRows

MOST_GROUPS: Final = 40
"""A column of more values than this is no group."""

Columns = Mapping[str, Sequence[tuple[str, ...]]]
"""By column, the values of N rows."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ground:
    """N rows that models are measured on.

    Attributes:
        rows: their features and labels, by whether captions stand in front of the texts.
        places: where each stands; no two are the same.
        groups: (N,), the same number for near duplicates.
        keys: what each is recognised by.
        columns: what the rows can be grouped by.
        left_out: rows that were left out because they also stand in another split.
        facts: of a dataset's rows, what each is known by.
        task_set: whose labels a dataset's rows have.
        data: of another set, its files, counts and hashes, for the account of a training.
    """

    rows: Mapping[bool, LabelledRows]
    places: tuple[str, ...]
    groups: np.ndarray
    keys: GroupKeys
    columns: Columns
    left_out: int = 0
    facts: tuple[RowFacts, ...] = ()
    task_set: TaskSet | None = None
    data: dict[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.places)

    def take(self, rows: np.ndarray) -> Ground:
        """Return the rows at these places, in this order."""
        own = rows.tolist()
        return replace(
            self,
            rows={captions: part.take(rows) for captions, part in self.rows.items()},
            places=tuple(self.places[i] for i in own),
            groups=self.groups[rows],
            keys=self.keys.take(rows),
            columns={name: [values[i] for i in own] for name, values in self.columns.items()},
            facts=tuple(self.facts[i] for i in own) if self.facts else (),
        )

    def group_by(self, column: str) -> tuple[tuple[str, ...], ...]:
        """Return the groups of each row, which are its values of a column.

        Raises:
            InputError: if there is no such column, or its values are too many for groups.
        """
        if column not in self.columns:
            known = ", ".join(self.columns) or "none"
            raise InputError(
                f"There is no column '{column}' to group these rows by. There are: {known}."
            )
        values = tuple(self.columns[column])
        different = {value for own in values for value in own}
        if len(different) > MOST_GROUPS:
            raise InputError(
                f"The column '{column}' has {len(different)} different values. Rows are grouped by "
                f"a column of at most {MOST_GROUPS}."
            )
        return values

    def of(self, model: HeadModel) -> LabelledRows:
        """Return the rows as a model reads them.

        Raises:
            EncoderMismatchError: if they come from another encoder or captioner.
            InputError: if they do not hold all that its heads read.
        """
        needs = find_model_needs(model)
        rows = self.rows.get(needs.captions) or next(iter(self.rows.values()))
        features = rows.features
        check_encoder(model, features.fingerprint)
        check_captioner(model, features.captioner)
        if (needs.tokens and features.text_tokens is None) or (
            needs.words and features.word_ids is None
        ):
            raise InputError(
                f"These rows were kept without the sequences that the heads of '{model.version}' "
                "read. Name a dataset to measure it on."
            )
        return rows


def read_ground(
    bench: Workbench,
    models: Sequence[HeadModel],
    files: DatasetFiles,
    *,
    split: str | None,
    apart_from: str | Dataset | None = None,
    title: str = "Memes",
) -> Ground:
    """Encode a dataset's rows once for models of one task set; see ``judge_models``.

    Without a model, the task set is the one that is named, or that of the dataset. Rows that also
    stand ``apart_from`` are left out: in a split of the same data, or nearly so among the rows
    that a training takes of another dataset.
    """
    with bench.bar(title) as show:
        task_set = files.task_set or _find_task_set(bench, models, files)
        needs = [find_model_needs(model) for model in models]
        bench = bench.load(Needs(captions=any(own.captions for own in needs)))
        for model, own in zip(models, needs, strict=True):
            equip_model(model, bench.open_encoder())
            if own.captions:
                check_captioner(model, ask_captioner(bench.captioner).fingerprint)
        dataset = read_files(files)
        every = read_rows(dataset, split, task_set=task_set)
        if isinstance(apart_from, Dataset):
            rows = drop_straddlers(every, list_learnable(apart_from.rows), nearly=True)
        else:
            others = [] if apart_from is None else read_rows(dataset, apart_from)
            rows = drop_straddlers(every, others)
        # Captions change the texts: models that read them and others do not see equal features.
        encoded = {}
        for captions in sorted({own.captions for own in needs}) or (False,):
            readers = [
                pair for pair in zip(models, needs, strict=True) if pair[1].captions == captions
            ]
            encoded[captions] = bench.encode(
                task_set,
                rows,
                show,
                needs=reduce(or_, (own for _, own in readers), VECTORS),
                with_images=not readers or any(model.reads != "text" for model, _ in readers),
            )
    return _lay_ground(task_set, rows, encoded, len(every) - len(rows))


def _lay_ground(
    task_set: TaskSet, rows: Sequence[Row], encoded: Mapping[bool, LabelledRows], left_out: int
) -> Ground:
    features = next(iter(encoded.values())).features
    return Ground(
        rows=encoded,
        places=tuple(row.place for row in rows),
        groups=np.array(group_rows(rows, list_contents(features)), np.int64),
        keys=key_memes(features.ids, [row.text for row in rows]),
        columns=_list_columns(rows),
        left_out=left_out,
        facts=list_facts(rows, features),
        task_set=task_set,
    )


def open_other(other: OtherSet) -> Dataset:
    """Return another set as it is read.

    Raises:
        DatasetError: if nothing in it can be read.
    """
    try:
        return read_files(other.files)
    except DatasetError as error:
        # Readers name the option of the set that is trained on.
        raise DatasetError(str(error).replace("--columns", "--test-columns")) from None


def report_labels(bench: Workbench, files: DatasetFiles, other: OtherSet) -> list[LabelReport]:
    """Say how the values of both sets are read as labels; see ``check_labels``.

    Raises:
        DatasetError, InputError: if one cannot be read, or it is not known whose labels they are.
    """
    task_set = bench.choose_task_set(files)
    return [check_labels(own, task_set) for own in (read_files(files), open_other(other))]


def settle_other(other: OtherSet, task_set: TaskSet) -> OtherSet:
    """Return another set with its labels as the tasks have them, before anything is encoded.

    Raises:
        DatasetError: if it cannot be read, one of its values means no label, or no row has one.
    """
    dataset = settle_labels(task_set, open_other(other))
    rows = [row for row in dataset.rows if other.split in ("", row.split)]
    places = {row.place for row in rows}
    unread = [one for one in dataset.unread if one.filename in places]
    if unread:
        raise DatasetError(
            f"{len(unread):,} label(s) of the other set are none of the tasks' labels, the first "
            f"in {unread[0].filename}: {unread[0].reason} Say what its values mean, such as "
            '--test-columns "text=COLUMN TASK=COLUMN TASK:LABEL=VALUE|VALUE", or take some rows '
            "alone with where:COLUMN=VALUE."
        )
    if rows:
        _check_labelled(task_set, rows, dataset)
    return replace(other, files=replace(other.files, source=dataset))


def _check_labelled(task_set: TaskSet, rows: Sequence[Row], dataset: Dataset) -> None:
    """Raise DatasetError unless some row of another set has a label for one of the tasks."""
    labels = label_rows(task_set, rows)
    if any((labels[key] != MISSING).any() for key in task_set.keys):
        return
    raise DatasetError(
        f"No row of the other set ({', '.join(dataset.files)}) has a label for what is learnt: "
        f"{', '.join(task_set.keys)}. Say which column holds it with --test-columns "
        '"text=COLUMN TASK=COLUMN", or in a task file whose aliases name the columns of both sets.'
    )


def read_other(
    bench: Workbench, other: OtherSet, material: Material, *, needs: Needs, with_images: bool
) -> Ground:
    """Encode the rows of another set that do not nearly stand among those that are learnt from.

    Args:
        bench: whose encoder's features the material has.
        other: the set; see ``settle_other``.
        material: what models learn from and are chosen on; its tasks are those that are judged.
        needs, with_images: as of the material.

    Raises:
        DatasetError: if it has no row of the split, none is left, or none has a label.
    """
    dataset = read_files(other.files)
    every = read_rows(dataset, other.split or None, task_set=dataset.task_set)
    rows = drop_straddlers(every, material.memes, nearly=True)
    if not rows:
        raise DatasetError(
            f"All {len(every):,} rows of the other set ({', '.join(dataset.files)}) also stand "
            "among the training and validation rows. Name a set of other memes."
        )
    _check_labelled(material.task_set, rows, dataset)
    with bench.bar("encoding the other set") as show:
        encoded = bench.encode(material.task_set, rows, show, needs=needs, with_images=with_images)
    found = _lay_ground(material.task_set, rows, {needs.captions: encoded}, len(every) - len(rows))
    return replace(
        found,
        data={
            "files": other.files.names,
            "split": other.split or "all",
            "rows": len(found),
            "left_out": found.left_out,
            "hash": hash_rows(rows),
            "contents": hash_contents(encoded.features.ids),
        },
    )


def _find_task_set(bench: Workbench, models: Sequence[HeadModel], files: DatasetFiles) -> TaskSet:
    if models:
        return bench.read_task_set(models[0].task_set)
    # Several are the default of commands that also answer by a model in service.
    named = len(bench.settings.tasks) == 1
    return (bench if named else bench.change(tasks=("",))).choose_task_set(files)


def open_replay(model: HeadModel, replay: Replay) -> Ground:
    """Return the validation rows of a replay file, which needs no encoder.

    Args:
        model: that the replay belongs to; its labels are what rows can be grouped by.
        replay: its file.
    """
    places = replay.rows(VAL)
    rows = LabelledRows(features=replay.features, labels=replay.labels).take(places)
    ids = rows.features.ids
    return Ground(
        rows={bool(rows.features.captioner): rows},
        places=tuple(f"validation row {i + 1}, {meme[:12]}" for i, meme in enumerate(ids)),
        groups=group_equal(rows),
        keys=key_replay(replay).take(places),
        columns={
            task: name_rows(rows.labels[task], head.labels)
            for task, head in model.heads.items()
            if task in rows.labels
        },
    )


def name_rows(labels: np.ndarray, names: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the names of each row's labels; none where it has no label for the task.

    Args:
        labels: (N,) ids, or (N, C) of 0 and 1; -1 where a row has none.
        names: of the C classes.
    """
    if labels.ndim == 1:
        return [(names[i],) if i >= 0 else () for i in labels.tolist()]
    return [
        tuple(name for name, holds in zip(names, row, strict=True) if holds == 1)
        for row in labels.tolist()
    ]


def _list_columns(rows: Sequence[Row]) -> Columns:
    """Return the label columns, and the split and the file where they differ."""
    names = dict.fromkeys(name for row in rows for name in row.labels)
    columns: dict[str, list[tuple[str, ...]]] = {
        name: [row.labels.get(name, ()) for row in rows] for name in names
    }
    for name, values in (("split", [r.split for r in rows]), ("file", [r.file for r in rows])):
        if len(set(values)) > 1:
            columns.setdefault(name, [(value,) if value else () for value in values])
    return columns
