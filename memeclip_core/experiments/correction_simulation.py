"""What some corrections do to a model: to memes of the corrected kind, and to the rest.

A model is trained on most of the training rows. Of the others, some are corrected and some are
kept to judge by. The kind that is corrected is the class that the model misses most often among
them, task by task; the corrections are rows of that class, wrongly answered ones first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from memeclip_core.errors import ConfigError
from memeclip_core.evaluation.metrics import compute_metrics
from memeclip_core.experiments.material import Material, Part
from memeclip_core.experiments.results import Cell, now
from memeclip_core.experiments.train_run import seed_recipe, train_part
from memeclip_core.heads.model import HeadModel
from memeclip_core.models.selection import decide_task, judge_kind
from memeclip_core.tasks import Task
from memeclip_core.training.retrain import RetrainConfig, retrain_heads
from memeclip_core.training.rows import LabelledRows
from memeclip_core.training.train import Recipe

KIND: Final = "the corrected kind"
REST: Final = "the rest"
TAUGHT, CHOSEN, MET = 0.6, 0.1, 0.15
"""Shares of the rows: to train the model on, to choose by, and to be corrected; others judge."""


def simulate_corrections(
    material: Material,
    recipe: Recipe,
    counts: Sequence[int],
    seed: int,
    on_step: Callable[[int, int], None] | None = None,
) -> list[Cell]:
    """Train a model, correct it as often as the counts say, and judge it before and after.

    A cell says for a task which ``rows`` were judged, after how many ``corrections`` and with or
    without ``replay``; its metric is the share that is right.

    Raises:
        ConfigError: if there are too few rows to correct.
    """
    part = material.parts[seed % len(material.parts)]
    every = np.random.default_rng(seed).permutation(np.concatenate([part.learn, part.judge]))
    cuts = np.cumsum([round(share * len(every)) for share in (TAUGHT, CHOSEN, MET)])
    learn, choose, met, judge = np.split(every, cuts)
    taught = Part(learn=learn, choose=choose, judge=judge[:0])
    model = train_part(material, taught, seed_recipe(recipe, seed))
    rows = material.rows
    cells: list[Cell] = []
    for place, (key, head) in enumerate(model.heads.items()):
        task = material.task_set.task(key)
        kind, wrong_first = _choose_kind(model, task, rows.take(met))
        kept = _part_kind(task, rows.take(judge), kind)
        if len(wrong_first) < max(counts) or not all(map(len, kept.values())):
            raise ConfigError(
                f"There are {len(wrong_first):,} rows of '{task.names[kind]}' to correct, and "
                f"{max(counts):,} corrections are asked for. Choose fewer with --corrections."
            )
        cells += _judge(model, task, kept, seed, 0, "")
        for count in counts:
            corrections = rows.take(met[wrong_first[:count]])
            own = {other: np.full_like(v, -1) for other, v in corrections.labels.items()}
            only = replace(corrections, labels=own | {key: corrections.labels[key]})
            for replay in (True, False):
                found = retrain_heads(
                    model,
                    replay=rows.take(learn if replay else learn[:0]),
                    corrections=only,
                    validation=rows.take(choose),
                    config=RetrainConfig(seed=seed),
                    version=model.version,
                    created=now(),
                    score=lambda _, kind=head.kind: judge_kind(kind).epoch,  # type: ignore[misc]
                )
                said = "with replay" if replay else "without"
                cells += _judge(found.model, task, kept, seed, count, said)
        if on_step is not None:
            on_step(place + 1, len(model.heads))
    return cells


def _choose_kind(model: HeadModel, task: Task, met: LabelledRows) -> tuple[int, np.ndarray]:
    """Return the class that is missed most often, and the places of its rows, the missed first."""
    truth, said = decide_task(model, task.key, met)
    missed = (truth == 1) & (said == 0)
    kind = int(missed.sum(axis=0).argmax())
    own = np.flatnonzero(truth[:, kind] == 1)
    order = np.argsort(~missed[own, kind], kind="stable")
    return kind, met.for_task(task.key)[own[order]]


def _part_kind(task: Task, judged: LabelledRows, kind: int) -> dict[str, LabelledRows]:
    known = judged.for_task(task.key)
    labels = judged.labels[task.key][known]
    holds = labels == kind if labels.ndim == 1 else labels[:, kind] == 1
    return {KIND: judged.take(known[holds]), REST: judged.take(known[~holds])}


def _judge(
    model: HeadModel,
    task: Task,
    kept: dict[str, LabelledRows],
    seed: int,
    count: int,
    replay: str,
) -> Iterator[Cell]:
    for name, rows in kept.items():
        truth, said = decide_task(model, task.key, rows)
        # Of several labels the share of rows with all of them right would hardly move.
        metric = "accuracy" if task.kind == "multiclass" else "micro-F1"
        yield Cell(
            axes={"rows": name, "corrections": str(count), "replay": replay},
            task=task.key,
            seed=seed,
            metrics=compute_metrics([metric], truth, said, names=task.names),
        )
