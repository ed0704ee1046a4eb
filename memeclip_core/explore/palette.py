"""Colours of memes: classes as codes with names, or numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from memeclip_core.records.exploration import Colouring
from memeclip_core.tasks import Task

NONE_OF_THEM: Final = "none of these"
SEVERAL: Final = "several"


def colour_classes(
    collection: str, by: str, names: Sequence[str], codes: np.ndarray, note: str = ""
) -> Colouring:
    """Return classes as colours: int (N,) places in ``names``, -1 where nothing is known."""
    known = codes[codes >= 0]
    return Colouring(
        collection=collection,
        by=by,
        kind="category",
        names=tuple(names),
        codes=codes.astype(np.int16),
        values=np.zeros(0, np.float32),
        counts=tuple(np.bincount(known, minlength=len(names)).tolist()),
        unknown=int((codes < 0).sum()),
        note=note,
    )


def colour_numbers(collection: str, by: str, values: np.ndarray, note: str = "") -> Colouring:
    """Return numbers as colours: (N,), NaN where nothing is known."""
    return Colouring(
        collection=collection,
        by=by,
        kind="number",
        names=(),
        codes=np.zeros(0, np.int16),
        values=values.astype(np.float32),
        counts=(),
        unknown=int(np.isnan(values).sum()),
        note=note,
    )


def name_classes(task: Task) -> tuple[str, ...]:
    """Return the classes of a task that a meme can be coloured by, as people read them."""
    names = tuple(label.display for label in task.labels)
    return (*names, SEVERAL, NONE_OF_THEM) if task.kind == "multilabel" else names


def code_labels(task: Task, labels: np.ndarray) -> np.ndarray:
    """Return the class of each meme as a place in ``name_classes``: int64 (N,), -1 for none.

    Args:
        task: one of several labels has two classes more: several, and none of these.
        labels: ids (N,), or 0 and 1 (N, C); -1 where nothing is known.
    """
    if task.kind == "multiclass":
        return np.asarray(labels, np.int64)
    count, size = labels.sum(axis=1), labels.shape[1]
    codes = np.where(count == 1, labels.argmax(axis=1), np.where(count > 1, size, size + 1))
    return np.where((labels < 0).any(axis=1), -1, codes).astype(np.int64)


def compare_labels(said: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Return 0 where two answers are the same, 1 where not, -1 where one is missing: int64 (N,).

    Both are ids (N,), or 0 and 1 (N, C); -1 where nothing is known.
    """
    rows = (said.reshape(len(said), -1), true.reshape(len(true), -1))
    missing = (rows[0] < 0).any(axis=1) | (rows[1] < 0).any(axis=1)
    differ = (rows[0] != rows[1]).any(axis=1)
    return np.where(missing, -1, differ.astype(np.int64))


def number_names(values: Sequence[str]) -> tuple[tuple[str, ...], np.ndarray]:
    """Return names by how often they occur, and each value's place among them; -1 for ""."""
    counts: dict[str, int] = {}
    for value in values:
        if value:
            counts[value] = counts.get(value, 0) + 1
    names = tuple(sorted(counts, key=lambda name: (-counts[name], name)))
    places = {name: place for place, name in enumerate(names)}
    return names, np.array([places.get(value, -1) for value in values], np.int64)
