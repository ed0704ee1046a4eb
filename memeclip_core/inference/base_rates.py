"""What a model learnt from, as far as it bears on an answer: how frequent each label was, and
whether a meme is like anything of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from memeclip_core.encoders.features import Features
from memeclip_core.errors import CheckpointError
from memeclip_core.evaluation.novelty import Surroundings, learn_surroundings
from memeclip_core.heads.model import HeadModel
from memeclip_core.memory import Memory
from memeclip_core.models.replay import TRAIN, VAL, Replay


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Background:
    """A model's training rows in short.

    Attributes:
        rates: by task, the share of labelled training memes that carry each class: (C,).
        texts, images: the rows' features, where heads read them and there are enough rows.
    """

    rates: dict[str, np.ndarray]
    texts: Surroundings | None = None
    images: Surroundings | None = None

    def is_far(self, features: Features) -> bool:
        """Say whether a meme (N = 1) is unlike the training rows, by its text if it has one."""
        if features.has_text[0]:
            return self.texts is not None and self.texts.is_far(features.text[0])
        return (
            bool(features.has_image[0])
            and self.images is not None
            and self.images.is_far(features.image[0])
        )


NOTHING = Background(rates={})
"""Of a model that kept no rows."""


class Backgrounds:
    """Works out each model's background once, when it first answers."""

    def __init__(self, *, read_replay: Callable[[str], Replay]) -> None:
        self._read_replay = read_replay
        self._known: Memory[tuple[str, tuple[str, ...]], Background] = Memory(8)
        self._working = threading.Lock()

    def of(self, model: HeadModel) -> Background:
        """Return what is known of a model's training rows; a retrained one has its starter's."""
        key = (model.replay or model.version, tuple(model.heads))
        with self._working:
            found = self._known.get(key)
            if found is None:
                found = self._work_out(model, key[0])
                self._known.put(key, found)
        return found

    def _work_out(self, model: HeadModel, version: str) -> Background:
        try:
            replay = self._read_replay(version)
        except CheckpointError:
            return NOTHING
        rates = {
            key: count_rates(replay.labels[key][replay.rows(TRAIN)], len(head.labels))
            for key, head in model.heads.items()
            if key in replay.labels
        }
        own = replay.features
        return Background(
            rates=rates,
            texts=_surround(replay, own.text, own.has_text) if "text" in model.reads else None,
            images=_surround(replay, own.image, own.has_image) if "image" in model.reads else None,
        )


def count_rates(labels: np.ndarray, classes: int) -> np.ndarray:
    """Return the share of labelled rows that carry each class: (classes,); NaN without any row.

    Args:
        labels: class ids (N,), or 0 and 1 (N, classes); -1 where a row has no label.
        classes: how many there are.
    """
    one_hot = labels if labels.ndim == 2 else np.eye(classes)[labels[labels >= 0]]
    kept = one_hot[(one_hot >= 0).all(axis=1)]
    rates: np.ndarray = kept.mean(axis=0) if len(kept) else np.full(classes, np.nan)
    return rates


def _surround(replay: Replay, rows: np.ndarray, present: np.ndarray) -> Surroundings | None:
    train, val = (rows[(replay.split == split) & present] for split in (TRAIN, VAL))
    return learn_surroundings(train, val)
