"""Which memes are worth a person's look: those a model is unsure of, disputed, or unlike others.

Scores are higher the more is to be learnt, and NaN where nothing is known of a meme.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from memeclip_core.encoders.features import unit_rows
from memeclip_core.tasks import TaskKind

CENTRES = 1_000
"""How many memes are chosen one by one as most unlike those before; the rest follow by distance."""

_WIDTH = 64
_KNOWN = 2_000
_BLOCK = 4_096


def compute_margin(probabilities: np.ndarray, kind: TaskKind) -> np.ndarray:
    """Return how close the decision was, in [0, 1] (Scheffer et al. 2001).

    Args:
        probabilities: (N, C) in [0, 1].
        kind: multiclass: 1 minus the distance of the two highest; multilabel: of the label
            nearest to one half, 1 minus twice its distance from it.

    Returns:
        (N,) float64.
    """
    values = np.asarray(probabilities, np.float64)
    if kind == "multilabel":
        return np.asarray(1 - np.abs(2 * values - 1).min(axis=1))
    best = np.partition(values, values.shape[1] - 2, axis=1)[:, -2:]
    return 1 - (best[:, 1] - best[:, 0])


def compute_entropy(probabilities: np.ndarray, kind: TaskKind) -> np.ndarray:
    """Return the entropy as a share of the highest possible, in [0, 1]; see ``compute_margin``.

    Multilabel: the mean over the labels, each a yes or no.
    """
    values = np.asarray(probabilities, np.float64)
    if kind == "multilabel":
        return np.asarray(_entropy(np.stack([values, 1 - values], 2)).mean(axis=1))
    return _entropy(values)


UNCERTAINTY: Final = {"margin": compute_margin, "entropy": compute_entropy}
"""How unsure a model is, by the name of the order that puts the highest first."""


def compute_divergence(opinions: Sequence[np.ndarray], kind: TaskKind) -> np.ndarray:
    """Return how far M models differ, in [0, 1]: the Jensen-Shannon divergence over ln M.

    Args:
        opinions: M probabilities (N, C); a model may know nothing of a meme (NaN).
        kind: multilabel takes the mean over the labels, each a yes or no.

    Returns:
        (N,) float64; NaN where fewer than two models know the meme.
    """
    stack = np.stack([np.asarray(one, np.float64) for one in opinions])
    known = np.asarray(~np.isnan(stack).any(axis=2))
    number = known.sum(axis=0)
    filled = np.where(known[:, :, None], stack, 0.0)
    if kind == "multilabel":
        filled = np.stack([filled, np.where(known[:, :, None], 1 - stack, 0.0)], axis=3)
    else:
        filled = filled[:, :, None, :]
    number_safe = np.maximum(number, 1)
    mean = filled.sum(axis=0) / number_safe[:, None, None]
    inner = _nats(filled).sum(axis=0) / number_safe[:, None]
    value = (_nats(mean) - inner).mean(axis=1) / np.log(np.maximum(number, 2))
    return np.where(number < 2, np.nan, np.clip(value, 0.0, 1.0))


def combine_scores(scores: Sequence[np.ndarray]) -> np.ndarray:
    """Return the mean (N,) of what is known by task; NaN where nothing is."""
    stack = np.stack(scores)
    known = ~np.isnan(stack)
    total = np.where(known, stack, 0.0).sum(axis=0)
    number = known.sum(axis=0)
    return np.where(number == 0, np.nan, total / np.maximum(number, 1))


def order_highest(scores: np.ndarray) -> np.ndarray:
    """Return the places (N,) from the highest score down; equal ones as they stand, NaN last."""
    return np.argsort(np.where(np.isnan(scores), np.inf, -scores), kind="stable")


def order_diverse(
    features: np.ndarray,
    *,
    known: np.ndarray | None = None,
    centres: int = CENTRES,
    seed: int = 0,
) -> np.ndarray:
    """Return the places (N,) so that each meme is unlike those before it.

    k-centre greedy (Sener and Savarese 2018): the meme farthest from all that are chosen or
    known is next. After ``centres`` of them the rest follow by their distance, which is exact
    for the first and nearly so for the others. More than 64 columns are first projected at
    random, which keeps distances (Johnson and Lindenstrauss 1984); 50,000 rows take seconds.

    Args:
        features: (N, D); compared by direction. A row of zeros stands for nothing known, and
            comes last.
        known: bool (N,), the memes that people have seen; they are centres from the start and
            follow at the very end. Of many, 2,000 stand for all.
        centres: how many are chosen one by one.
        seed: of projection and sample.
    """
    generator = np.random.default_rng(seed)
    rows = unit_rows(_project(np.asarray(features, np.float32), generator))
    seen = np.zeros(len(rows), bool) if known is None else np.asarray(known, bool)
    empty = ~rows.any(axis=1)
    distance = _known_distance(rows, np.flatnonzero(seen & ~empty), generator)
    distance[seen | empty] = -1.0
    chosen: list[int] = []
    while len(chosen) < centres:
        place = int(distance.argmax()) if len(distance) else 0
        if not len(distance) or distance[place] < 0:
            break
        chosen.append(place)
        np.minimum(distance, 1 - rows @ rows[place], out=distance, where=distance >= 0)
        np.maximum(distance, 0.0, out=distance, where=distance >= 0)
        distance[place] = -1.0
    rest = np.flatnonzero(distance >= 0)
    rest = rest[np.argsort(-distance[rest], kind="stable")]
    blank = np.flatnonzero(empty & ~seen)
    return np.concatenate([np.array(chosen, np.int64), rest, blank, np.flatnonzero(seen)])


def _known_distance(
    rows: np.ndarray, known: np.ndarray, generator: np.random.Generator
) -> np.ndarray:
    """Return each row's distance 1 - cosine to the nearest known one, or else to the middle."""
    if not len(known):
        middle = rows.mean(axis=0) if len(rows) else np.zeros(rows.shape[1], np.float32)
        return np.asarray(np.maximum(1 - rows @ middle, 0.0))
    if len(known) > _KNOWN:
        known = np.sort(generator.choice(known, _KNOWN, replace=False))
    nearest = np.concatenate(
        [
            (rows[start : start + _BLOCK] @ rows[known].T).max(axis=1)
            for start in range(0, len(rows), _BLOCK)
        ]
    )
    return np.asarray(np.maximum(1 - nearest, 0.0))


def _project(features: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    if features.shape[1] <= _WIDTH:
        return features
    matrix = generator.standard_normal((features.shape[1], _WIDTH), np.float32)
    return np.asarray(features @ matrix)


def _entropy(shares: np.ndarray) -> np.ndarray:
    """Return the entropy of the last axis as a share of the highest possible."""
    return np.asarray(_nats(shares) / np.log(shares.shape[-1]))


def _nats(shares: np.ndarray) -> np.ndarray:
    logs = np.log(shares, where=shares > 0, out=np.zeros_like(shares))
    total = -(shares * logs).sum(axis=-1)
    # A row of NaN has no entropy; the masked logarithm would call it zero.
    return np.where(np.isnan(shares).any(axis=-1), np.nan, total)
