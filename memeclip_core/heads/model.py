"""A model: the heads of one task set, with everything needed to use them safely."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Any, Literal

import numpy as np
import torch
from torch import nn

from memeclip_core.encoders.features import FeatureDims, Features
from memeclip_core.errors import EncoderMismatchError
from memeclip_core.heads.batch import Batch, HeadOutput, to_batches
from memeclip_core.records.model import Metric
from memeclip_core.tasks import TaskKind

CHUNK = 512
"""Rows scored at once; bounds the memory of a large folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderTag:
    """Which encoder's features a head reads; see ``FeatureDims`` for the widths.

    Attributes:
        captioner, captioner_fingerprint: what wrote the captions in front of the texts, or "".
    """

    name: str
    fingerprint: str
    image_dim: int
    text_dim: int
    image_token_dim: int = 0
    text_token_dim: int = 0
    shared_dim: int = 0
    word_dim: int = 0
    captioner: str = ""
    captioner_fingerprint: str = ""

    @property
    def dims(self) -> FeatureDims:
        """The widths of its features."""
        return FeatureDims(
            image=self.image_dim,
            text=self.text_dim,
            image_tokens=self.image_token_dim,
            text_tokens=self.text_token_dim,
            shared=self.shared_dim,
            words=self.word_dim,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskHead:
    """One task's trained head with the labels that its outputs mean.

    Attributes:
        kind, labels: the task's, in the order of the outputs.
        module: the head, in eval mode.
        threshold: the multilabel decision threshold in (0, 1); ``None`` if multiclass.
        temperature: divides the logits before softmax or sigmoid; 1 leaves them.
        lines: multilabel only: slope and offset of each class's logits, in place of the
            temperature; empty where that serves all classes.
        metrics: measured on validation rows.
    """

    kind: TaskKind
    labels: tuple[str, ...]
    module: nn.Module
    threshold: float | None = None
    temperature: float = 1.0
    lines: tuple[tuple[float, float], ...] = ()
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
    """One task's scores over N rows: all arrays are float64 (N, C).

    ``logits`` are those of the head before any calibration; ``None`` of prompts alone.
    """

    probabilities: np.ndarray
    cosines: np.ndarray
    logits: np.ndarray | None = None


def join_scores(parts: Sequence[TaskScores]) -> TaskScores:
    """Return the rows of all parts in order; logits only if every part has them."""
    logits = [part.logits for part in parts if part.logits is not None]
    return TaskScores(
        probabilities=np.concatenate([part.probabilities for part in parts]),
        cosines=np.concatenate([part.cosines for part in parts]),
        logits=np.concatenate(logits) if len(logits) == len(parts) else None,
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


def check_captioner(model: HeadModel, fingerprint: str) -> None:
    """Raise EncoderMismatchError unless the captions come from the model's own captioner.

    Args:
        fingerprint: of the captioner; "" where no captions stand in front of the texts.
    """
    own = model.encoder.captioner_fingerprint
    if own == fingerprint:
        return
    reads = f"captions by '{model.encoder.captioner}' ({own[:12]})" if own else "no captions"
    found = f"captions by another captioner ({fingerprint[:12]})" if fingerprint else "none"
    raise EncoderMismatchError(
        f"The model '{model.version}' was trained with {reads} in front of the texts, and here are "
        f"{found}. Name the captioner that it was trained with, or train heads for this one."
    )


def run_head(module: nn.Module, features: Features) -> HeadOutput:
    """Return what a head makes of all rows (N), in float64 on the CPU; see ``HeadOutput``.

    The rows go through in chunks; the module's mode and gradients are the caller's business.
    """
    return _run(module, to_batches(features, CHUNK))


def _run(module: nn.Module, batches: Sequence[Batch]) -> HeadOutput:
    own = next(chain(module.parameters(), module.buffers()), None)
    device = torch.device("cpu") if own is None else own.device
    parts = [
        module(batch if batch.image.device == device else batch.to(device)) for batch in batches
    ]
    return HeadOutput(
        logits=torch.cat([part.logits for part in parts]).double().cpu(),
        cosines=torch.cat([part.cosines for part in parts]).double().cpu(),
    )


def score_head(head: TaskHead, features: Features) -> TaskScores:
    """Score features (N rows) with one head; multiclass probabilities sum to 1 per row."""
    return _score(head, to_batches(features, CHUNK))


@torch.inference_mode()
def _score(head: TaskHead, batches: Sequence[Batch]) -> TaskScores:
    output = _run(head.module, batches)
    logits = output.logits / head.temperature
    if head.lines:
        slopes, offsets = torch.tensor(head.lines, dtype=torch.float64).T
        logits = output.logits * slopes + offsets
    probabilities = logits.softmax(-1) if head.kind == "multiclass" else logits.sigmoid()
    return TaskScores(
        probabilities=probabilities.numpy(),
        cosines=output.cosines.clamp(-1, 1).numpy(),
        logits=output.logits.numpy(),
    )


def predict_scores(model: HeadModel, features: Features) -> dict[str, TaskScores]:
    """Score features with every head of a model.

    Raises:
        EncoderMismatchError: if the features come from another encoder or captioner.
    """
    check_encoder(model, features.fingerprint)
    check_captioner(model, features.captioner)
    batches = to_batches(mask_features(features, model.reads), CHUNK)
    return {key: _score(head, batches) for key, head in model.heads.items()}
