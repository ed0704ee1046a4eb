"""Whether retraining makes sense now, and why not if it does not.

Invariants: what was counted is remembered until a decision or a model is new, guarded by
``_mutex``, which is held while it is counted anew: two threads need not do it twice.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from memeclip_core.database.engine import Database
from memeclip_core.database.facts import read_fact, write_fact
from memeclip_core.errors import CheckpointError, StoreError
from memeclip_core.memes.splits import NO_KEYS, GroupKeys
from memeclip_core.models import lessons
from memeclip_core.models.catalogue import Catalogue, TaskSetModels
from memeclip_core.models.learnt import Learnt
from memeclip_core.models.lessons import HELD_OUT, LEARN, LessonCounts
from memeclip_core.models.sides import deal_sides, key_replay
from memeclip_core.models.versions import ModelStore
from memeclip_core.records.decision import Labelled
from memeclip_core.records.job import Job
from memeclip_core.tasks import TaskSet

ONE_CLASS_FROM = 10
"""Corrected memes from which on one and the same answer to everything is no accident any more."""

STILL_READING = (
    "What was decided is still being looked through: {:,} rows of the log are left. Start again in "
    "a moment."
)
"""Why a retraining does not begin right after much has come at once."""

_FACT = "sides on {}"

MANY = 500
"""Corrected memes from which on their sides are not dealt anew for each that is new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caught:
    """How far what decisions teach is written down.

    Attributes:
        number: of the last row of the log that is taken in.
        left: how many rows may still be taken in, in the background.
        mended: the last thing that an admin mended of a meme that is taken in.
    """

    number: int
    left: int
    mended: int = 0


class Decisions(Protocol):
    """Where corrected memes come from; ``app`` hands in the log of decisions."""

    def catch_up(self, tasks: TaskSet, *, wait: bool = False) -> Caught:
        """Write down what decisions on a task set teach; wait for it if there is much."""
        ...

    def labelled(self, tasks: TaskSet, *, newest: bool = True) -> tuple[Labelled, ...]:
        """Return the corrected memes: newest decision first, or first decided in front."""
        ...

    def count_decisions(self, task_set: str) -> Mapping[str, int]:
        """Return how many decisions count on a task set by project; "" is the page."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrainFacts:
    """What decides whether retraining makes sense; see ``StudioStatus``."""

    corrected: int
    held_out: int
    unread: int
    tied: int
    new: int
    reason: str
    job: Job | None


class Readiness:
    """Compare what people decided with what the newest model has learnt from, by queries.

    A look costs little while nothing is decided and no model is new.
    """

    def __init__(
        self, *, database: Database, catalogue: Catalogue, models: ModelStore, decisions: Decisions
    ) -> None:
        self._database = database
        self._catalogue = catalogue
        self._models = models
        self._decisions = decisions
        self._mutex = threading.Lock()
        self._learnt: dict[str, Learnt] = {}
        self._rows: dict[str, tuple[GroupKeys, np.ndarray]] = {}
        self._facts: dict[str, tuple[object, RetrainFacts]] = {}

    def facts(
        self, tasks: TaskSet, models: TaskSetModels, running: Job | None, *, wait: bool = False
    ) -> RetrainFacts:
        """Return what is new, and why retraining would be refused now, or "".

        Args:
            tasks: the task set.
            models: its models as they stand now.
            running: the retraining that is running, or ``None``.
            wait: whether to wait until everything that was decided is taken in.
        """
        try:
            caught = self._decisions.catch_up(tasks, wait=wait)
            at = (caught, models)
            with self._mutex:
                known = self._facts.get(tasks.key)
                if known is None or known[0] != at:
                    known = (at, self._look(tasks, caught, models))
                    self._facts[tasks.key] = known
        except StoreError as error:
            # Where nothing can be written, what was taken in before is still counted.
            with suppress(StoreError), self._mutex:
                counted = self._look(tasks, Caught(number=0, left=1), models)
                return replace(counted, reason=str(error))
            return RetrainFacts(
                corrected=0, held_out=0, unread=0, tied=0, new=0, reason=str(error), job=None
            )
        if running is None:
            return known[1]
        return replace(
            known[1],
            reason=f"A retraining of '{running.subject}' is running. Wait for it, or cancel it.",
            job=running if running.subject == tasks.key else None,
        )

    def _look(self, tasks: TaskSet, caught: Caught, models: TaskSetModels) -> RetrainFacts:
        # The newest model that corrections went into.
        newest = models.newest or models.version
        if newest and not caught.left:
            self._deal(tasks.key, caught.number, models.version)
        learnt = self._read_learnt(newest).digests
        with self._database.read() as connection:
            counts = lessons.count_lessons(connection, tasks.key)
            new = len(lessons.select_digests(connection, tasks.key) ^ learnt)
            same = counts.learn >= ONE_CLASS_FROM and not lessons.differ(connection, tasks)
        return RetrainFacts(
            corrected=counts.decided,
            held_out=counts.held_out,
            unread=counts.unread,
            tied=counts.tied,
            new=new,
            reason=STILL_READING.format(caught.left)
            if caught.left
            else _reason(tasks, counts, models.encoders[0], newest, new, same=same),
            job=None,
        )

    def _deal(self, task_set: str, number: int, base: str) -> None:
        """Write on which sides the next retraining would put memes; of many, as of a while ago.

        Dealing many takes a moment, so that it waits until a fiftieth of them is new.
        """
        fact = _FACT.format(task_set)
        with self._database.read() as connection:
            dealt = read_fact(connection, fact)
            if dealt is not None and dealt["base"] == base:
                decided = lessons.count_lessons(connection, task_set).decided
                changed = abs(decided - dealt["of"])
                many = decided >= MANY and changed * 50 < decided
                if many or dealt["number"] == number:
                    return
            keys = lessons.select_keys(connection, task_set)
            decided = lessons.count_lessons(connection, task_set).decided
        sides = deal_sides(keys, *self._read_replay(base), self._read_learnt(base))
        placed = {
            meme: name
            for name, mask in ((LEARN, sides.learn), (HELD_OUT, sides.held_out))
            for meme in keys.take(np.flatnonzero(mask)).ids
        }
        with self._database.write("lessons", lasting=False) as connection:
            lessons.write_sides(connection, task_set, placed)
            write_fact(connection, fact, {"base": base, "number": number, "of": decided})

    def _read_replay(self, version: str) -> tuple[GroupKeys, np.ndarray]:
        """Return what the rows that a model was first trained on are recognised by, and how used.

        A model without them is refused when it is retrained.
        """
        if version not in self._rows:
            try:
                parent = self._catalogue.manifest(version).get("replay") or version
                replay = self._models.read_replay(str(parent))
                found = key_replay(replay), replay.split
            except CheckpointError:
                found = NO_KEYS, np.zeros(0, np.uint8)
            self._rows = {version: found}
        return self._rows[version]

    def _read_learnt(self, version: str) -> Learnt:
        """Return what went into a model, which never changes."""
        if version not in self._learnt:
            if len(self._learnt) > 4:
                self._learnt.clear()
            self._learnt[version] = self._models.read_learnt(version) if version else Learnt()
        return self._learnt[version]


def _reason(
    tasks: TaskSet, counts: LessonCounts, encoder: str, newest: str, new: int, *, same: bool
) -> str:
    if not newest:
        return (
            f"The encoder '{encoder}' has no trained heads for "
            f"'{tasks.key}' to start from. Build a starter: "
            "python -m memeclip_core build-starter --help"
        )
    if not counts.decided:
        return "No meme is corrected yet. Correct at least one and start again."
    if not counts.learn and counts.tied:
        return (
            f"There is nothing to learn from: of {counts.decided} corrected memes, people are "
            f"even on {counts.tied}, and the others are held out to measure on. Let one more "
            "person or a reviewer decide, or correct a few more, and start again."
        )
    if not counts.learn:
        return (
            f"All {counts.decided} corrected memes belong to the fifth that is held out to "
            "measure on, so there is none to learn from. Correct a few more and start again."
        )
    if new == 0:
        return (
            f"Nothing was corrected since '{newest}' was trained. Correct more memes first, or "
            "promote or discard that model."
        )
    if same:
        return (
            f"All {counts.learn} corrected memes to learn from have the same answer to every "
            "question, and a model that is shown one answer learns to give no other. Correct "
            "memes of another kind as well and start again."
        )
    return ""
