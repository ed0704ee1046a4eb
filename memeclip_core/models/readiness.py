"""Whether retraining makes sense now, and why not if it does not.

Invariants: what was read and dealt is remembered, guarded by ``_mutex``, which is held while it is
looked at anew: that may take a moment, and two threads need not do it twice.
"""

from __future__ import annotations

import threading
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from memeclip_core.errors import CheckpointError, StoreError
from memeclip_core.memes.near_duplicates import key_memes
from memeclip_core.memes.splits import NO_KEYS, GroupKeys, join_keys
from memeclip_core.models.catalogue import Catalogue, TaskSetModels
from memeclip_core.models.learnt import Learnt
from memeclip_core.models.sides import deal_sides, key_replay
from memeclip_core.models.versions import ModelStore
from memeclip_core.records.decision import Labelled
from memeclip_core.records.job import Job
from memeclip_core.tasks import TaskSet

ONE_CLASS_FROM = 10
"""Corrected memes from which on one and the same answer to everything is no accident any more."""

MANY = 500
"""Corrected memes from which on their sides are not dealt anew for each that is new."""


class CorrectedMemes(Protocol):
    """What people decided on the memes of a task set, kept up to date."""

    @property
    def revision(self) -> int:
        """A number that grows with every decision."""
        ...

    @property
    def unread(self) -> int:
        """How many memes have labels that the task set does not know."""
        ...

    @property
    def tied(self) -> int:
        """On how many memes people are even."""
        ...

    def __len__(self) -> int: ...

    def memes(self) -> tuple[Labelled, ...]:
        """Return the memes in no order."""
        ...

    def oldest_first(self) -> tuple[Labelled, ...]:
        """Return the memes, that which was decided first in front."""
        ...

    def digests(self) -> frozenset[str]:
        """Return what changes with each meme's text or labels."""
        ...


class Decisions(Protocol):
    """Where corrected memes come from; ``app`` hands in the log of decisions."""

    def gathered(self, tasks: TaskSet) -> CorrectedMemes:
        """Return the corrected memes of a task set."""
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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Dealt:
    """Corrected memes on their sides, for one base.

    Attributes:
        of: how many memes were decided then.
        places: where in ``keys`` each meme with its text stands.
        learn: the ids of those to learn from.
        held_out: how many are held out.
    """

    base: str
    of: int
    places: dict[tuple[str, str], int]
    keys: GroupKeys
    learn: frozenset[str]
    held_out: int


class Readiness:
    """Compare what people decided with what the newest model has learnt from.

    A look costs little while nothing is decided and no model is new.
    """

    def __init__(self, *, catalogue: Catalogue, models: ModelStore, decisions: Decisions) -> None:
        self._catalogue = catalogue
        self._models = models
        self._decisions = decisions
        self._mutex = threading.Lock()
        self._learnt: dict[str, Learnt] = {}
        self._rows: dict[str, tuple[GroupKeys, np.ndarray]] = {}
        self._dealt: dict[str, _Dealt] = {}
        self._facts: dict[str, tuple[object, RetrainFacts]] = {}

    def facts(self, tasks: TaskSet, models: TaskSetModels, running: Job | None) -> RetrainFacts:
        """Return what is new, and why retraining would be refused now, or "".

        Args:
            tasks: the task set.
            models: its models as they stand now.
            running: the retraining that is running, or ``None``.
        """
        try:
            gathered = self._decisions.gathered(tasks)
        except StoreError as error:
            return RetrainFacts(
                corrected=0, held_out=0, unread=0, tied=0, new=0, reason=str(error), job=None
            )
        at = (gathered, gathered.revision, models)
        with self._mutex:
            known = self._facts.get(tasks.key)
            if known is None or known[0] != at:
                known = (at, self._look(tasks, gathered, models))
                self._facts[tasks.key] = known
        if running is None:
            return known[1]
        return replace(
            known[1],
            reason=f"A retraining of '{running.subject}' is running. Wait for it, or cancel it.",
            job=running if running.subject == tasks.key else None,
        )

    def _look(
        self, tasks: TaskSet, gathered: CorrectedMemes, models: TaskSetModels
    ) -> RetrainFacts:
        # The newest model that corrections went into.
        newest = models.newest or models.version
        new = len(gathered.digests() ^ self._read_learnt(newest).digests)
        dealt = self._deal(tasks.key, gathered, models.version) if newest else None
        return RetrainFacts(
            corrected=len(gathered),
            held_out=0 if dealt is None else dealt.held_out,
            unread=gathered.unread,
            tied=gathered.tied,
            new=new,
            reason=self._reason(tasks, gathered, models.encoders[0], newest, new, dealt),
            job=None,
        )

    def _deal(self, task_set: str, gathered: CorrectedMemes, base: str) -> _Dealt:
        """Return the sides that the next retraining would deal; of many memes, as of a while ago.

        Dealing many takes a moment, so that it waits until a fiftieth of them is new.
        """
        dealt = self._dealt.get(task_set)
        if dealt is not None and dealt.base == base:
            changed = abs(len(gathered) - dealt.of)
            if len(gathered) >= MANY and changed * 50 < len(gathered):
                return dealt
            known = dealt
        else:
            known = _Dealt(base=base, of=0, places={}, keys=NO_KEYS, learn=frozenset(), held_out=0)
        items = [item for item in gathered.oldest_first() if item.labels]
        fresh = [item for item in items if (item.meme, item.text) not in known.places]
        if dealt is not known or fresh or len(items) != len(known.places):
            anew = self._deal_anew(known, items, fresh)
            dealt = self._dealt[task_set] = replace(anew, of=len(gathered))
        return dealt

    def _deal_anew(
        self, known: _Dealt, items: Sequence[Labelled], fresh: Sequence[Labelled]
    ) -> _Dealt:
        keys = key_memes([item.meme for item in fresh], [item.text for item in fresh])
        place = known.places | {
            (item.meme, item.text): len(known.keys) + i for i, item in enumerate(fresh)
        }
        order = np.array([place[item.meme, item.text] for item in items], np.int64)
        keys = join_keys([known.keys, keys]).take(order)
        sides = deal_sides(keys, *self._read_replay(known.base), self._read_learnt(known.base))
        return _Dealt(
            base=known.base,
            of=len(items),
            places={(item.meme, item.text): i for i, item in enumerate(items)},
            keys=keys,
            learn=frozenset(keys.take(np.flatnonzero(sides.learn)).ids),
            held_out=int(sides.held_out.sum()),
        )

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
        self,
        tasks: TaskSet,
        gathered: CorrectedMemes,
        encoder: str,
        newest: str,
        new: int,
        dealt: _Dealt | None,
    ) -> str:
        if dealt is None:
            return (
                f"The encoder '{encoder}' has no trained heads for "
                f"'{tasks.key}' to start from. Build a starter: "
                "python -m memeclip_core build-starter --help"
            )
        if not len(gathered):
            return "No meme is corrected yet. Correct at least one and start again."
        learnt = len(dealt.learn)
        if not learnt and gathered.tied:
            return (
                f"There is nothing to learn from: of {len(gathered)} corrected memes, people are "
                f"even on {gathered.tied}, and the others are held out to measure on. Let one more "
                "person or a reviewer decide, or correct a few more, and start again."
            )
        if not learnt:
            return (
                f"All {len(gathered)} corrected memes belong to the fifth that is held out to "
                "measure on, so there is none to learn from. Correct a few more and start again."
            )
        if new == 0:
            return (
                f"Nothing was corrected since '{newest}' was trained. Correct more memes first, or "
                "promote or discard that model."
            )
        if learnt >= ONE_CLASS_FROM and not _differ(tasks, gathered.memes(), dealt.learn):
            return (
                f"All {learnt} corrected memes to learn from have the same answer to every "
                "question, and a model that is shown one answer learns to give no other. Correct "
                "memes of another kind as well and start again."
            )
        return ""


def _differ(tasks: TaskSet, memes: Iterable[Labelled], learn: Container[str]) -> bool:
    """Say whether some task has two answers to learn from; stops at the first that does."""
    learnt = [item for item in memes if item.meme in learn]
    for task in tasks:
        first: tuple[str, ...] | None = None
        for item in learnt:
            answer = item.labels.get(task.key)
            if answer is None:
                continue
            if first is None:
                first = answer
            elif set(answer) != set(first):
                return True
    return False
