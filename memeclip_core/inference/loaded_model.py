"""A model that is ready to answer: checked when it is loaded, with what is known of its rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from memeclip_core.encoders.base import Encoder
from memeclip_core.encoders.features import VECTORS, Features, Needs
from memeclip_core.errors import CheckpointError
from memeclip_core.evaluation.novelty import Surroundings, learn_surroundings
from memeclip_core.heads.model import HeadModel
from memeclip_core.heads.registry import find_model_needs
from memeclip_core.tasks import TaskSet
from memeclip_core.training.rows import LabelledRows

ZERO_SHOT = "zero-shot"
"""Stands for the version where no heads answer."""


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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LoadedModel:
    """What answers a task set.

    Attributes:
        version: the model's, or ``ZERO_SHOT``.
        encoder: whose features it reads.
        tasks: the tasks that the heads were checked against.
        reads: ``text``, ``image`` or ``image+text``.
        needs: what the heads read beyond one vector per image and text.
        heads: the model; ``None`` where the encoder compares memes with sentences.
        background: its training rows.
        notes: what people should know of its answers.
    """

    version: str
    encoder: Encoder
    tasks: TaskSet
    reads: str = "image+text"
    needs: Needs = VECTORS
    heads: HeadModel | None = None
    background: Background = NOTHING
    notes: tuple[str, ...] = ()


def load_heads(
    model: HeadModel, encoder: Encoder, tasks: TaskSet, background: Background
) -> LoadedModel:
    """Return heads that were equipped with an encoder, ready to answer these tasks.

    Raises:
        CheckpointError: if they were trained for other tasks or labels.
    """
    for task in tasks:
        head = model.heads.get(task.key)
        if head is None:
            raise CheckpointError(
                f"The model '{model.version}' has no head for the task '{task.key}', only for: "
                f"{', '.join(model.heads)}. Use the task file that it was trained with."
            )
        if head.labels != task.names or head.kind != task.kind:
            raise CheckpointError(
                f"The model '{model.version}' was trained for other labels of '{task.key}': "
                f"{', '.join(head.labels)}. The task file has: {', '.join(task.names)}."
            )
    return LoadedModel(
        version=model.version,
        encoder=encoder,
        tasks=tasks,
        reads=model.reads,
        needs=find_model_needs(model),
        heads=model,
        background=background,
        notes=model.notes,
    )


def load_zero_shot(encoder: Encoder, tasks: TaskSet) -> LoadedModel:
    """Return what answers where no heads were trained."""
    return LoadedModel(
        version=ZERO_SHOT, encoder=encoder, tasks=tasks, notes=(zero_shot_note(encoder.name),)
    )


def zero_shot_note(encoder: str) -> str:
    """Say what answers where no head was trained."""
    return (
        f"The encoder '{encoder}' answers here without trained heads: it compares each meme with a "
        "sentence per class (zero-shot), which is much less reliable."
    )


def learn_background(model: HeadModel, train: LabelledRows, val: LabelledRows) -> Background:
    """Return what is known of the rows that a model was trained and chosen on."""

    def surround(name: str) -> Surroundings | None:
        if name not in model.reads:
            return None
        own = [getattr(rows.features, name) for rows in (train, val)]
        present = [getattr(rows.features, f"has_{name}") for rows in (train, val)]
        return learn_surroundings(own[0][present[0]], own[1][present[1]])

    return Background(
        rates={
            key: count_rates(train.labels[key], len(head.labels))
            for key, head in model.heads.items()
            if key in train.labels
        },
        texts=surround("text"),
        images=surround("image"),
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
