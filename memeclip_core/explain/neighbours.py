"""The training memes nearest to a meme, for and against a class: prototypes by example.

The cosine is the mean over the modalities that the heads read and the meme has; where a training
meme lacks one of them, it counts 0 there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from memeclip_core.encoders.features import Features, unit_rows
from memeclip_core.records.explanation import Neighbour, Neighbours
from memeclip_core.records.model import NearMeme
from memeclip_core.tasks import TaskSet

MODALITIES: Final = ("image", "text")
NEAREST_LEARNT: Final = 2
"""How many of the memes that a model learnt from are named beside one that it answers anew."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Near:
    """Places of rows, the nearest first, with their cosines: int64 (K,) and float64 (K,)."""

    places: np.ndarray
    cosines: np.ndarray


def measure_cosines(rows: Features, memes: Features, reads: str) -> np.ndarray:
    """Return the cosines of N rows to M memes: float64 (M, N); zeros where one has nothing."""
    total, used = np.zeros((len(memes), len(rows))), np.zeros(len(memes))
    for name in MODALITIES:
        if name in reads:
            there = getattr(memes, f"has_{name}")
            own = unit_rows(getattr(memes, name)) * there[:, None]
            total += own @ unit_rows(getattr(rows, name)).T
            used += there
    cosines: np.ndarray = np.clip(total / np.maximum(1, used)[:, None], -1.0, 1.0)
    return cosines


def find_nearest(cosines: np.ndarray, allowed: np.ndarray, count: int) -> Near:
    """Return the rows of the highest cosines (N,) among those allowed, bool (N,).

    Of equal ones, the first come first.
    """
    places = np.flatnonzero(allowed)
    order = np.argsort(-cosines[places], kind="stable")[:count]
    return Near(places=places[order], cosines=cosines[places[order]])


def explain_neighbours(
    rows: Features,
    cosines: np.ndarray,
    labels: Mapping[str, np.ndarray],
    tasks: TaskSet,
    found: Neighbours,
    *,
    mine: Collection[str],
    count: int,
) -> Neighbours:
    """Return what is known of a class, with the training memes for and against it.

    Args:
        rows: the training memes (N).
        cosines: of each to the meme: (N,).
        labels: by task key, class ids (N,), or 0 and 1 (N, C); -1 where a row has no label.
        tasks: what the labels belong to.
        found: names task and label; the rest is filled in.
        mine: the ids that are told.
        count: how many are listed.
    """
    own = tasks.task(found.task)
    labelled, carrying = _carries(labels[own.key], own.index(found.label))

    def list_nearest(allowed: np.ndarray) -> tuple[Neighbour, ...]:
        near = find_nearest(cosines, allowed, count)
        return tuple(
            Neighbour(
                labels={k: _name(labels[k][i], tasks.task(k).names) for k in labels},
                cosine=float(cosine),
                distance=1 - float(cosine),
                meme=rows.ids[i] if rows.ids[i] in mine else "",
            )
            for i, cosine in zip(near.places, near.cosines, strict=True)
        )

    nearest = list_nearest(labelled)
    return replace(
        found,
        nearest=nearest,
        carrying=sum(found.label in one.labels[own.key] for one in nearest),
        supporting=list_nearest(labelled & carrying),
        opposing=list_nearest(labelled & ~carrying),
        rows=int(labelled.sum()),
        base=float(carrying[labelled].mean()) if labelled.any() else None,
    )


def find_near_memes(
    rows: Features,
    labels: np.ndarray,
    names: tuple[str, ...],
    memes: Features,
    reads: str,
    count: int = NEAREST_LEARNT,
) -> tuple[tuple[NearMeme, ...], ...]:
    """Return for each of M memes the rows nearest to it that are labelled for a task.

    Args:
        rows: memes that a model learnt from (N).
        labels, names: of the task: ids (N,), or 0 and 1 (N, C); -1 where a row has none.
        memes: what they are near to; one that is among the rows itself is not its own neighbour.
        reads: what the heads read.
        count: how many are named.
    """
    labelled, _ = _carries(labels, 0)
    found = []
    for meme, cosines in zip(memes.ids, measure_cosines(rows, memes, reads), strict=True):
        others = np.array([own != meme for own in rows.ids], bool)
        near = find_nearest(cosines, labelled & others, count)
        found.append(
            tuple(
                NearMeme(meme=rows.ids[i], labels=_name(labels[i], names), cosine=float(cosine))
                for i, cosine in zip(near.places, near.cosines, strict=True)
            )
        )
    return tuple(found)


def _carries(labels: np.ndarray, place: int) -> tuple[np.ndarray, np.ndarray]:
    """Return which rows are labelled for a task, and which carry the class at this place."""
    if labels.ndim == 1:
        return np.asarray(labels >= 0), np.asarray(labels == place)
    return np.asarray((labels >= 0).all(axis=1)), np.asarray(labels[:, place] == 1)


def _name(labels: np.ndarray, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return one row's labels; none where it is not labelled."""
    if labels.ndim == 0:
        return (names[int(labels)],) if labels >= 0 else ()
    return tuple(name for name, has in zip(names, labels, strict=True) if has == 1)
