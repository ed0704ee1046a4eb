"""A model: the heads of one task set, with everything needed to use them safely."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from memeclip_core.errors import EncoderMismatchError
from memeclip_core.features import Features
from memeclip_core.records import Metric
from memeclip_core.tasks import TaskKind

CHUNK = 512
"""Rows scored at once; bounds the memory of a large folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderTag:
    """Which encoder's features a head reads."""

    name: str
    fingerprint: str
    image_dim: int
    text_dim: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskHead:
    """One task's trained head with the labels that its outputs mean.

    Attributes:
        kind, labels: the task's, in the order of the outputs.
        module: the head, in eval mode.
        threshold: the multilabel decision threshold in (0, 1); ``None`` if multiclass.
        temperature: divides the logits before softmax or sigmoid; 1 leaves them.
        metrics: measured on validation rows.
    """

    kind: TaskKind
    labels: tuple[str, ...]
    module: nn.Module
    threshold: float | None = None
    temperature: float = 1.0
    metrics: tuple[Metric, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadModel:
    """The heads of one task set.

    Attributes:
        version: the checkpoint's name.
        task_set: the key of the task set.
        origin: ``starter`` or ``retrained``.
        head, config: name and full settings of the head.
        encoder: whose features the heads read.
        reads: ``text``, ``image`` or ``image+text``.
        created: in UTC.
        heads: by task key, in the task set's order.
        parent: the version that training started from, or "".
        replay: the checkpoint whose replay file belongs to this model.
        data: counts and hashes of what it was trained on.
        recipe: the training settings.
        notes: sentences for people.
    """

    version: str
    task_set: str
    origin: Literal["starter", "retrained"]
    head: str
    config: dict[str, Any]
    encoder: EncoderTag
    reads: str
    created: datetime
    heads: dict[str, TaskHead]
    parent: str = ""
    replay: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    recipe: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskScores:
    """One task's scores over N rows: both arrays are float64 (N, C)."""

    probabilities: np.ndarray
    cosines: np.ndarray


def to_tensors(features: Features) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return image (N, Di), text (N, Dt), has_image (N,) and has_text (N,) as tensors."""
    return (
        torch.from_numpy(np.ascontiguousarray(features.image, dtype=np.float32)),
        torch.from_numpy(np.ascontiguousarray(features.text, dtype=np.float32)),
        torch.from_numpy(np.ascontiguousarray(features.has_image, dtype=np.bool_)),
        torch.from_numpy(np.ascontiguousarray(features.has_text, dtype=np.bool_)),
    )


def mask_features(features: Features, reads: str) -> Features:
    """Hide from a head the modality that it was not trained to read."""
    if reads == "text":
        return features.without_image()
    if reads == "image":
        return features.without_text()
    return features


def check_encoder(model: HeadModel, fingerprint: str) -> None:
    """Raise EncoderMismatchError unless the features come from the model's own encoder."""
    if model.encoder.fingerprint != fingerprint:
        raise EncoderMismatchError(
            f"The model '{model.version}' was trained on features of the encoder "
            f"'{model.encoder.name}' ({model.encoder.fingerprint[:12]}), but these features have "
            f"the fingerprint {fingerprint[:12]}. Use that encoder, or train heads for this one."
        )


@torch.inference_mode()
def score_head(head: TaskHead, features: Features) -> TaskScores:
    """Score features (N rows) with one head; multiclass probabilities sum to 1 per row."""
    tensors = to_tensors(features)
    device = next(head.module.parameters()).device
    logits, cosines = [], []
    for start in range(0, len(features), CHUNK):
        part = [t[start : start + CHUNK].to(device) for t in tensors]
        output = head.module(*part)
        logits.append(output.logits.double().cpu() / head.temperature)
        cosines.append(output.cosines.double().cpu())
    if not logits:
        empty = np.zeros((0, len(head.labels)))
        return TaskScores(probabilities=empty, cosines=empty)
    stacked = torch.cat(logits)
    probabilities = stacked.softmax(-1) if head.kind == "multiclass" else stacked.sigmoid()
    return TaskScores(
        probabilities=probabilities.numpy(), cosines=torch.cat(cosines).clamp(-1, 1).numpy()
    )


def predict_scores(model: HeadModel, features: Features) -> dict[str, TaskScores]:
    """Score features with every head of a model.

    Raises:
        EncoderMismatchError: if the features come from another encoder.
    """
    check_encoder(model, features.fingerprint)
    seen = mask_features(features, model.reads)
    return {key: score_head(head, seen) for key, head in model.heads.items()}
