"""What happened to one meme of a project: who did what, when, and what was there before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import Self

from sqlalchemy import Connection

from memeclip_core.annotation.decisions.queries import Numbered, select_memes
from memeclip_core.annotation.decisions.resolve import Reading, resolve_labels
from memeclip_core.annotation.decisions.standing import (
    Standing,
    fold_decisions,
    fold_standing,
    follow_state,
)
from memeclip_core.records.decision import Correction, Decision, Labelled, join_verdicts
from memeclip_core.records.project import ItemState, Labels, Project
from memeclip_core.records.queue import HistoryEntry
from memeclip_core.tasks import TaskSet


class History:
    """What people did to one meme of a project, or of the page, on one task set.

    Folded from the meme's own rows in the order of the log. Saves that are taken back are out.
    Adjudications are kept apart from people's own decisions.

    Attributes:
        events: the saves, oldest first.
        changed: the number of the row with which something last happened; 0 without any.
        people: everybody who did something here or to whom it was sent back, each with the state
            that the meme has for them and the number of the row with which it came into it.
    """

    def __init__(self, rows: Iterable[Numbered] = ()) -> None:
        self.events: list[Decision] = []
        self.changed = 0
        self.people: dict[str, tuple[ItemState, int]] = {}
        self._saves: dict[str, Decision] = {}
        self._taken_back: set[str] = set()
        for _, group in groupby(rows, key=lambda row: _save_of(row[1])):
            self.take(list(group))

    @classmethod
    def of(cls, connection: Connection, task_set: str, project: str, meme: str) -> Self:
        """Read one meme's history; an empty one if nothing happened to it."""
        return cls.of_many(connection, task_set, project, (meme,))[meme]

    @classmethod
    def of_many(
        cls,
        connection: Connection,
        task_set: str,
        project: str,
        memes: Iterable[str],
        person: str = "",
    ) -> dict[str, Self]:
        """Read the histories of memes, by id; of one person only what they did themselves."""
        wanted = tuple(memes)
        rows = select_memes(connection, task_set, wanted, project, person)
        return {meme: cls(rows.get(meme, ())) for meme in wanted}

    def standing(self, person: str) -> Standing:
        """Return everything that the meme is to a person, in one look."""
        return fold_standing(self.events, person)

    def decision(self, person: str) -> Decision | None:
        """Return a person's decision that counts, or ``None``."""
        return self.standing(person).decision

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """The decisions that count, one per person, oldest first."""
        return fold_decisions(self.events)

    @property
    def flags(self) -> tuple[Decision, ...]:
        """Everybody's flags that are open, each with its reason in the note, oldest first."""
        names = dict.fromkeys(event.annotator for event in self.events if event.action == "flag")
        found = [self.standing(name).flag for name in names]
        return tuple(sorted((f for f in found if f is not None), key=lambda f: f.revision))

    @property
    def adjudicated(self) -> Decision | None:
        """The last decision of a reviewer for all, or ``None``."""
        return next((one for one in reversed(self.events) if one.action == "adjudicate"), None)

    @property
    def awaited(self) -> set[str]:
        """To whom the meme was sent back, who have not decided it anew."""
        names = {event.target for event in self.events if event.action == "return"}
        return {name for name in names if self.standing(name).returned is not None}

    def in_force(self, row: Correction) -> bool:
        """Say whether a row belongs to a decision or an adjudication that counts."""
        decides = self.decision(row.annotator) if row.action == "label" else self.adjudicated
        return decides is not None and decides.save == row.save

    def resolve(self, tasks: TaskSet, read: Reading | None = None) -> Labelled | None:
        """Return what the decisions add up to, or ``None``; see ``resolve_labels``."""
        return resolve_labels(self.decisions, self.adjudicated, tasks, read)

    def find(self, save: str) -> Decision | None:
        """Return a save by its id, also one that was taken back."""
        return self._saves.get(save)

    def take(self, rows: Sequence[Numbered]) -> None:
        """Take in the next rows of one save."""
        self.changed, last = rows[-1]
        if last.action != "retract":
            event, fresh = self._put(rows)
        else:
            if last.save not in self._saves or last.save in self._taken_back:
                return
            event, fresh = self._saves[last.save], False
            self._taken_back.add(last.save)
            if event in self.events:
                self.events.remove(event)
        for name in {event.annotator, event.target or event.annotator}:
            known = self.people.get(name)
            before: ItemState = "pending" if known is None else known[0]
            # Folding everything anew for each save would take ever longer.
            state = follow_state(before, event, name) if fresh else self.standing(name).state
            if known is None or before != state:
                self.people[name] = state, self.changed

    def _put(self, rows: Sequence[Numbered]) -> tuple[Decision, bool]:
        """Take in a save, or further rows of one that a kill cut in two; say whether it is new."""
        event = gather_rows(rows)
        before = self._saves.get(event.save)
        if before is not None and _of_one(before, event):
            whole = join_saves(before, event)
            if before in self.events:
                self.events[self.events.index(before)] = whole
            self._saves[event.save] = whole
            return whole, False
        # An id that stands for two things, in a log that was pieced together by hand: both count.
        self._saves.setdefault(event.save, event)
        if event.action == "draft":
            _drop_older_draft(self.events, event.annotator)
        self.events.append(event)
        return event, True


def gather_rows(rows: Sequence[Numbered]) -> Decision:
    """Return what the rows of one save say; at least one row, all of one save."""
    number, last = rows[-1]
    return Decision(
        save=last.save,
        annotator=last.annotator,
        time=last.time,
        task_set=last.task_set,
        meme=last.meme,
        image=last.image,
        text=last.text,
        text_source=last.text_source,
        labels={row.task: row.labels for _, row in rows if row.task},
        note=last.note,
        project=last.project,
        version=last.version,
        action=last.action,
        verdicts={row.task: row.verdict for _, row in rows if row.task},
        seconds=last.seconds,
        model=last.model,
        target=last.target,
        revision=number,
    )


def join_saves(before: Decision, rest: Decision) -> Decision:
    """Return a save with the rows that came later."""
    return replace(
        rest,
        labels={**before.labels, **rest.labels},
        verdicts={**before.verdicts, **rest.verdicts},
    )


def find_save(rows: Sequence[Numbered]) -> tuple[Decision, datetime | None] | None:
    """Return a save and when it was taken back, from all rows with its id; ``None`` without any.

    An id that stands for two things is that of the first.
    """
    done = [row for row in rows if row[1].action != "retract"]
    if not done:
        return None
    own = [row for row in done if _save_of(row[1]) == _save_of(done[0][1])]
    taken = (row.time for number, row in rows if row.action == "retract" and number > own[0][0])
    return gather_rows(own), next(taken, None)


def _save_of(row: Correction) -> tuple[str, ...]:
    return row.save, row.annotator, row.meme, row.task_set, row.project, row.action


def _of_one(before: Decision, event: Decision) -> bool:
    return (before.annotator, before.action) == (event.annotator, event.action)


def _drop_older_draft(events: list[Decision], annotator: str) -> None:
    """Keep a history short: of drafts in a row, only the last one can ever matter."""
    for place in range(len(events) - 1, -1, -1):
        if events[place].annotator == annotator and events[place].action in (
            "draft", "label", "skip",
        ):  # fmt: skip
            if events[place].action == "draft":
                del events[place]
            return


def write_history(
    project: Project, rows: Iterable[Numbered], *, hidden: bool
) -> tuple[HistoryEntry, ...]:
    """Return the entries of one meme, oldest first.

    Args:
        project: its migrations say how older labels read now.
        rows: of the log, in its order.
        hidden: whether what the model said is left out.
    """
    history = History()
    entries = []
    for _, group in groupby(rows, key=lambda row: _save_of(row[1])):
        own = list(group)
        _, first = own[0]
        undone = history.find(first.save) if first.action == "retract" else None
        event = undone or gather_rows(own)
        whose = event.target if event.action == "return" else event.annotator

        def stands(event: Decision = event, whose: str = whose) -> Labels:
            # What a reviewer decides for all is nobody's own decision.
            final = event.action == "adjudicate"
            one = history.adjudicated if final else history.decision(whose)
            return {} if one is None else project.migrate(one.labels, one.version)

        old = stands()
        history.take(own)
        new = stands()
        if first.action == "draft":
            new = project.migrate(event.labels, event.version)
        entries.append(_entry(project, [row for _, row in own], old, new, hidden=hidden))
    return tuple(entries)


def is_visible(entry: HistoryEntry, name: str) -> bool:
    """Say whether an entry is a person's own: done by them, or sent back to them."""
    return name in (entry.who, entry.target)


def _entry(
    project: Project, rows: Sequence[Correction], old: Labels, new: Labels, *, hidden: bool
) -> HistoryEntry:
    first = rows[0]
    predicted = {row.task: row.predicted for row in rows if row.task and row.model}
    verdict = join_verdicts(row.verdict for row in rows)
    return HistoryEntry(
        save=first.save,
        time=first.time,
        who=first.annotator,
        action=first.action,
        old=old,
        new=new,
        note=first.note,
        predicted={} if hidden else project.migrate(predicted, first.version),
        model="" if hidden else next((row.model for row in rows if row.model), ""),
        shown=None if not verdict else verdict != "unaided",
        verdict=verdict,
        seconds=first.seconds,
        version=first.version,
        target=first.target,
    )
