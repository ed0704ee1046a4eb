"""What people said of a project's memes, as its label set reads now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Connection, Select, Table, select

from memeclip_core.annotation.decisions.history import History
from memeclip_core.annotation.review.votes import Answer, number_answers
from memeclip_core.database.schema import answer, item
from memeclip_core.evaluation.agreement import Answers
from memeclip_core.evaluation.set_agreement import compute_dispute
from memeclip_core.records.decision import Decision, Labelled
from memeclip_core.records.project import Labels, Project
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


def read_resolved(project: Project, history: History) -> Labelled | None:
    """Return what a meme's decisions add up to as it reads now; ``None`` if nobody decided."""
    return history.resolve(project.tasks, lambda one: read_labels(project, one))


def is_settled(project: Project, history: History) -> bool:
    """Say whether nothing is open on a meme any more; see ``Project.settles``."""
    resolved = read_resolved(project, history)
    return resolved is not None and project.settles(resolved)


def gather_decided(
    connection: Connection,
    project: Project,
    memes: Sequence[str],
    given: Sequence[Labels],
    *,
    seen_only: bool = False,
) -> Decided:
    """Return what people said of these memes.

    Args:
        connection: of a transaction.
        project: whose.
        memes: N content ids.
        given: the labels that the import brought along.
        seen_only: whether labels and disputes are left out.
    """
    size, places = len(memes), {meme: place for place, meme in enumerate(memes)}
    seen = np.zeros(size, bool)
    decided = (item.c.decided > 0) | (item.c.adjudicated != "")
    for meme in connection.scalars(_of(project, item, item.c.meme).where(decided)):
        if meme in places:
            seen[places[meme]] = True
    if seen_only:
        return Decided(labels={}, disputes={}, seen=seen)
    labels = {task.key: _blank(task, size) for task in project.tasks}
    disputes = {task.key: np.full(size, np.nan) for task in project.tasks}
    for place, known in enumerate(given):
        for task in project.tasks:
            if task.key in known:
                _write(labels[task.key], task, place, known[task.key])
    tasks = {task.key: task for task in project.tasks}
    columns = (answer.c.meme, answer.c.task, answer.c.labels, answer.c.status, answer.c.dispute)
    for row in connection.execute(_of(project, answer, *columns)):
        found = places.get(row.meme)
        if found is None or row.task not in tasks:
            continue
        if row.dispute is not None:
            disputes[row.task][found] = row.dispute
        if row.status:
            # Where people are even, nothing counts, what the import brought along neither.
            labels[row.task][found] = -1
            if row.labels is not None:
                _write(labels[row.task], tasks[row.task], found, row.labels)
    return Decided(labels=labels, disputes=disputes, seen=seen)


def _of(project: Project, table: Table, *columns: ColumnElement[Any]) -> Select[Any]:
    return select(*columns).where(
        table.c.project == project.key, table.c.task_set == project.tasks.key
    )


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
