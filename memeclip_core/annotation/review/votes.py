"""All decisions of a project at one moment as columns, from which every number is computed.

Invariants: ``Poll._lock`` guards the columns that grow; ``Votes`` are copies and never change.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, get_args

import numpy as np

from memeclip_core.annotation.decisions.book import Book
from memeclip_core.annotation.decisions.resolve import resolve_labels
from memeclip_core.errors import LabelError
from memeclip_core.evaluation.agreement import Answers
from memeclip_core.records.decision import Decision, Verdict
from memeclip_core.records.project import Labels, Project
from memeclip_core.tasks import Task

VERDICTS: Final[tuple[Verdict, ...]] = get_args(Verdict)
CONFIRMED, CORRECTED, UNAIDED = (VERDICTS.index(v) for v in ("confirmed", "corrected", "unaided"))

Answer = tuple[str, ...]

_DECISION = {
    "alive": bool, "meme": np.int32, "person": np.int32, "model": np.int32, "time": np.float64,
    "seconds": np.float64,
}  # fmt: skip
_REMEMBERED = 100_000
_MEME = {"adjudicated": bool, "complete": bool, "settled": bool}


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
        revision: the ledger's, up to which they reach.
        people, memes, models: who decided what on what, by which model's suggestion.
        person, meme, model: (n,) places in these.
        time: (n,) seconds since 1970; float64.
        seconds: (n,) how long the person looked; NaN if unknown.
        tasks: by task key.
        adjudicated: (m,) decided by a reviewer for all.
        complete: (m,) labelled by as many people as wanted, or adjudicated.
        settled: (m,) those of them on which people are not even; see ``Project.settles``.
    """

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


class _Names:
    """Numbers for names, in the order of their first use; 0 stands for ``first``."""

    def __init__(self, *first: Any) -> None:
        self.names: list[Any] = list(first)
        self._numbers = {name: number for number, name in enumerate(first)}

    def number(self, name: Any) -> int:
        """Return a name's number."""
        found = self._numbers.setdefault(name, len(self.names))
        if found == len(self.names):
            self.names.append(name)
        return found


class _Reader:
    """Read labels as they stand now, each distinct set of them once.

    A ledger shares one object between equal labels, so that its identity can stand for it; it
    is kept here, so that no other object can come to have the same one.
    """

    def __init__(self, project: Project, answers: Mapping[str, _Names]) -> None:
        self._project = project
        self._answers = answers
        self._read: dict[tuple[int, int], tuple[Labels, Labels, tuple[int, ...]]] = {}
        self._resolved: dict[tuple[tuple[int, int], ...], tuple[bool, tuple[int, ...]]] = {}

    def labels(self, decision: Decision) -> Labels:
        """Return a decision's labels as they read now."""
        return self._known(decision)[1]

    def numbers(self, decision: Decision) -> tuple[int, ...]:
        """Return the number of its answer to each task."""
        return self._known(decision)[2]

    def resolve(
        self, decisions: Sequence[Decision], adjudicated: Decision | None
    ) -> tuple[bool, tuple[int, ...]]:
        """Return whether people are even, and the number of a meme's answer to each task."""
        deciding = decisions if adjudicated is None else (adjudicated,)
        key = tuple((id(one.labels), one.version) for one in deciding)
        if key not in self._resolved:
            for one in deciding:
                self._known(one)
            found = resolve_labels(deciding, adjudicated, self._project.tasks, self.labels)
            answers = {} if found is None else found.labels
            tied = found is not None and found.tied
            if len(self._resolved) >= _REMEMBERED:
                self._resolved.clear()
            self._resolved[key] = tied, self._number(answers)
        return self._resolved[key]

    def _known(self, decision: Decision) -> tuple[Labels, Labels, tuple[int, ...]]:
        key = (id(decision.labels), decision.version)
        if key not in self._read:
            now = self._project.migrate(decision.labels, decision.version)
            self._read[key] = (decision.labels, now, self._number(now))
        return self._read[key]

    def _number(self, labels: Labels) -> tuple[int, ...]:
        return tuple(
            self._answers[task.key].number(known_answer(task, labels.get(task.key)))
            for task in self._project.tasks
        )


class _Table:
    """Columns that grow."""

    def __init__(self, types: dict[str, Any]) -> None:
        self.columns = {name: np.zeros(0, kind) for name, kind in types.items()}
        self.length = 0

    def put(self, places: Sequence[int], rows: Sequence[tuple[Any, ...]]) -> None:
        """Write whole rows; places may lie behind the end."""
        if not places:
            return
        self.length = max(self.length, max(places) + 1)
        for (name, column), values in zip(
            self.columns.items(), zip(*rows, strict=True), strict=True
        ):
            grown = column
            if self.length > len(column):
                grown = np.zeros(max(1024, 2 * self.length), column.dtype)
                grown[: len(column)] = column
            grown[places] = values
            self.columns[name] = grown

    def read(self, name: str) -> np.ndarray:
        """Return a copy of a column."""
        return self.columns[name][: self.length].copy()


class Poll:
    """What a book's decisions are as columns; only memes to which something happened are read."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: tuple[int, int, float] | None = None
        self._revision = 0
        self._votes: Votes | None = None

    def votes(self, project: Project, book: Book) -> Votes:
        """Return the decisions as of now, as they read in the project's label set now."""
        with self._lock:
            rules = (project.version, project.overlap, project.overlap_share)
            if rules != self._rules:
                self._clear(project)
                self._rules = rules
            revision = book.revision
            touched = book.touched_since(self._revision)
            if touched or self._votes is None:
                self._take(touched, project, book)
                self._revision = revision
                self._votes = self._snapshot()
            return self._votes

    def _clear(self, project: Project) -> None:
        self._revision = 0
        self._votes = None
        keys = [task.key for task in project.tasks]
        self._people, self._memes, self._models = _Names(), _Names(), _Names("")
        self._answers = {key: _Names(None) for key in keys}
        of_tasks = {f"{what} {key}": np.int32 for key in keys for what in ("given", "verdict")}
        self._decisions = _Table(_DECISION | of_tasks)
        self._table = _Table(_MEME | {f"resolved {key}": np.int32 for key in keys})
        self._reader = _Reader(project, self._answers)
        self._slots: dict[str, list[int]] = {}
        self._free: list[int] = []

    def _take(self, memes: Sequence[str], project: Project, book: Book) -> None:
        freed = [slot for meme in memes for slot in self._slots.pop(meme, ())]
        self._decisions.columns["alive"][freed] = False
        self._free += freed
        places, rows, slots, decided = [], [], [], []
        behind = self._decisions.length
        for meme in memes:
            decisions, adjudicated = book.decisions(meme), book.adjudicated(meme)
            place = self._memes.number(meme)
            for decision in decisions:
                if self._free:
                    slot = self._free.pop()
                else:
                    slot, behind = behind, behind + 1
                self._slots.setdefault(meme, []).append(slot)
                slots.append(slot)
                decided.append(self._row(place, decision))
            tied, resolved = self._reader.resolve(decisions, adjudicated)
            complete = adjudicated is not None or len(decisions) >= project.wanted(meme)
            places.append(place)
            rows.append((adjudicated is not None, complete, complete and not tied, *resolved))
        self._decisions.put(slots, decided)
        self._table.put(places, rows)

    def _row(self, meme: int, decision: Decision) -> tuple[Any, ...]:
        answers = self._reader.numbers(decision)
        verdicts = (VERDICTS.index(decision.verdicts.get(key, "")) for key in self._answers)
        pairs = zip(answers, verdicts, strict=True)
        return (
            True,
            meme,
            self._people.number(decision.annotator),
            self._models.number(decision.model),
            decision.time.timestamp(),
            np.nan if decision.seconds is None else decision.seconds,
            *(number for pair in pairs for number in pair),
        )

    def _snapshot(self) -> Votes:
        alive = np.flatnonzero(self._decisions.columns["alive"][: self._decisions.length])
        columns = {name: column[alive] for name, column in self._decisions.columns.items()}
        return Votes(
            revision=self._revision,
            people=tuple(self._people.names),
            memes=tuple(self._memes.names),
            models=tuple(self._models.names),
            person=columns["person"],
            meme=columns["meme"],
            model=columns["model"],
            time=columns["time"],
            seconds=columns["seconds"],
            tasks={
                key: TaskVotes(
                    answers=tuple(names.names),
                    given=columns[f"given {key}"],
                    verdicts=columns[f"verdict {key}"],
                    resolved=self._table.read(f"resolved {key}"),
                )
                for key, names in self._answers.items()
            },
            adjudicated=self._table.read("adjudicated"),
            complete=self._table.read("complete"),
            settled=self._table.read("settled"),
        )
