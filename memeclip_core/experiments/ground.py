"""The rows that models are measured on: encoded, labelled, and known by what they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_
from typing import Final

import numpy as np

from memeclip_core.datasets.folds import group_rows, list_contents
from memeclip_core.datasets.reader import Row
from memeclip_core.datasets.selection import drop_straddlers, read_rows
from memeclip_core.encoders.captioner import ask_captioner
from memeclip_core.encoders.features import VECTORS, Needs
from memeclip_core.errors import InputError
from memeclip_core.experiments.answers import RowFacts, list_facts
from memeclip_core.experiments.choices import DatasetFiles
from memeclip_core.experiments.workbench import Workbench, read_files
from memeclip_core.heads.model import HeadModel, check_captioner, check_encoder
from memeclip_core.heads.registry import find_model_needs
from memeclip_core.memes.near_duplicates import key_memes
from memeclip_core.memes.splits import GroupKeys
from memeclip_core.models.replay import VAL, Replay
from memeclip_core.models.selection import group_equal
from memeclip_core.models.sides import key_replay
from memeclip_core.tasks import TaskSet
from memeclip_core.training.encoder_facts import equip_model
from memeclip_core.training.rows import LabelledRows

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
    """

    rows: Mapping[bool, LabelledRows]
    places: tuple[str, ...]
    groups: np.ndarray
    keys: GroupKeys
    columns: Columns
    left_out: int = 0
    facts: tuple[RowFacts, ...] = ()
    task_set: TaskSet | None = None

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
    apart_from: str | None = None,
    title: str = "Memes",
) -> Ground:
    """Encode a dataset's rows once for models of one task set; see ``judge_models``.

    Without a model, the task set is the one that is named, or that of the dataset.
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
    features = next(iter(encoded.values())).features
    return Ground(
        rows=encoded,
        places=tuple(row.place for row in rows),
        groups=np.array(group_rows(rows, list_contents(features)), np.int64),
        keys=key_memes(features.ids, [row.text for row in rows]),
        columns=_list_columns(rows),
        left_out=len(every) - len(rows),
        facts=list_facts(rows, features),
        task_set=task_set,
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
