"""What a row costs: its labels' loss, weighed by class and by row."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, normalize

from memeclip_core.heads.batch import HeadOutput
from memeclip_core.tasks import TaskKind
from memeclip_core.training.config import FitConfig
from memeclip_core.training.rows import Examples

MAX_POSITIVE = 20.0
"""How many negatives a rare label's positive may weigh; more would drown the other labels."""


def row_losses(
    logits: Tensor,
    labels: Tensor,
    kind: TaskKind,
    *,
    class_weights: Tensor | None = None,
    label_smoothing: float = 0.0,
) -> Tensor:
    """Return each row's loss (B,): cross-entropy, or the mean binary one if multilabel.

    Args:
        logits: (B, C).
        labels: (B,) class ids, or (B, C) of 0 and 1.
        class_weights: (C,); of the classes, or of the positives if multilabel.
        label_smoothing: in [0, 1), multiclass only.
    """
    if kind == "multilabel":
        return binary_cross_entropy_with_logits(
            logits, labels.float(), reduction="none", pos_weight=class_weights
        ).mean(-1)
    return cross_entropy(
        logits, labels, weight=class_weights, reduction="none", label_smoothing=label_smoothing
    )


def head_losses(
    output: HeadOutput,
    labels: Tensor,
    kind: TaskKind,
    class_weights: Tensor | None,
    config: FitConfig,
) -> Tensor:
    """Return each row's loss (B,) with the head's own, on its device; see ``row_losses``."""
    truth = labels.to(output.logits.device)

    def judge(logits: Tensor) -> Tensor:
        return row_losses(
            logits,
            truth,
            kind,
            class_weights=class_weights,
            label_smoothing=config.label_smoothing,
        )

    losses = judge(output.logits)
    for logits, seen in output.side:
        losses = losses + torch.where(seen, judge(logits), 0.0)
    return losses if output.auxiliary is None else losses + output.auxiliary


def retrieval_losses(embeddings: Tensor, places: Tensor, known: Tensor, groups: Tensor) -> Tensor:
    """Return each row's contrastive loss against what it retrieves (B,): RGCL's, equation 4.

    A row is drawn to the nearest other training meme of its own labels, and pushed away from the
    nearest of others and from the batch's rows of others. It loses nothing where its labels have
    no other meme.

    Args:
        embeddings: (B, M), any length but zero.
        places: (B,), the rows' own places among the training memes.
        known: (N, M), the training memes' embeddings, of unit length; nothing is learnt through
            them.
        groups: (N,), the same number for memes of the same labels.
    """
    unit, own = normalize(embeddings, dim=-1), groups[places]
    alike = own[:, None] == groups
    with torch.no_grad():
        cosines = unit @ known.T
        itself = torch.arange(len(groups), device=groups.device) == places[:, None]
        nearest = cosines.masked_fill(~alike | itself, -math.inf).argmax(dim=1)
        hardest = cosines.masked_fill(alike, -math.inf).argmax(dim=1)
    near = (unit * known[nearest]).sum(dim=-1)
    hard = (unit * known[hardest]).sum(dim=-1).masked_fill(alike.all(dim=1), -math.inf)
    within = (unit @ unit.T).masked_fill(own[:, None] == own, -math.inf)
    against = torch.cat([near[:, None], hard[:, None], within], dim=1)
    return torch.where(alike.sum(dim=1) > 1, against.logsumexp(dim=1) - near, 0.0)


def weigh_classes(train: Examples, config: FitConfig, device: str = "cpu") -> Tensor | None:
    """Return class weights (C,) of the training rows on a device, or ``None`` for equal ones."""
    if config.class_weights == "none":
        return None
    if train.kind == "multilabel":
        positives = train.labels.sum(axis=0)
        weights = (len(train) - positives) / np.maximum(positives, 1)
        weights = np.clip(weights, 1 / MAX_POSITIVE, MAX_POSITIVE)
        return torch.from_numpy(weights.astype(np.float32)).to(device)
    counts = np.bincount(train.labels, minlength=train.num_classes)
    weights = len(train) / (train.num_classes * np.maximum(counts, 1))
    return torch.from_numpy(weights.astype(np.float32)).to(device)


def weigh_rows(examples: Examples) -> Tensor:
    """Return row weights (N,), ones where none are given."""
    if examples.weights is None:
        return torch.ones(len(examples))
    return torch.from_numpy(examples.weights.astype(np.float32))
