"""What people decide: saving, taking back, and what it adds up to."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from functools import cache
from itertools import chain
from pathlib import Path

from sqlalchemy import Connection

from memeclip_core.annotation.decisions import queries
from memeclip_core.annotation.decisions.entry import (
    MAX_NOTE,
    Entry,
    check_entry,
    check_labels,
    find_due,
    new_save,
    read_suggestions,
    write_rows,
)
from memeclip_core.annotation.decisions.gathering import Gatherer
from memeclip_core.annotation.decisions.history import History, find_save
from memeclip_core.annotation.decisions.log import DecisionLog, FindProject
from memeclip_core.annotation.exchange.export_rows import write_decisions_csv, write_pridemm_csv
from memeclip_core.errors import InputError
from memeclip_core.inference.reading import Reader, file_ending
from memeclip_core.models.readiness import Caught
from memeclip_core.records.clock import utc_now
from memeclip_core.records.decision import Correction, Decision, Labelled, Person, SaveReceipt
from memeclip_core.records.meme import Meme
from memeclip_core.records.prediction import Prediction
from memeclip_core.records.project import Labels
from memeclip_core.storage.images import ImageStore
from memeclip_core.tasks import TaskSet

__all__ = ["MAX_NOTE", "Corrector", "Entry", "check_labels", "new_save"]

_log = logging.getLogger("memeclip")


class Corrector:
    """The one way into the log of decisions, and the views folded from it.

    Args:
        log: the log.
        images: where the page's images are kept.
        reader: what turns bytes into memes.
        clock: the time, in UTC.
        project: how to find a project by its key; ``None`` for one that does not exist. Its
            migrations say how decisions of older label sets read now.
        filename: the name that a project's meme came with, by the project's key and the meme's id;
            "" where it is not known.
    """

    def __init__(
        self,
        *,
        log: DecisionLog,
        images: ImageStore,
        reader: Reader,
        clock: Callable[[], datetime] = utc_now,
        project: FindProject = lambda key, _: None,
        filename: Callable[[str, str], str] = lambda project, meme: "",
    ) -> None:
        self._log = log
        self._images = images
        self._reader = reader
        self._clock = clock
        self._filename = filename
        self._gatherer = Gatherer(log=log, project=project)

    # --- write ------------------------------------------------------------------------------

    def decide(self, who: Person, tasks: TaskSet, entry: Entry) -> SaveReceipt:
        """Write what a person does to a meme; it is on the disk when this returns.

        The same entry under the same id is written once: again, also after a restart or from
        another process, it is answered with ``rows=0`` and the first time.

        Args:
            who: the person; the role is checked by whoever calls.
            tasks: the label set that the entry was made under.
            entry: what to write.

        Raises:
            LabelError: on an unknown task or label, or a task that applies and has no decision.
            InputError: if the id stands for something else or is somebody else's, or there is
                no decision to send back.
            TextError: if a text cannot be stored.
            StoreError: if nothing could be written; nothing was saved then.
        """
        return self.decide_many(who, tasks, (entry,))[0]

    def decide_many(
        self, who: Person, tasks: TaskSet, entries: Sequence[Entry]
    ) -> tuple[SaveReceipt, ...]:
        """Write several entries in one go, all or none; see ``decide``."""
        with self.writing() as connection:
            receipts = self.enter(connection, who, tasks, entries)
        return self.follow(receipts)

    def writing(self) -> AbstractContextManager[Connection]:
        """Give a transaction for ``enter`` and ``take_back``; call ``follow`` after it."""
        return self._log.write()

    def enter(
        self, connection: Connection, who: Person, tasks: TaskSet, entries: Sequence[Entry]
    ) -> tuple[SaveReceipt, ...]:
        """Write several entries within a transaction of ``writing``; see ``decide``."""
        checked = [(entry, check_entry(tasks, entry)) for entry in entries]
        if len({entry.save for entry in entries}) < len(entries):
            raise InputError("Two entries have one id of a save. Give each its own.")
        known = queries.select_saves(connection, [entry.save for entry in entries])
        time = self._clock()
        written = [
            find_due(connection, known.get(entry.save, ()), who, tasks, entry, labels, time)
            for entry, labels in checked
        ]
        self._log.append(connection, [row for _, rows in written for row in rows])
        totals = {
            key: queries.read_tally(connection, key, tasks.key).memes
            for key in {entry.project for entry in entries}
        }
        receipts = [
            SaveReceipt(save=entry.save, time=since, rows=len(rows), total=totals[entry.project])
            for entry, (since, rows) in zip(entries, written, strict=True)
        ]
        for entry, receipt in zip(entries, receipts, strict=True):
            _log.info(
                "%s %s: meme %s, %d rows", entry.action, entry.save, entry.meme[:12], receipt.rows
            )
        return tuple(receipts)

    def receipt(self, connection: Connection, tasks: TaskSet, known: Decision) -> SaveReceipt:
        """Return what the save of a decision answers that is in the log already."""
        total = queries.read_tally(connection, known.project, tasks.key).memes
        return SaveReceipt(save=known.save, time=known.time, rows=0, total=total)

    def follow(self, receipts: Sequence[SaveReceipt]) -> tuple[SaveReceipt, ...]:
        """Bring ``corrections.csv`` up to date with what ``writing`` added; return the receipts."""
        behind = not self._log.follow()
        return tuple(replace(receipt, behind=behind) for receipt in receipts)

    def correct(
        self,
        who: Person,
        tasks: TaskSet,
        prediction: Prediction,
        data: bytes | None,
        labels: Labels,
        note: str,
    ) -> SaveReceipt:
        """Save a decision on the page; see ``Studio.correct``."""
        meme = prediction.meme
        entry = Entry(
            save=new_save(),
            action="label",
            meme=meme.id,
            text=meme.text,
            text_source=meme.text_source,
            labels=labels,
            note=note,
            suggestions=read_suggestions(prediction),
            shown=True,
        )
        decided = check_entry(tasks, entry)
        entry = replace(entry, image=self._keep_image(meme, data))
        with self._log.write() as connection:
            self._images.put_back(entry.image, data)
            before = History.of(connection, tasks.key, "", meme.id).decision(who.name)
            rows = []
            if before is None or not _is_same(before, entry, decided):
                before = None
                rows = write_rows(who, tasks, entry, decided, self._clock())
                self._log.append(connection, rows)
            total = queries.read_tally(connection, "", tasks.key).memes
        behind = not self._log.follow()
        if before is not None:
            return SaveReceipt(
                save=before.save, time=before.time, rows=0, total=total, behind=behind
            )
        _log.info("saved %s: meme %s, %d rows", entry.save, meme.id[:12], len(rows))
        return SaveReceipt(
            save=entry.save, time=rows[0].time, rows=len(rows), total=total, behind=behind
        )

    def undo(
        self, who: Person, tasks: TaskSet, project: str = "", saves: Sequence[str] = ()
    ) -> SaveReceipt:
        """Append a retraction of this person's last save, or of named ones together.

        Args:
            who: the person.
            tasks: the task set.
            project: the project's key, or "" for the page.
            saves: the ids of own saves to take back; none is the last one that is not taken back
                yet. Those that are taken back already stay so, and ``rows`` is 0 if all are.

        Raises:
            InputError: if there is nothing to take back, or a save is not this person's.
            StoreError: if nothing could be written.
        """
        with self.writing() as connection:
            receipt = self.take_back(connection, who, tasks, project, saves)
        return self.follow((receipt,))[0]

    def take_back(
        self,
        connection: Connection,
        who: Person,
        tasks: TaskSet,
        project: str = "",
        saves: Sequence[str] = (),
        event: str = "",
    ) -> SaveReceipt:
        """Append a retraction within a transaction of ``writing``; see ``undo``.

        ``event`` is that of its first row, by which it is found again; "" is a fresh one.
        """
        names = tuple(saves) or tuple(
            queries.find_undoable(
                connection, project=project, task_set=tasks.key, annotator=who.name, limit=1
            )
        )
        if not names:
            raise InputError("There is nothing to undo: you have no saved correction here.")
        known = queries.select_saves(connection, names)
        found = [_own(known.get(save, ()), who, tasks, project, save) for save in names]
        time = self._clock()
        rows = [
            row
            for decision, taken_back in found
            if taken_back is None
            for row in _retract(known[decision.save], decision, time)
        ]
        if rows and event:
            rows[0] = replace(rows[0], event=event)
        self._log.append(connection, rows)
        total = queries.read_tally(connection, project, tasks.key).memes
        _log.info("took back %s: %d rows", names[-1], len(rows))
        last, earlier = found[-1]
        return SaveReceipt(
            save=last.save,
            time=time if rows or earlier is None else earlier,
            rows=len(rows),
            total=total,
            meme=last.meme,
        )

    # --- read -------------------------------------------------------------------------------

    def labelled(
        self, tasks: TaskSet, *, newest: bool = True, hidden: frozenset[str] = frozenset()
    ) -> tuple[Labelled, ...]:
        """Return all decided memes of a task set, of the page and of projects.

        Those with the newest decision first, or those in front that were decided first; those are
        left out that were decided in ``hidden`` projects alone.
        """
        found = self._gatherer.labelled(tasks, newest=newest)
        if not hidden:
            return found
        return tuple(one for item in found if (one := item.outside(hidden)) is not None)

    def find_labelled(self, tasks: TaskSet, meme: str) -> Labelled | None:
        """Return a meme as ``labelled`` does; ``None`` if nobody decided it."""
        return self._gatherer.find(tasks, [meme]).get(meme)

    def select_labelled(
        self, tasks: TaskSet, memes: Sequence[str], *, hidden: frozenset[str] = frozenset()
    ) -> dict[str, Labelled]:
        """Return memes as ``labelled`` does, by id; those are left out that nobody decided."""
        found = self._gatherer.find(tasks, memes)
        if not hidden:
            return found
        return {meme: one for meme, item in found.items() if (one := item.outside(hidden))}

    def catch_up(self, tasks: TaskSet, *, wait: bool = False) -> Caught:
        """Take what was decided into what is known to be taught; see ``Gatherer.catch_up``."""
        return self._gatherer.catch_up(tasks, wait=wait)

    def count_decisions(self, task_set: str) -> dict[str, int]:
        """Return how many decisions count on a task set by project; "" is the page."""
        with self._log.read() as connection:
            counts = queries.read_tallies(connection, task_set)
        return {key: count.decisions + count.adjudicated for key, count in counts.items()}

    def history(
        self,
        tasks: TaskSet,
        limit: int,
        person: str = "",
        *,
        hidden: frozenset[str] = frozenset(),
    ) -> tuple[Correction, ...]:
        """Return the last rows of the page and of projects, newest first.

        Args:
            tasks: the task set.
            limit: how many.
            person: whose rows; "" for everybody's.
            hidden: projects whose rows are left out.
        """
        with self._log.read() as connection:
            rows = queries.select_last(connection, tasks.key, max(0, limit), person)
        return tuple(row for _, row in reversed(rows) if row.project not in hidden)

    def decision(self, tasks: TaskSet, meme_id: str, annotator: str) -> Decision | None:
        """Return a person's decision on a meme of the page that counts."""
        with self._log.read() as connection:
            return History.of(connection, tasks.key, "", meme_id).decision(annotator)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should read about the log."""
        return self._log.notes

    def saved_image(self, meme_id: str) -> bytes | None:
        """Return a kept image's bytes."""
        return self._images.read(meme_id)

    def export(self, tasks: TaskSet, *, hidden: frozenset[str] = frozenset()) -> bytes:
        """Return the current labels as CSV, oldest first; see ``labelled``."""

        def name(item: Labelled) -> str:
            known = (self._filename(key, item.meme) for key in reversed(item.projects) if key)
            return next((name for name in known if name), "")

        return write_pridemm_csv(tasks, reversed(self.labelled(tasks, hidden=hidden)), name)

    def write_log(self, path: Path) -> None:
        """Write all rows of the log into a file, as ``corrections.csv`` has them."""
        self._log.write_to(path)

    def export_decisions(self, tasks: TaskSet, hidden: frozenset[str] = frozenset()) -> bytes:
        """Return every row of the log on a task set as CSV, but for ``hidden`` projects."""
        filename = cache(self._filename)
        with self._log.read() as connection:
            pieces = queries.iterate_counting(connection, tasks.key)
            rows = list(chain.from_iterable(pieces))
        named = (
            (row, filename(row.project, row.meme) if row.project else "", counts)
            for row, counts in rows
            if row.project not in hidden
        )
        return write_decisions_csv(named)

    # --- steps ------------------------------------------------------------------------------

    def _keep_image(self, meme: Meme, data: bytes | None) -> str:
        """Put the image on the disk before any row names it."""
        if not meme.has_image:
            return ""
        if data is None:
            raise InputError("The meme's image is missing. Open it again and save once more.")
        loaded = self._reader.load(data)
        if loaded.content_id != meme.id:
            raise InputError(
                "The image is not the one that was predicted. Open it again and save once more."
            )
        return self._images.keep(meme.id, data, file_ending(loaded))


def _retract(
    rows: Sequence[queries.Numbered], decision: Decision, time: datetime
) -> list[Correction]:
    return [
        replace(
            row, event=uuid.uuid4().hex, time=time, action="retract", labels=(), note="",
            verdict="", seconds=None,
        )
        for _, row in rows
        if row.action != "retract"
        and (row.project, row.meme) == (decision.project, decision.meme)
    ]  # fmt: skip


def _is_same(before: Decision, entry: Entry, labels: Labels) -> bool:
    return (before.labels, before.text, before.note) == (labels, entry.text, entry.note)


def _own(
    rows: Sequence[queries.Numbered], who: Person, tasks: TaskSet, project: str, save: str
) -> tuple[Decision, datetime | None]:
    found = find_save(rows)
    if found is None or found[0].annotator != who.name:
        raise InputError(f"You have no save '{save[:80]}' that could be taken back.")
    if (found[0].task_set, found[0].project) != (tasks.key, project):
        raise InputError(f"The save '{save}' belongs to another project. Open that one first.")
    return found
