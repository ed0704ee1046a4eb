"""In which order the memes of a project are worth labelling, from what models and people say."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from memeclip_core.annotation.decisions.decided import Decided
from memeclip_core.annotation.projects.predictions import PredictionTable
from memeclip_core.evaluation.active_learning import (
    UNCERTAINTY,
    combine_scores,
    compute_divergence,
    order_diverse,
    order_highest,
)
from memeclip_core.records.project import Order, Project

NOTHING_PREDICTED = "No model has looked at these memes yet, so they come in the order of import."
NO_DISAGREEMENT = (
    "Neither two models nor two people have looked at the same meme yet, so the memes come in the "
    "order of import."
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ranking:
    """An order of memes.

    Attributes:
        order: what it is, which may be another than was asked for.
        places: int (N,), the memes' places in the order of import, first first.
        note: why it is another, in one sentence, or "".
    """

    order: Order
    places: np.ndarray
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Material:
    """What a ranking is made of.

    Attributes:
        ids, added: the project's memes in the order of import, and when they came.
        table: what the model says whose uncertainties count.
        others: what other models say.
        decided: what people say.
    """

    project: Project
    ids: Sequence[str]
    added: Sequence[datetime]
    table: PredictionTable
    others: tuple[PredictionTable, ...] = ()
    decided: Decided | None = None
    _rows: dict[int, np.ndarray] = field(default_factory=dict)

    def spread(self, table: PredictionTable, values: np.ndarray) -> np.ndarray:
        """Return a table's values (M, ...) in the memes' order (N, ...); NaN where unknown."""
        rows = self._rows.get(id(table))
        if rows is None:
            rows = self._rows[id(table)] = table.rows(self.ids)
        if not len(values):
            return np.full((len(rows), *values.shape[1:]), np.nan)
        found = values[np.maximum(rows, 0)].astype(np.float64)
        found[rows < 0] = np.nan
        return np.asarray(found)


def rank(order: Order, material: Material) -> Ranking:
    """Return an order of all memes; that of import, with the reason, where there is no other."""
    if order in UNCERTAINTY:
        return _rank_uncertain(order, material)
    if order == "diversity":
        return _rank_diverse(material)
    if order == "disagreement":
        return _rank_disputed(material)
    if order == "label-errors":
        return _rank_suspect(material)
    places = np.arange(len(material.ids))
    if order == "random":
        keys = [_chance(material.project.key, meme) for meme in material.ids]
        places = np.array(sorted(range(len(keys)), key=keys.__getitem__), np.int64)
    if order == "newest":
        added = material.added
        places = np.array(
            sorted(range(len(added)), key=lambda i: (added[i], i), reverse=True), np.int64
        )
    return Ranking(order=order, places=places)


def _rank_uncertain(order: Order, material: Material) -> Ranking:
    compute, table = UNCERTAINTY[order], material.table
    scores = [
        material.spread(table, compute(table.tasks[task.key].probabilities, task.kind))
        for task in material.project.tasks
        if task.key in table.tasks and len(table)
    ]
    if not scores:
        return _imported(material, NOTHING_PREDICTED)
    return Ranking(order=order, places=order_highest(combine_scores(scores)))


def _rank_diverse(material: Material) -> Ranking:
    table = material.table
    if not table.vectors.size:
        return _imported(material, NOTHING_PREDICTED)
    vectors = np.nan_to_num(material.spread(table, table.vectors)).astype(np.float32)
    seen = None if material.decided is None else material.decided.seen
    return Ranking(order="diversity", places=order_diverse(vectors, known=seen))


def _rank_disputed(material: Material) -> Ranking:
    models, people = [], []
    for task in material.project.tasks:
        tables = [t for t in (material.table, *material.others) if _has(t, task.key, task.names)]
        if len(tables) > 1:
            opinions = [
                material.spread(table, table.tasks[task.key].probabilities) for table in tables
            ]
            models.append(compute_divergence(opinions, task.kind))
        if material.decided is not None and task.key in material.decided.disputes:
            people.append(material.decided.disputes[task.key])
    if np.isnan([*models, *people]).all():
        return _imported(material, NO_DISAGREEMENT)
    score = np.zeros(len(material.ids))
    if models:
        score += np.nansum(models, axis=0) / len(models)
    if people:
        # People are worth more than models: a dispute of theirs comes first, and where they agree
        # on everything it does not matter any more what models say.
        apart = np.nansum(people, axis=0)
        agreed = ~np.isnan(people).all(axis=0) & (apart == 0)
        score = np.where(agreed, 0.0, score + np.where(apart > 0, 1 + apart, 0.0))
    return Ranking(order="disagreement", places=order_highest(score))


def _rank_suspect(material: Material) -> Ranking:
    # Imported when needed: torch and cleanlab take seconds, and most orders do without.
    from memeclip_core.evaluation.label_errors import (
        compute_probe_probabilities,
        find_label_errors,
    )

    table, decided = material.table, material.decided
    if not table.vectors.size or decided is None:
        return _imported(material, NOTHING_PREDICTED)
    vectors = np.nan_to_num(material.spread(table, table.vectors)).astype(np.float32)
    quality, suspect = [], np.zeros(len(vectors), bool)
    reason = "No meme of this project has a label yet."
    for task in material.project.tasks:
        labels = decided.labels.get(task.key)
        if labels is None:
            continue
        probabilities = compute_probe_probabilities(vectors, labels, task.kind, len(task.labels))
        found = find_label_errors(labels, probabilities, task.kind)
        reason = found.reason or reason
        if not found.reason:
            quality.append(found.quality)
            suspect |= found.suspect
    if not quality:
        return _imported(material, f"{reason} So the memes come in the order of import.")
    stack = np.stack(quality)
    # Of a meme's labels the worst one decides; a suspect one comes before all that are not.
    worst = np.where(np.isnan(stack), np.inf, stack).min(axis=0)
    scores = np.where(np.isinf(worst), np.nan, suspect - worst)
    return Ranking(order="label-errors", places=order_highest(scores))


def _imported(material: Material, note: str) -> Ranking:
    return Ranking(order="import", places=np.arange(len(material.ids)), note=note)


def _has(table: PredictionTable, task: str, names: tuple[str, ...]) -> bool:
    return bool(len(table)) and task in table.tasks and table.tasks[task].labels == names


def _chance(project: str, meme: str) -> bytes:
    return hashlib.sha256(f"{project}\norder\n{meme}".encode()).digest()
