"""The decisions of one project, or of the page outside projects, on one task set."""

from __future__ import annotations

import threading
from array import array
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace

from memeclip_core.annotation.decisions.resolve import Reading, resolve_labels
from memeclip_core.annotation.decisions.standing import (
    PersonCounts,
    PersonIndex,
    Standing,
    fold_decisions,
    fold_standing,
)
from memeclip_core.records.decision import Correction, Decision, Labelled
from memeclip_core.records.project import ItemState
from memeclip_core.tasks import TaskSet

__all__ = ["Book", "BookCounts", "PersonCounts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BookCounts:
    """How much a book holds.

    Attributes:
        decisions: those that count, of all people.
        memes: memes with such a decision or an adjudication.
        adjudicated, flagged: memes that are so.
    """

    decisions: int
    memes: int
    adjudicated: int
    flagged: int


class Book:
    """What people decided on the memes of one project and task set; see ``Ledger.book``.

    Every answer is a look-up or a fold over one meme's own history, so none of them grows with
    the log. Adjudications are kept apart from people's own decisions.
    """

    def __init__(self, *, task_set: str, project: str, lock: threading.RLock) -> None:
        self.task_set = task_set
        self.project = project
        self._lock = lock
        self._events: dict[str, list[Decision]] = {}
        self._people: dict[str, PersonIndex] = {}
        self._done: dict[str, int] = {}
        self._flags: dict[str, int] = {}
        self._adjudicated: dict[str, Decision] = {}
        self._both = 0
        self._decisions = 0
        self._touched_at = array("Q")
        self._touched: list[str] = []

    # --- one meme ---------------------------------------------------------------------------

    def standing(self, annotator: str, meme: str) -> Standing:
        """Return everything that a meme is to a person, in one look."""
        with self._lock:
            return fold_standing(self._events.get(meme, ()), annotator)

    def decision(self, annotator: str, meme: str) -> Decision | None:
        """Return a person's decision that counts, or ``None``."""
        return self.standing(annotator, meme).decision

    def decisions(self, meme: str) -> tuple[Decision, ...]:
        """Return the decisions that count, one per person, oldest first."""
        with self._lock:
            return () if meme not in self._done else fold_decisions(self._events[meme])

    def state(self, annotator: str, meme: str) -> ItemState:
        """Return what a meme is to a person."""
        with self._lock:
            person = self._people.get(annotator)
            return "pending" if person is None else person.state(meme)

    def flagged(self, annotator: str, meme: str) -> Decision | None:
        """Return a person's own flag, with its reason in the note, or ``None``."""
        return self.standing(annotator, meme).flag

    def flags(self, meme: str) -> tuple[Decision, ...]:
        """Return everybody's flags on a meme, oldest first."""
        with self._lock:
            if meme not in self._flags:
                return ()
            events = self._events[meme]
            names = dict.fromkeys(event.annotator for event in events if event.action == "flag")
            found = [fold_standing(events, name).flag for name in names]
            return tuple(sorted((f for f in found if f is not None), key=lambda f: f.revision))

    def adjudicated(self, meme: str) -> Decision | None:
        """Return the last decision of a reviewer for all, or ``None``."""
        with self._lock:
            return self._adjudicated.get(meme)

    def in_force(self, row: Correction) -> bool:
        """Say whether a row of the log belongs to a decision or an adjudication that counts."""
        decides = self.adjudicated(row.meme)
        if row.action == "label":
            decides = self.decision(row.annotator, row.meme)
        return decides is not None and decides.save == row.save

    def resolve(self, meme: str, tasks: TaskSet, read: Reading | None = None) -> Labelled | None:
        """Return a meme's labels; see ``resolve_labels``."""
        with self._lock:
            return resolve_labels(self.decisions(meme), self._adjudicated.get(meme), tasks, read)

    def awaited_by(self, meme: str) -> set[str]:
        """Return to whom a meme was sent back, who have not decided it anew."""
        with self._lock:
            events = self._events.get(meme, ())
            names = {event.target for event in events if event.action == "return"}
            return {name for name in names if fold_standing(events, name).returned is not None}

    # --- all memes --------------------------------------------------------------------------

    def memes(self) -> tuple[str, ...]:
        """Return the memes with a decision that counts or an adjudication."""
        with self._lock:
            return tuple(self._done | self._adjudicated)

    def flagged_memes(self) -> tuple[str, ...]:
        """Return the memes that somebody has flagged."""
        with self._lock:
            return tuple(self._flags)

    def adjudicated_memes(self) -> tuple[str, ...]:
        """Return the memes that a reviewer has decided."""
        with self._lock:
            return tuple(self._adjudicated)

    @property
    def count(self) -> BookCounts:
        """How much there is, without counting anew."""
        with self._lock:
            return BookCounts(
                decisions=self._decisions,
                memes=len(self._done) + len(self._adjudicated) - self._both,
                adjudicated=len(self._adjudicated),
                flagged=len(self._flags),
            )

    def decided_by(self, meme: str) -> int:
        """Return how many people have a decision on a meme that counts."""
        with self._lock:
            return self._done.get(meme, 0)

    # --- people -----------------------------------------------------------------------------

    @property
    def annotators(self) -> tuple[str, ...]:
        """Everybody who did something here or to whom something was sent back."""
        with self._lock:
            return tuple(self._people)

    def count_of(self, annotator: str) -> PersonCounts:
        """Return how much a person has done, without counting anew."""
        with self._lock:
            person = self._people.get(annotator)
            return PersonCounts() if person is None else person.counts

    def memes_of(self, annotator: str, state: ItemState) -> tuple[str, ...]:
        """Return a person's memes in a state, in the order in which they came into it.

        Of pending ones, only those that were sent back: the others are nobody's yet.
        """
        with self._lock:
            person = self._people.get(annotator)
            if person is None:
                return ()
            return person.returned if state == "pending" else person.memes(state)

    def saves(self, annotator: str, limit: int | None = None) -> tuple[Decision, ...]:
        """Return what a person can take back, oldest first: the last one is taken back next.

        Labels, adjudications, skips, flags and unflags. ``limit`` keeps only the last ones, and
        then the cost is that of these.
        """
        with self._lock:
            person = self._people.get(annotator)
            return () if person is None else person.saves(limit)

    # --- what changed -----------------------------------------------------------------------

    @property
    def revision(self) -> int:
        """The ledger's revision when something last changed here."""
        with self._lock:
            return self._touched_at[-1] if self._touched_at else 0

    def touched_since(self, revision: int) -> tuple[str, ...]:
        """Return the memes to which something happened after a revision, each once."""
        with self._lock:
            start = bisect_right(self._touched_at, revision)
            return tuple(dict.fromkeys(self._touched[start:]))

    # --- growing: called by the ledger, which holds the lock -----------------------------------

    def add(self, event: Decision) -> None:
        """Take in a save."""
        events = self._events.get(event.meme)
        if events is None:
            events = self._events[event.meme] = []
        if event.action == "draft":
            _drop_older_draft(events, event.annotator)
        events.append(event)
        self._person(event.annotator).push(event)
        self._refold(event)

    def complete(self, before: Decision, event: Decision) -> None:
        """Exchange a save for the same one with more of its rows."""
        events = self._events[before.meme]
        if before in events:
            events[events.index(before)] = event
        self._person(before.annotator).exchange(before, event)
        self._refold(event)

    def take_back(self, event: Decision, revision: int) -> None:
        """Forget a save."""
        events = self._events[event.meme]
        if event in events:
            events.remove(event)
        self._person(event.annotator).drop(event)
        self._refold(replace(event, revision=revision))

    def touch(self, memes: Iterable[str], revision: int) -> None:
        """Say of memes that something happened to them."""
        for meme in memes:
            self._touched.append(meme)
            self._touched_at.append(revision)

    def known_memes(self) -> tuple[str, ...]:
        """Return the memes to which anything ever happened."""
        return tuple(self._events)

    def _person(self, name: str) -> PersonIndex:
        if name not in self._people:
            self._people[name] = PersonIndex()
        return self._people[name]

    def _refold(self, event: Decision) -> None:
        """Bring the numbers up to date with one meme's history."""
        meme, events = event.meme, self._events[event.meme]
        was_both = meme in self._done and meme in self._adjudicated
        if event.action == "adjudicate":
            last = next((e for e in reversed(events) if e.action == "adjudicate"), None)
            if last is None:
                self._adjudicated.pop(meme, None)
            else:
                self._adjudicated[meme] = last
        names = {event.annotator, event.target or event.annotator}
        if event.action == "adjudicate":
            # A decision for all answers everybody's flag; taken back, it leaves them open again.
            names.update(one.annotator for one in events if one.action == "flag")
        for name in names:
            done, flagged = self._person(name).put(meme, fold_standing(events, name))
            self._decisions += done
            _step(self._done, meme, done)
            _step(self._flags, meme, flagged)
        self._both += (meme in self._done and meme in self._adjudicated) - was_both
        self.touch((meme,), event.revision)


def _drop_older_draft(events: list[Decision], annotator: str) -> None:
    """Keep a history short: of drafts in a row, only the last one can ever matter."""
    for place in range(len(events) - 1, -1, -1):
        if events[place].annotator == annotator and events[place].action in (
            "draft", "label", "skip",
        ):  # fmt: skip
            if events[place].action == "draft":
                del events[place]
            return


def _step(counts: dict[str, int], meme: str, step: int) -> None:
    if step:
        counts[meme] = counts.get(meme, 0) + step
        if not counts[meme]:
            del counts[meme]
