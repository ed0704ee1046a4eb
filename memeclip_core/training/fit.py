"""Train one head on cached features; the encoder is never touched.

There is no parameter through which held-out rows of a final evaluation could enter.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor, nn

from memeclip_core.errors import ConfigError
from memeclip_core.heads.batch import Batch, to_batch
from memeclip_core.heads.model import run_head
from memeclip_core.training.config import FitConfig, FitResult, OnStep, Score, ShouldStop
from memeclip_core.training.loop import run_epochs
from memeclip_core.training.losses import head_losses, row_losses, weigh_classes, weigh_rows
from memeclip_core.training.retrieval import Retrieval
from memeclip_core.training.rows import Examples


def fit(
    head: nn.Module,
    train: Examples,
    val: Examples | None,
    config: FitConfig,
    *,
    score: Score | None = None,
    on_step: OnStep | None = None,
    should_stop: ShouldStop | None = None,
    device: str = "cpu",
) -> FitResult:
    """Train a copy of ``head``; the one passed in is left as it is.

    Args:
        head: maps a ``Batch`` to a ``HeadOutput``; its own loss is added to that of the labels, and
            that of what it retrieves if it is ``guided``.
        train: the rows to learn from.
        val: the rows to choose the epoch on; ``None`` keeps the last epoch.
        score: how to judge validation rows; without it the negative loss decides.
        should_stop: asked before each batch; training then ends with what it has.
        device: ``cpu`` or ``cuda``; rows go there batch by batch.

    Raises:
        ConfigError: if there is nothing to learn from.
    """
    if len(train) == 0:
        raise ConfigError("Training cannot start: there are no labelled rows to learn from.")
    batch, labels = to_batch(train.features), torch.from_numpy(train.labels)
    weights, class_weights = weigh_rows(train), weigh_classes(train, config, device)
    retrieval = Retrieval(train, device) if getattr(head, "guided", False) else None

    def compute_loss(module: nn.Module, rows: Tensor, generator: torch.Generator) -> Tensor:
        part = hide_rows(batch.take(rows), config.modality_dropout, generator)
        output = module(part.to(torch.device(device)))
        losses = head_losses(output, labels[rows], train.kind, class_weights, config)
        if retrieval is not None:
            losses = losses + retrieval.losses(output.embedding, rows)
        own = weights[rows].to(device)
        return (losses * own).sum() / own.sum()

    return run_epochs(
        head,
        len(train),
        config,
        compute_loss=compute_loss,
        compute_score=lambda module: score_rows(module, val, score),
        start_epoch=None if retrieval is None else retrieval.refresh,
        on_step=on_step,
        should_stop=should_stop,
        device=device,
    )


def hide_rows(batch: Batch, rate: float, generator: torch.Generator) -> Batch:
    """Return a batch with one modality of some rows hidden; see ``hide_modalities``."""
    return batch.hide(*hide_modalities(batch.has_image, batch.has_text, rate, generator))


def hide_modalities(
    has_image: Tensor, has_text: Tensor, rate: float, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Hide one modality of some rows that have both, each with half the rate.

    Args:
        has_image, has_text: bool (B,).
        rate: the chance per row.
        generator: draws which.
    """
    if rate == 0.0:
        return has_image, has_text
    draw = torch.rand(len(has_image), generator=generator)
    both = has_image & has_text
    return has_image & ~(both & (draw < rate / 2)), has_text & ~(both & (draw >= 1 - rate / 2))


def choose_threshold(labels: np.ndarray, probabilities: np.ndarray, score: Score) -> float:
    """Return the multilabel threshold in 0.05 … 0.95 with the best score.

    Args:
        labels: (N, C) of 0 and 1.
        probabilities: (N, C).
        score: (labels, decisions of 0 and 1) → a number. Ties go to the middle of their run.
    """
    grid = np.round(np.arange(0.05, 0.951, 0.01), 2)
    scores = np.array([score(labels, (probabilities >= t).astype(np.int64)) for t in grid])
    winners = grid[scores >= scores.max() - 1e-12]
    return float(winners[len(winners) // 2])


def score_rows(module: nn.Module, val: Examples | None, score: Score | None) -> float:
    """Judge a head in eval mode on validation rows; NaN without any, and where its logits are.

    Without ``score`` the negative mean loss decides.
    """
    if val is None or len(val) == 0:
        return math.nan
    logits = run_head(module, val.features).logits
    if not logits.isfinite().all():
        return math.nan
    if score is None:
        return -float(row_losses(logits, torch.from_numpy(val.labels), val.kind).mean())
    probabilities = logits.softmax(-1) if val.kind == "multiclass" else logits.sigmoid()
    return score(val.labels, probabilities.numpy())
