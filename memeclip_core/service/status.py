"""What the header line of the page and ``memeclip models list`` say of one task set."""

from __future__ import annotations

from dataclasses import dataclass

from memeclip_core.records import Job, ModelInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class StudioStatus:
    """The state of one task set, without loading anything heavy.

    Attributes:
        task_set: its key.
        encoder: the encoder's name, as in the settings.
        fingerprint: the encoder's fingerprint, shortened; "" until the encoder is loaded.
        ocr: the name of the text reader.
        model: the active model, or ``None`` where the encoder answers zero-shot.
        corrected: how many memes have current corrections.
        held_out: how many of those are never trained on.
        new: how many of those changed since the newest model was trained.
        retrain_reason: why retraining would be refused now, or "".
        roll_back_reason: why rolling back would be refused now, or "".
        job: the job that is running, or ``None``.
        candidate: the model that awaits promote or discard, or ``None``.
        warm: whether encoder and text reader are loaded.
        description: what the task set asks, and of which memes.
        notes: sentences a person should read, such as what the heads read.
        unread: how many memes have labels that the task set knows under no name.
        tied: on how many memes people are even.
    """

    task_set: str
    encoder: str
    fingerprint: str
    ocr: str
    model: ModelInfo | None
    corrected: int
    held_out: int
    new: int
    retrain_reason: str
    roll_back_reason: str
    job: Job | None
    candidate: ModelInfo | None
    warm: bool
    notes: tuple[str, ...] = ()
    unread: int = 0
    tied: int = 0
    description: str = ""
