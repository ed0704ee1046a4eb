"""What people said of a project's memes, as its label set reads now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from memeclip_core.annotation.decisions.book import Book
from memeclip_core.annotation.review.votes import Answer, known_answer, number_answers
from memeclip_core.evaluation.agreement import Answers
from memeclip_core.evaluation.set_agreement import compute_dispute
from memeclip_core.records.decision import Decision, Labelled
from memeclip_core.records.project import Labels, Project, ProjectMeme
from memeclip_core.tasks import Task


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Decided:
    """What people said of N memes, by task key.

    Attributes:
        labels: int (N,), -1 where nothing is known; multilabel (N, C) of 0 and 1, -1 throughout
            such a row. What counts of the decisions, and else what the import brought along.
        disputes: float (N,), how far people differ, NaN where fewer than two answered; see
            ``compute_dispute``.
        seen: bool (N,), where there is a decision.
    """

    labels: Mapping[str, np.ndarray]
    disputes: Mapping[str, np.ndarray]
    seen: np.ndarray


def read_labels(project: Project, decision: Decision | None) -> Labels:
    """Return a decision's labels as they read now; {} without one."""
    if decision is None:
        return {}
    if decision.version == project.version:
        return dict(decision.labels)
    return project.migrate(decision.labels, decision.version)


def read_resolved(project: Project, book: Book, meme: str) -> Labelled | None:
    """Return what a meme's decisions add up to as it reads now; ``None`` if nobody decided."""
    return book.resolve(meme, project.tasks, lambda one: read_labels(project, one))


def is_settled(project: Project, book: Book, meme: str) -> bool:
    """Say whether nothing is open on a meme any more; see ``Project.settles``."""
    resolved = read_resolved(project, book, meme)
    return resolved is not None and project.settles(resolved)


def gather_decided(
    project: Project, book: Book, memes: Sequence[ProjectMeme], *, seen_only: bool = False
) -> Decided:
    """Return what people said of these memes; takes seconds where they said much.

    ``seen_only`` leaves labels and disputes out, and takes a moment.
    """
    decided = set(book.memes())
    seen = np.array([meme.id in decided for meme in memes], bool)
    if seen_only:
        return Decided(labels={}, disputes={}, seen=seen)
    size = len(memes)
    labels = {task.key: _blank(task, size) for task in project.tasks}
    said: dict[str, list[list[Answer]]] = {task.key: [[]] * size for task in project.tasks}
    for place, meme in enumerate(memes):
        counts = meme.given
        if seen[place]:
            decisions, adjudicated = book.decisions(meme.id), book.adjudicated(meme.id)
            resolved = read_resolved(project, book, meme.id)
            if resolved is not None:
                # Where people are even, nothing counts, what the import brought along neither.
                known = {
                    key: names for key, names in counts.items() if key not in resolved.statuses
                }
                counts = {**known, **resolved.labels}
            # What a reviewer decided is disputed no more.
            cast = decisions if adjudicated is None else (adjudicated, adjudicated)
            given = [read_labels(project, decision) for decision in cast]
            for task in project.tasks:
                # Labels that a careless migration left behind are nobody's answer.
                answers = (known_answer(task, own.get(task.key)) for own in given)
                said[task.key][place] = [answer for answer in answers if answer is not None]
        for task in project.tasks:
            if task.key in counts:
                _write(labels[task.key], task, place, counts[task.key])
    disputes = {task.key: measure_disputes(task, said[task.key]) for task in project.tasks}
    return Decided(labels=labels, disputes=disputes, seen=seen)


def measure_disputes(task: Task, said: Sequence[Sequence[Answer]]) -> np.ndarray:
    """Return how far the answers of each meme differ; who gave them does not matter."""
    known = (None, *dict.fromkeys(answer for answers in said for answer in answers))
    numbers = {answer: number for number, answer in enumerate(known)}
    ids, sets = number_answers(task, known)
    values = np.zeros((len(said), max(map(len, said), default=0)), np.int64)
    given = np.zeros(values.shape, bool)
    for place, answers in enumerate(said):
        values[place, : len(answers)] = [ids[numbers[answer]] for answer in answers]
        given[place, : len(answers)] = True
    return compute_dispute(Answers(values=values, given=given, width=len(sets)), sets)


def _blank(task: Task, size: int) -> np.ndarray:
    shape = (size, len(task.labels)) if task.kind == "multilabel" else (size,)
    return np.full(shape, -1, np.int64)


def _write(labels: np.ndarray, task: Task, place: int, names: tuple[str, ...]) -> None:
    ids = [task.index(name) for name in names if name in task.names]
    if task.kind == "multilabel":
        labels[place] = 0
        labels[place, ids] = 1
    elif ids:
        labels[place] = ids[0]
