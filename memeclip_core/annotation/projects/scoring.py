"""What a model says of many memes at once, in the labels of today."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from memeclip_core.annotation.projects.predictions import TaskTable
from memeclip_core.datasets.reader import Row
from memeclip_core.datasets.row_features import encode_rows
from memeclip_core.encoders.base import Encoder
from memeclip_core.encoders.cache import FeatureCache
from memeclip_core.encoders.features import VECTORS, Features
from memeclip_core.heads.model import HeadModel, predict_scores
from memeclip_core.heads.published.zero_shot import join_modalities, score_prompts
from memeclip_core.heads.registry import find_model_needs
from memeclip_core.inference.engines import Engines
from memeclip_core.inference.predictor import PLAIN
from memeclip_core.memes.image import ImageLimits
from memeclip_core.memes.text import has_words
from memeclip_core.tasks import Task, TaskSet

DEFAULT_THRESHOLD = 0.5
VECTOR_DIM = 128
"""Of each modality; the cosine of two memes is off by about 1 / sqrt(128) = 0.09."""
_SEED = 20240601
CHUNK: Final = 16
"""Memes encoded in one turn: a prediction on the page waits no longer than that takes."""

Lead = Callable[[str, str], str | None]
"""What a label of a task is called now; ``None`` if it is gone. See ``Project.lead``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorer:
    """Has a model answer many rows: they are encoded, or found in the cache, and scored."""

    engines: Engines
    cache: FeatureCache
    limits: ImageLimits

    def score(
        self, tasks: TaskSet, lead: Lead, model: HeadModel | None, rows: Sequence[Row]
    ) -> tuple[Features, dict[str, TaskTable]]:
        """Return the features of ``CHUNK`` rows or fewer, and what is said of them by task key.

        ``None`` as the model asks the encoder's prompts.
        """
        encoder = self.engines.encoder()
        needs = VECTORS if model is None else find_model_needs(model)
        with self.engines.encoding:
            features = encode_rows(
                encoder,
                [row if has_words(row.text) else replace(row, text="") for row in rows],
                needs=needs,
                captioner=self.engines.captioner() if needs.captions else None,
                cache=self.cache,
                limits=self.limits,
            )
            if model is None:
                return features, score_with_prompts(tasks, encoder, features)
            return features, score_with_heads(tasks, lead, model, features)


def score_with_heads(
    tasks: TaskSet, lead: Lead, model: HeadModel, features: Features
) -> dict[str, TaskTable]:
    """Score N memes with a model's heads; tasks that the model does not know are left out.

    A head whose labels were renamed, merged or dropped since answers in the labels of today.
    """
    scores = predict_scores(model, features)
    tables: dict[str, TaskTable] = {}
    for task in tasks:
        head = model.heads.get(task.key)
        if head is None or head.kind != task.kind:
            continue
        moved = carry_labels(lead, task, head.labels)
        if moved is None:
            continue
        tables[task.key] = TaskTable(
            labels=task.names,
            probabilities=move_columns(scores[task.key].probabilities, moved, task),
            threshold=_threshold(task, head.threshold),
        )
    return tables


def score_with_prompts(
    tasks: TaskSet, encoder: Encoder, features: Features
) -> dict[str, TaskTable]:
    """Score N memes by how near they lie to a sentence per class; {} without a shared space."""
    if not encoder.shared_dim:
        return {}
    memes = np.zeros((len(features), encoder.shared_dim))
    image, text = features.has_image, features.has_text
    for rows in (image & text, image & ~text, text & ~image):
        if rows.any():
            parts = []
            if image[rows][0]:
                parts.append(encoder.share_images(features.image[rows]))
            if text[rows][0]:
                parts.append(encoder.share_texts(features.text[rows]))
            memes[rows] = join_modalities(parts)
    tables: dict[str, TaskTable] = {}
    for task in tasks:
        prompts = encoder.encode_prompts((*task.prompts, task.template.format(PLAIN)))
        scores = score_prompts(memes, prompts[:-1], kind=task.kind, plain=prompts[-1])
        tables[task.key] = TaskTable(
            labels=task.names,
            probabilities=scores.probabilities.astype(np.float32),
            threshold=_threshold(task, None),
        )
    return tables


def carry_labels(lead: Lead, task: Task, labels: Sequence[str]) -> list[int | None] | None:
    """Return for each label of a head its place among the task's labels of today.

    ``None`` at a place means that the label is gone; ``None`` altogether that the head was
    trained for something else.
    """
    names: list[str | None] = list(labels)
    if tuple(labels) != task.names:
        names = [lead(task.key, name) for name in labels]
    if not any(names) or any(name is not None and name not in task.names for name in names):
        return None
    return [None if name is None else task.names.index(name) for name in names]


def move_columns(probabilities: np.ndarray, places: Sequence[int | None], task: Task) -> np.ndarray:
    """Return (N, C) float32 in the task's labels.

    Merged labels add up if multiclass, whose rows sum to 1 again afterwards; if multilabel the
    likelier one counts. A label that the head does not know has the probability 0.
    """
    moved = np.zeros((len(probabilities), len(task.labels)))
    for column, place in enumerate(places):
        if place is None:
            continue
        if task.kind == "multiclass":
            moved[:, place] += probabilities[:, column]
        else:
            moved[:, place] = np.maximum(moved[:, place], probabilities[:, column])
    if task.kind == "multiclass":
        sums = moved.sum(axis=1, keepdims=True)
        moved = np.where(sums > 0, moved / np.maximum(sums, 1e-12), 1 / len(task.labels))
    return moved.astype(np.float32)


def make_vectors(features: Features) -> np.ndarray:
    """Return (N, 2 * VECTOR_DIM) float32 of unit length whose cosines are about the features'.

    A random projection (Johnson and Lindenstrauss, 1984), image and text weighing the same: small
    enough to keep for every meme, and the same for the same encoder.
    """
    generator = np.random.default_rng(_SEED)
    parts = []
    for values, there in ((features.image, features.has_image), (features.text, features.has_text)):
        matrix = generator.standard_normal((values.shape[1], VECTOR_DIM)).astype(np.float32)
        parts.append(_unit((values * there[:, None]).astype(np.float32) @ matrix))
    return _unit(np.concatenate(parts, axis=1))


def _unit(rows: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-12), dtype=np.float32)


def _threshold(task: Task, threshold: float | None) -> float | None:
    if task.kind == "multiclass":
        return None
    return DEFAULT_THRESHOLD if threshold is None else threshold
