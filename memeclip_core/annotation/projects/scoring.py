"""What the active model says of many memes at once, in the labels of a project."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from memeclip_core.annotation.projects.predictions import TaskTable
from memeclip_core.encoders.base import Encoder
from memeclip_core.encoders.features import Features
from memeclip_core.heads.model import HeadModel, predict_scores
from memeclip_core.heads.published.zero_shot import join_modalities, score_prompts
from memeclip_core.inference.predictor import PLAIN
from memeclip_core.records.project import Project
from memeclip_core.tasks import Task

DEFAULT_THRESHOLD = 0.5
VECTOR_DIM = 128
"""Of each modality; the cosine of two memes is off by about 1 / sqrt(128) = 0.09."""
_SEED = 20240601


def score_with_heads(
    project: Project, model: HeadModel, features: Features
) -> dict[str, TaskTable]:
    """Score N memes with a model's heads; tasks that the model does not know are left out.

    A head whose labels were renamed, merged or dropped since answers in the labels of today.
    """
    scores = predict_scores(model, features)
    tables: dict[str, TaskTable] = {}
    for task in project.tasks:
        head = model.heads.get(task.key)
        if head is None or head.kind != task.kind:
            continue
        moved = carry_labels(project, task, head.labels)
        if moved is None:
            continue
        tables[task.key] = TaskTable(
            labels=task.names,
            probabilities=move_columns(scores[task.key].probabilities, moved, task),
            threshold=_threshold(task, head.threshold),
        )
    return tables


def score_with_prompts(
    project: Project, encoder: Encoder, features: Features
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
    for task in project.tasks:
        prompts = encoder.encode_prompts((*task.prompts, task.template.format(PLAIN)))
        scores = score_prompts(memes, prompts[:-1], kind=task.kind, plain=prompts[-1])
        tables[task.key] = TaskTable(
            labels=task.names,
            probabilities=scores.probabilities.astype(np.float32),
            threshold=_threshold(task, None),
        )
    return tables


def carry_labels(project: Project, task: Task, labels: Sequence[str]) -> list[int | None] | None:
    """Return for each label of a head its place among the task's labels of today.

    ``None`` at a place means that the label is gone; ``None`` altogether that the head was
    trained for something else.
    """
    names: list[str | None] = list(labels)
    if tuple(labels) != task.names:
        names = [project.lead(task.key, name) for name in labels]
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
