"""The memes that models learnt from, as far as their checkpoints and this home keep them.

Invariants: what was read is remembered by version and never changed; any thread may ask.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

import numpy as np

from memeclip_core.datasets.label_mapping import encode_labels
from memeclip_core.encoders.base import Encoder
from memeclip_core.encoders.features import Features
from memeclip_core.errors import CheckpointError
from memeclip_core.explain.agreement import LEAST, measure_agreement
from memeclip_core.explain.rule import find_axis
from memeclip_core.heads.model import mask_features, score_head
from memeclip_core.inference.features import MemeEncoder
from memeclip_core.inference.loaded_model import LoadedModel
from memeclip_core.memory import Memory
from memeclip_core.models.learnt import LEARNT
from memeclip_core.models.replay import TRAIN, VAL, Replay
from memeclip_core.models.sides import find_staying
from memeclip_core.models.versions import ModelStore
from memeclip_core.records.decision import Labelled
from memeclip_core.records.meme import Meme
from memeclip_core.tasks import TaskSet
from memeclip_core.training.rows import LabelledRows

AXIS_ROWS: Final = 1000
"""Rows that an axis is found from."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pairs:
    """Cosines (N,) of picture and text of the training memes of one model, ``source``."""

    cosines: np.ndarray
    source: str


class TrainingMemes:
    """Look up what models learnt from.

    Args:
        store: the models.
        encoder: knows the features of this home's memes.
        corrected: those of some memes that are decided on a task set, by id.
    """

    def __init__(
        self,
        *,
        store: ModelStore,
        encoder: MemeEncoder,
        corrected: Callable[[TaskSet, Sequence[str]], Mapping[str, Labelled]],
    ) -> None:
        self._store = store
        self._encoder = encoder
        self._corrected = corrected
        self._replays: Memory[str, Replay] = Memory(2)
        self._axes: Memory[str, dict[str, float]] = Memory(16)
        self._stay: Memory[str, np.ndarray] = Memory(4)
        self._pairs: Memory[str, Pairs] = Memory(4)

    def rows(self, model: LoadedModel) -> LabelledRows | None:
        """Return the training rows of a model: its replay's, and what it was taught in this home.

        ``None`` where it keeps none. Rows of the replay that made way for a corrected meme are not
        among them, and neither is a taught meme whose features are not kept.
        """
        replay = self._replay(model)
        if replay is None:
            return None
        places = replay.rows(TRAIN)
        if model.heads is not None and model.heads.origin == "retrained":
            places = places[self._staying(model.version, replay)[places]]
        rows = LabelledRows(features=replay.features, labels=replay.labels).take(places)
        taught = self.taught(model)
        return rows if taught is None else rows.join(taught)

    def axes(self, model: LoadedModel) -> dict[str, float]:
        """Return by task key an axis that holds the cosines of a model's validation rows.

        Of its training rows where it has no others; 1 where it keeps none.
        """
        replay = self._replay(model)
        if model.heads is None or replay is None:
            return dict.fromkeys(model.tasks.keys, 1.0)
        found = self._axes.get(model.version)
        if found is None:
            rows = replay.rows(VAL) if len(replay.rows(VAL)) else replay.rows(TRAIN)
            seen = mask_features(replay.features.take(rows[:AXIS_ROWS]), model.reads)
            heads = model.heads.heads.items()
            found = {key: find_axis(score_head(head, seen).cosines) for key, head in heads}
            self._axes.put(model.version, found)
        return found

    def pairs(self, model: LoadedModel) -> Pairs | None:
        """Return how near picture and text lie in training memes: the model's own, or another's.

        That depends on the encoder and the memes alone, so any model of the encoder will do; those
        that ship are looked through by name.
        """
        own = _origin(model)
        found = self._pairs.get(own)
        if found is None:
            for version in dict.fromkeys(chain([own], self._store.starters())):
                found = self._measure(version, model.encoder)
                if found is not None:
                    self._pairs.put(own, found)
                    break
        return found

    def _measure(self, version: str, encoder: Encoder) -> Pairs | None:
        if not self._may_have_pictures(version, encoder.fingerprint):
            return None
        replay = self._read(version)
        if replay is None:
            return None
        features = replay.features.take(replay.rows(TRAIN))
        whole = np.flatnonzero(features.has_image & features.has_text)
        if len(whole) < LEAST:
            return None
        return Pairs(cosines=measure_pairs(encoder, features.take(whole)), source=version)

    def _may_have_pictures(self, version: str, fingerprint: str) -> bool:
        try:
            manifest = self._store.manifest(version)
        except CheckpointError:
            return False
        encoder = manifest.get("encoder") or {}
        return manifest.get("reads") == "image+text" and encoder.get("fingerprint") == fingerprint

    def taught(self, model: LoadedModel) -> LabelledRows | None:
        """Return the corrected memes that a model learnt from and whose features are known."""
        if model.heads is None or model.heads.origin != "retrained" or model.needs.captions:
            return None
        learnt = self._store.read_learnt(model.version)
        sides = zip(learnt.keys.ids, learnt.sides, strict=True)
        met = [meme for meme, side in sides if side == LEARNT]
        items = self._corrected(model.tasks, met)
        features = self._encoder.recall(_memes(items.values()), reads=model.reads)
        if not len(features):
            return None
        own = [items[meme].labels for meme in features.ids]
        labels = {
            task.key: encode_labels(task, [given.get(task.key) for given in own])
            for task in model.tasks
        }
        return LabelledRows(features=features, labels=labels)

    def _replay(self, model: LoadedModel) -> Replay | None:
        return None if model.heads is None else self._read(_origin(model))

    def _staying(self, version: str, replay: Replay) -> np.ndarray:
        found = self._stay.get(version)
        if found is None:
            found = find_staying(replay, self._store.read_learnt(version))
            self._stay.put(version, found)
        return found

    def _read(self, version: str) -> Replay | None:
        found = self._replays.get(version)
        if found is None:
            try:
                found = self._store.read_replay(version)
            except CheckpointError:
                return None
            self._replays.put(version, found)
        return found


def measure_pairs(encoder: Encoder, features: Features) -> np.ndarray:
    """Return the cosines of picture and text of N memes that have both: (N,)."""
    return measure_agreement(
        encoder.share_images(features.image), encoder.share_texts(features.text)
    )


def _origin(model: LoadedModel) -> str:
    """Return the checkpoint whose replay belongs to a model."""
    return model.heads.replay or model.version if model.heads is not None else model.version


def _memes(items: Iterable[Labelled]) -> list[Meme]:
    return [
        Meme(
            id=item.meme,
            filename="",
            text=item.text,
            text_source=item.text_source,
            has_image=bool(item.image),
        )
        for item in items
    ]
