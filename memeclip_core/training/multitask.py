"""Train the heads of several tasks at once, on the sum of their losses (SimCLIP)."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn

from memeclip_core.errors import ConfigError
from memeclip_core.heads.batch import to_batch
from memeclip_core.heads.model import mask_features
from memeclip_core.tasks import Task
from memeclip_core.training.config import FitConfig, FitResult, OnStep, Score, ShouldStop
from memeclip_core.training.fit import hide_rows, score_rows
from memeclip_core.training.loop import run_epochs
from memeclip_core.training.losses import head_losses, weigh_classes
from memeclip_core.training.rows import LabelledRows, take_examples


def fit_together(
    heads: Mapping[str, nn.Module],
    tasks: Mapping[str, Task],
    train: LabelledRows,
    val: LabelledRows,
    config: FitConfig,
    *,
    reads: str,
    scores: Mapping[str, Score],
    on_step: OnStep | None = None,
    should_stop: ShouldStop | None = None,
    device: str = "cpu",
) -> FitResult:
    """Train copies of all heads; parts that they have in common learn from every task.

    A batch costs the sum over tasks of the mean loss of those rows that are labelled for the
    task: cross-entropy, or binary cross-entropy if multilabel. An epoch's score is the mean over
    the tasks with validation rows.

    Args:
        heads: by task key.
        train, val: rows to learn from and to choose the epoch on.
        config: the recipe of all tasks.
        reads: the modalities to learn from.
        scores: by task key: how to judge validation rows.
        should_stop: asked before each batch.
        device: ``cpu`` or ``cuda``; rows go there batch by batch.

    Returns:
        the trained heads as one ``nn.ModuleList``, in the order of ``heads``.

    Raises:
        ConfigError: if no row is labelled.
    """
    labelled = np.zeros(len(train), bool)
    for key in heads:
        labelled[train.for_task(key)] = True
    rows = train.take(np.flatnonzero(labelled))
    if len(rows) == 0:
        raise ConfigError("Training cannot start: there are no labelled rows to learn from.")
    batch = to_batch(mask_features(rows.features, reads))
    labels = {key: torch.from_numpy(rows.labels[key]) for key in heads}
    known = {key: _mark(rows, key) for key in heads}
    weights = {
        key: weigh_classes(take_examples(rows, key, tasks[key], reads), config, device)
        for key in heads
        if known[key].any()
    }
    chosen = {key: take_examples(val, key, tasks[key], reads) for key in heads}

    def compute_loss(module: nn.Module, places: Tensor, generator: torch.Generator) -> Tensor:
        part = hide_rows(batch.take(places), config.modality_dropout, generator)
        total = torch.zeros((), device=device)
        for key, head in zip(heads, module.children(), strict=True):
            own = known[key][places]
            if not own.any():
                continue
            output = head(part.take(own).to(torch.device(device)))
            truth = labels[key][places][own]
            total = total + head_losses(output, truth, tasks[key].kind, weights[key], config).mean()
        return total

    def compute_score(module: nn.Module) -> float:
        found = [
            score_rows(head, chosen[key], scores[key])
            for key, head in zip(heads, module.children(), strict=True)
            if len(chosen[key])
        ]
        return sum(found) / len(found) if found else math.nan

    return run_epochs(
        nn.ModuleList(heads.values()),
        len(rows),
        config,
        compute_loss=compute_loss,
        compute_score=compute_score,
        on_step=on_step,
        should_stop=should_stop,
        device=device,
    )


def _mark(rows: LabelledRows, key: str) -> Tensor:
    mask = torch.zeros(len(rows), dtype=torch.bool)
    mask[torch.from_numpy(rows.for_task(key))] = True
    return mask
