"""What was answered in a batch, as its table shows it: without what predicts and imports."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from memeclip_core.records.job import Job
from memeclip_core.records.meme import Failure
from memeclip_core.records.prediction import Answer, Prediction
from memeclip_core.tasks import TaskSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A batch as it stands.

    Attributes:
        id: what it is asked for by.
        job: of the latest start.
        tasks: what is asked of each meme.
        answers: those that are there, in the order of the memes.
        until: when it is deleted.
    """

    id: str
    job: Job
    tasks: TaskSet
    answers: tuple[Answer, ...]
    until: datetime

    @property
    def predictions(self) -> tuple[Prediction, ...]:
        """What was predicted."""
        return tuple(one.told for one in self.answers if isinstance(one.told, Prediction))


def measure_disagreement(answer: Answer) -> tuple[float, tuple[str, ...]]:
    """Return how far the models are apart on a meme, 0 to 1, and the tasks that they answer apart.

    How far: the largest difference of two probabilities of one class.
    """
    told = answer.told
    if isinstance(told, Failure) or not answer.beside:
        return 0.0, ()
    widest, apart = 0.0, []
    for task in told.tasks:
        other = answer.beside[0].task(task.task)
        pairs = zip(task.scores, other.scores, strict=True)
        widest = max(widest, *(abs(a.probability - b.probability) for a, b in pairs))
        if set(task.labels) != set(other.labels):
            apart.append(task.title)
    return widest, tuple(apart)


def measure_confidence(answer: Answer) -> float:
    """Return the probability of the least sure answer that applies; 0 of a failure."""
    if isinstance(answer.told, Failure):
        return 0.0
    return min((task.probability for task in answer.told.tasks if task.applies), default=0.0)


def select_answers(
    answers: Sequence[Answer], *, shown: str = "", task: str = "", label: str = "", order: str = ""
) -> list[Answer]:
    """Return the answers of a table, in its order.

    Args:
        answers: all of them.
        shown: "" for what was predicted, "apart" where models disagree, "doubt" for guesses.
        task, label: an answer that is asked for, or "".
        order: "" as handed in, "unsure" first, "sure" first, "apart" first, or by "name".
    """
    found = []
    for one in answers:
        if isinstance(one.told, Failure):
            continue
        if shown == "apart" and not measure_disagreement(one)[1]:
            continue
        if shown == "doubt" and not one.told.doubt:
            continue
        if label and label not in one.told.task(task).labels:
            continue
        found.append(one)
    keys: dict[str, Callable[[Answer], Any]] = {
        "unsure": measure_confidence,
        "sure": lambda one: -measure_confidence(one),
        "apart": lambda one: -measure_disagreement(one)[0],
        "name": lambda one: one.told.meme.filename if isinstance(one.told, Prediction) else "",
    }
    return sorted(found, key=keys[order]) if order in keys else found
