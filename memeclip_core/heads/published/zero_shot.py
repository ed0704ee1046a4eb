"""Scores without a trained head: how near a meme lies to the sentence of each class."""

from __future__ import annotations

import numpy as np

from memeclip_core.heads.model import TaskScores
from memeclip_core.tasks import TaskKind

SCALE = 100.0
"""CLIP's learnt logit scale, which training clips at 100 (Radford et al., 2021, section 2.5)."""


def score_prompts(
    memes: np.ndarray, prompts: np.ndarray, *, kind: TaskKind, plain: np.ndarray
) -> TaskScores:
    """Score memes against class prompts in a space shared by image and text.

    Multiclass probabilities are the softmax of ``SCALE`` times the cosines. A multilabel class
    is weighed alone, against a sentence that says nothing: the sigmoid of ``SCALE`` times (its
    cosine minus that of the plain sentence), so that 0.5 means "as near to one as to the other".

    Args:
        memes: (N, S); any length but zero.
        prompts: (C, S), one per class.
        kind: the task's.
        plain: (S,), the plain sentence.

    Returns:
        probabilities and cosines, float64 (N, C).
    """
    unit = normalize_rows(memes)
    cosines = np.clip(unit @ normalize_rows(prompts).T, -1.0, 1.0)
    if kind == "multiclass":
        logits = SCALE * (cosines - cosines.max(axis=1, keepdims=True))
        odds = np.exp(logits)
        return TaskScores(probabilities=odds / odds.sum(axis=1, keepdims=True), cosines=cosines)
    base = unit @ normalize_rows(plain[None]).T
    return TaskScores(
        probabilities=1.0 / (1.0 + np.exp(-SCALE * (cosines - base))), cosines=cosines
    )


def join_modalities(vectors: list[np.ndarray]) -> np.ndarray:
    """Return the mean direction of the modalities that there are: (N, S) each, and together."""
    return np.asarray(np.mean([normalize_rows(vector) for vector in vectors], axis=0))


def normalize_rows(rows: np.ndarray) -> np.ndarray:
    """Return rows of length 1 in float64; a row of zeros stays one."""
    wide = np.asarray(rows, dtype=np.float64)
    return np.asarray(wide / np.maximum(np.linalg.norm(wide, axis=1, keepdims=True), 1e-12))
