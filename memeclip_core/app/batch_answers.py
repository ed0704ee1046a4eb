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
    answers: Sequence[Answer], *, shown: str = "", task: str = "", label: str = "",
    order: str = "", words: str = "",
) -> list[Answer]:  # fmt: skip
    """Return the answers of a table, in its order.

    Args:
        answers: all of them.
        shown: "" for what was predicted, "apart" where models disagree, "doubt" for guesses.
        task, label: an answer that is asked for, or "".
        order: "" as handed in, "unsure" first, "sure" first, "apart" first, by "name" or "text", or
            a task and a label in two lines: where that is most probable first.
        words: what the name or the text has in it, in whatever case.
    """
    sought = words.strip().casefold()
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
        if sought not in f"{one.told.meme.filename}\n{one.told.meme.text}".casefold():
            continue
        found.append((one, one.told))
    own, _, wanted = order.partition("\n")
    keys: dict[str, Callable[[tuple[Answer, Prediction]], Any]] = {
        "unsure": lambda row: measure_confidence(row[0]),
        "sure": lambda row: -measure_confidence(row[0]),
        "apart": lambda row: -measure_disagreement(row[0])[0],
        "name": lambda row: row[1].meme.filename,
        "text": lambda row: row[1].meme.text.casefold(),
    }
    key = keys.get(order)
    if wanted:
        found.sort(key=lambda row: -_measure(row[1], own, wanted))
    elif key is not None:
        found.sort(key=key)
    return [one for one, _ in found]


def _measure(told: Prediction, task: str, label: str) -> float:
    """Return the probability of a label; below 0 where its task does not apply."""
    found = told.task(task)
    own = next((score.probability for score in found.scores if score.label == label), 0.0)
    return own if found.applies else own - 1
