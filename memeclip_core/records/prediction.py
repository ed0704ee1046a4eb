"""What a model says of a meme."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from memeclip_core.records.meme import Failure, Meme
from memeclip_core.tasks import TaskKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassScore:
    """One class's scores.

    Attributes:
        probability: in [0, 1].
        cosine: similarity in [-1, 1].
        base: the share of the model's training memes that carry the label; ``None`` if unknown.
    """

    label: str
    display: str
    probability: float
    cosine: float
    base: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPrediction:
    """What one task's head says of one meme.

    Attributes:
        task: the task's key; ``title`` and ``kind`` are the task's.
        labels: the predicted names: one if multiclass, any number if multilabel.
        scores: one per class, in the task's order. Multiclass probabilities sum to 1.
        threshold: the multilabel decision threshold, or ``None``.
        applies: false where the task makes no sense given the other predictions.
        reason: why it does not apply, or "".
        reads: what the head was trained to read: ``text``, ``image`` or ``image+text``.
        model: the version of the model that answered; ``zero-shot`` without a trained head.
    """

    task: str
    title: str
    kind: TaskKind
    labels: tuple[str, ...]
    scores: tuple[ClassScore, ...]
    threshold: float | None
    applies: bool
    reason: str
    reads: str
    model: str

    @property
    def probability(self) -> float:
        """The probability of the predicted label; the highest one if multilabel."""
        chosen = [s.probability for s in self.scores if s.label in self.labels]
        return max(chosen or [s.probability for s in self.scores])


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """All tasks' predictions for one meme, with what made them.

    Attributes:
        notes: what a person should know about the answers, in sentences.
        doubt: a clause that says why the answers are little more than a guess; "" if they are not.
    """

    meme: Meme
    task_set: str
    tasks: tuple[TaskPrediction, ...]
    model: str
    encoder: str
    notes: tuple[str, ...] = ()
    doubt: str = ""

    def task(self, key: str) -> TaskPrediction:
        """Return one task's prediction; KeyError if the task set has no such task."""
        for item in self.tasks:
            if item.task == key:
                return item
        raise KeyError(key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of one of many memes.

    Attributes:
        place: of the meme among them, from 0.
        told: what the model says, or why it cannot.
        key: names the question, so that it is asked once; "" of a failure.
        beside: what other models say, where they were asked.
    """

    place: int
    told: Prediction | Failure
    key: str = ""
    beside: tuple[Prediction, ...] = ()


class KeptPrediction(NamedTuple):
    """That a model's suggestions of a project's memes are kept: a row of ``prediction``."""

    project: str
    model: str
    tasks: dict[str, Any]
    space: str
    revision: int
    changed: datetime


BROUGHT_IN: Final = " (brought in)"
"""How the name of another model ends whose suggestions were brought in; no version does so."""


def is_brought_in(model: str) -> bool:
    """Say whether suggestions are another model's, which an admin brought in."""
    return model.endswith(BROUGHT_IN)


@dataclass(frozen=True, slots=True, kw_only=True)
class BroughtIn:
    """What one other model said of a project's memes, taken in from a file.

    Attributes:
        model: the name that its suggestions go by from now on.
        memes: of how many memes it says something; the project has ``total``.
        tasks: the keys of the tasks that it answers.
    """

    model: str
    memes: int
    total: int
    tasks: tuple[str, ...]
