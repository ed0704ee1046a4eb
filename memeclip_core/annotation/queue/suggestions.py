"""What a model suggests for many memes at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from memeclip_core.annotation.projects.predictions import PredictionTable
from memeclip_core.tasks import Task


def read_suggested(
    table: PredictionTable, task: str, memes: Sequence[str]
) -> list[tuple[str, ...] | None]:
    """Return the suggested labels of each meme; ``None`` where nothing is predicted."""
    part = table.tasks.get(task)
    places = [table.place(meme) for meme in memes]
    if part is None:
        return [None] * len(places)
    rows = part.probabilities[[place or 0 for place in places]] if len(table) else None
    if rows is None:
        return [None] * len(places)
    if part.threshold is None:
        best = [(part.labels[i],) for i in rows.argmax(axis=1)]
        return [None if p is None else b for p, b in zip(places, best, strict=True)]
    chosen = [tuple(part.labels[i] for i in np.flatnonzero(row >= part.threshold)) for row in rows]
    return [None if p is None else c for p, c in zip(places, chosen, strict=True)]


def read_probabilities(
    table: PredictionTable, task: Task, memes: Sequence[str]
) -> np.ndarray | None:
    """Return what the model gives each label of a task, (N, C); rows of NaN where it is unknown.

    ``None`` if the model does not know this task with these labels.
    """
    part = table.tasks.get(task.key)
    if part is None or part.labels != task.names or not len(table):
        return None
    places = [table.place(meme) for meme in memes]
    found = part.probabilities[[place or 0 for place in places]].astype(np.float64)
    found[[place is None for place in places]] = np.nan
    return np.asarray(found)


def count_suggested(
    table: PredictionTable, task: Task, memes: Sequence[str]
) -> tuple[np.ndarray, int]:
    """Return how often each label of a task is suggested, (C,), and for how many of the memes."""
    counts = np.zeros(len(task.labels), np.int64)
    part = table.tasks.get(task.key)
    rows = [place for place in map(table.place, memes) if place is not None]
    if part is None or part.labels != task.names or not rows:
        return counts, 0
    found = part.probabilities[rows]
    if part.threshold is None:
        return np.bincount(found.argmax(axis=1), minlength=len(counts)), len(rows)
    return np.asarray((found >= part.threshold).sum(axis=0)), len(rows)
