"""All decisions of a project at one moment as columns, from which every number is computed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, get_args

import numpy as np
from sqlalchemy import Connection

from memeclip_core.annotation.projects.meme_changes import last_mended
from memeclip_core.annotation.review import queries
from memeclip_core.errors import LabelError
from memeclip_core.evaluation.agreement import Answers
from memeclip_core.records.decision import Verdict
from memeclip_core.records.project import Project
from memeclip_core.tasks import Task

VERDICTS: Final[tuple[Verdict, ...]] = get_args(Verdict)
CONFIRMED, CORRECTED, UNAIDED = (VERDICTS.index(v) for v in ("confirmed", "corrected", "unaided"))

Answer = tuple[str, ...]

Rules = tuple[int, int, float, int]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TaskVotes:
    """One task's part of n decisions on m memes.

    Attributes:
        answers: the different answers; the first stands for none: not asked, or not known to
            the label set any more.
        given: (n,) each decision's answer, as a place in ``answers``.
        verdicts: (n,) each decision's verdict, as a place in ``VERDICTS``.
        resolved: (m,) each meme's answer by majority or adjudication, as a place in ``answers``;
            none where people are even.
    """

    answers: tuple[Answer | None, ...]
    given: np.ndarray
    verdicts: np.ndarray
    resolved: np.ndarray

    @property
    def aided(self) -> np.ndarray:
        """Which decisions were made with the suggestion in sight, (n,)."""
        return np.isin(self.verdicts, (CONFIRMED, CORRECTED))

    @property
    def unaided(self) -> np.ndarray:
        """Which decisions were made with an existing suggestion hidden, (n,)."""
        return np.asarray(self.verdicts == UNAIDED)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Votes:
    """n decisions that count, on m memes that anything was ever decided on.

    Attributes:
        rules: of the project, under which they were read, and what was mended last.
        revision: the number of the last row of the log that they know.
        people, memes, models: who decided what on what, by which model's suggestion.
        person, meme, model: (n,) places in these.
        time: (n,) seconds since 1970; float64.
        seconds: (n,) how long the person looked; NaN if unknown.
        tasks: by task key.
        adjudicated: (m,) decided by a reviewer for all.
        complete: (m,) labelled by as many people as wanted, or adjudicated.
        settled: (m,) those of them on which people are not even; see ``Project.settles``.
    """

    rules: Rules
    revision: int
    people: tuple[str, ...]
    memes: tuple[str, ...]
    models: tuple[str, ...]
    person: np.ndarray
    meme: np.ndarray
    model: np.ndarray
    time: np.ndarray
    seconds: np.ndarray
    tasks: Mapping[str, TaskVotes]
    adjudicated: np.ndarray
    complete: np.ndarray
    settled: np.ndarray
    _places: dict[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_places", {name: i for i, name in enumerate(self.people)})

    def own(self, person: str) -> np.ndarray:
        """Say which decisions are a person's, bool (n,)."""
        # Nobody has the place behind the last: who decided nothing gets an empty mask.
        mask: np.ndarray = self.person == self._places.get(person, len(self.people))
        return mask

    @property
    def decided(self) -> np.ndarray:
        """How many decisions each meme has, (m,)."""
        return np.bincount(self.meme, minlength=len(self.memes))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Asked:
    """One task's answers as a table.

    Attributes:
        answers: of the memes that somebody answered this task on. Ids are those of the task's
            labels if it is multiclass, otherwise places in ``sets``.
        rows: which memes: places in ``Votes.memes``.
        sets: (V, C) membership of each label in each set; the identity if multiclass.
    """

    answers: Answers
    rows: np.ndarray
    sets: np.ndarray


def tabulate(votes: Votes, task: Task, which: np.ndarray | None = None) -> Asked:
    """Return a task's answers as a table of memes and people.

    Args:
        votes: the decisions.
        task: one of their task set.
        which: (n,) which decisions count; ``None`` for all.
    """
    part = votes.tasks[task.key]
    chosen = part.given > 0
    if which is not None:
        chosen &= which
    rows, places = np.unique(votes.meme[chosen], return_inverse=True)
    shape = (len(rows), max(len(votes.people), 1))
    values, given = np.zeros(shape, np.int64), np.zeros(shape, bool)
    ids, sets = number_answers(task, part.answers)
    values[places, votes.person[chosen]] = ids[part.given[chosen]]
    given[places, votes.person[chosen]] = True
    return Asked(
        answers=Answers(values=values, given=given, width=len(sets)), rows=rows, sets=sets
    )  # fmt: skip


def known_answer(task: Task, answer: Answer | None) -> Answer | None:
    """Return an answer in the task's order, or ``None`` if the label set does not have it."""
    if answer is None:
        return None
    try:
        return task.check(answer)
    except LabelError:
        return None


def number_answers(task: Task, answers: tuple[Answer | None, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return an id for each answer, and (V, C) which labels each id stands for.

    A multiclass id is the label's; the id of no answer means nothing.
    """
    if task.kind == "multiclass":
        ids = [task.index(answer[0]) if answer else 0 for answer in answers]
        return np.array(ids), np.eye(len(task.labels), dtype=bool)
    sets = np.zeros((len(answers), len(task.labels)), bool)
    for place, answer in enumerate(answers):
        sets[place, [task.index(name) for name in answer or ()]] = True
    return np.arange(len(answers)), sets


def read_votes(connection: Connection, project: Project, before: Votes | None = None) -> Votes:
    """Return a project's decisions that count, as they read in its label set now.

    Args:
        connection: of the transaction to read in.
        project: the project.
        before: as they were at an earlier time; then only memes are read to which something has
            happened since, and nothing new gives the same object.
    """
    mended = last_mended(connection, project.key)
    rules = (project.version, project.overlap, project.overlap_share, mended)
    if before is None or before.rules != rules:
        before = _no_votes(project, rules)
    place = project.key, project.tasks.key, before.revision
    items = queries.select_items(connection, *place)
    if not items:
        return before
    rows = queries.select_votes(connection, *place)
    people, memes, models = map(_Names, (before.people, before.memes, before.models))
    answers = {key: _Names(part.answers) for key, part in before.tasks.items()}

    @cache
    def read(said: str | None, version: int) -> dict[str, tuple[int, int]]:
        """Return the numbers of answers and verdicts by task, of a text that tells them."""
        fields = [record.split(queries.FIELD) for record in (said or "").split(queries.RECORD)]
        given = {one[0]: tuple(json.loads(one[-1])) for one in fields if one[0]}
        verdicts = {one[0]: VERDICTS.index(one[1]) for one in fields if len(one) > 2}
        now = given if version == project.version else project.migrate(given, version)
        return {
            task.key: (
                answers[task.key].number(known_answer(task, now.get(task.key))),
                verdicts.get(task.key, 0),
            )
            for task in project.tasks
        }

    touched = np.array([memes.number(row.meme) for row in items])
    kept = ~np.isin(before.meme, touched)
    said = [read(row.said, row.version) for row in rows]
    found = [read(row.said, project.version) for row in items]

    def extend(column: np.ndarray, values: Iterable[Any]) -> np.ndarray:
        return np.concatenate([column[kept], np.array([*values], column.dtype)])

    def replace(column: np.ndarray, values: Iterable[Any]) -> np.ndarray:
        grown = np.zeros(len(memes.names), column.dtype)
        grown[: len(column)] = column
        grown[touched] = [*values]
        return grown

    return Votes(
        rules=rules,
        revision=items[-1].changed,
        person=extend(before.person, (people.number(row.person) for row in rows)),
        meme=extend(before.meme, (memes.number(row.meme) for row in rows)),
        model=extend(before.model, (models.number(row.model) for row in rows)),
        time=extend(before.time, (row.time / 1000 for row in rows)),
        seconds=extend(
            before.seconds, (np.nan if row.seconds is None else row.seconds for row in rows)
        ),
        tasks={
            key: TaskVotes(
                answers=tuple(answers[key].names),
                given=extend(part.given, (one[key][0] for one in said)),
                verdicts=extend(part.verdicts, (one[key][1] for one in said)),
                resolved=replace(part.resolved, (one[key][0] for one in found)),
            )
            for key, part in before.tasks.items()
        },
        adjudicated=replace(before.adjudicated, (row.adjudicated != "" for row in items)),
        complete=replace(before.complete, (row.complete for row in items)),
        settled=replace(before.settled, (row.settled for row in items)),
        people=tuple(people.names),
        memes=tuple(memes.names),
        models=tuple(models.names),
    )


class _Names:
    """Numbers for names, in the order of their first use, on from those that have one."""

    def __init__(self, known: Iterable[Any]) -> None:
        self.names = list(known)
        self._numbers = {name: number for number, name in enumerate(self.names)}

    def number(self, name: Any) -> int:
        """Return a name's number."""
        found = self._numbers.setdefault(name, len(self.names))
        if found == len(self.names):
            self.names.append(name)
        return found


def _no_votes(project: Project, rules: Rules) -> Votes:
    number, yes, real = (np.zeros(0, kind) for kind in (np.int32, bool, np.float64))
    part = TaskVotes(answers=(None,), given=number, verdicts=number, resolved=number)
    return Votes(
        rules=rules, revision=0, people=(), memes=(), models=("",), person=number, meme=number,
        model=number, time=real, seconds=real, tasks={task.key: part for task in project.tasks},
        adjudicated=yes, complete=yes, settled=yes,
    )  # fmt: skip
