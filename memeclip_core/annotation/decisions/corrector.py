"""What people decide: saving, taking back, and what it adds up to."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache

from memeclip_core.annotation.decisions.entry import (
    MAX_NOTE,
    Entry,
    check_entry,
    check_labels,
    new_save,
    write_rows,
)
from memeclip_core.annotation.decisions.gathering import Gathered, Gatherer
from memeclip_core.annotation.decisions.ledger import Ledger
from memeclip_core.annotation.decisions.log import CorrectionStore
from memeclip_core.annotation.exchange.export_rows import write_decisions_csv, write_pridemm_csv
from memeclip_core.errors import InputError
from memeclip_core.inference.reading import Reader, file_ending
from memeclip_core.records.clock import utc_now
from memeclip_core.records.decision import Correction, Decision, Labelled, Person, SaveReceipt
from memeclip_core.records.meme import Meme
from memeclip_core.records.prediction import Prediction
from memeclip_core.records.project import Labels, Project, Suggestion
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
        log: CorrectionStore,
        images: ImageStore,
        reader: Reader,
        clock: Callable[[], datetime] = utc_now,
        project: Callable[[str], Project | None] = lambda key: None,
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
        checked = [(entry, check_entry(tasks, entry)) for entry in entries]
        if len({entry.save for entry in entries}) < len(entries):
            raise InputError("Two entries have one id of a save. Give each its own.")
        with self._log.transaction() as log:
            time = self._clock()
            written = [self._rows(log.ledger, who, tasks, *item, time) for item in checked]
            log.append([row for _, rows in written for row in rows])
            receipts = []
            for entry, (since, rows) in zip(entries, written, strict=True):
                total = log.ledger.book(tasks.key, entry.project).count.memes
                receipts.append(
                    SaveReceipt(save=entry.save, time=since, rows=len(rows), total=total)
                )
        for entry, receipt in zip(entries, receipts, strict=True):
            _log.info(
                "%s %s: meme %s, %d rows", entry.action, entry.save, entry.meme[:12], receipt.rows
            )
        return tuple(receipts)

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
            suggestions=_suggest(prediction),
            shown=True,
        )
        decided = check_entry(tasks, entry)
        entry = replace(entry, image=self._keep_image(meme, data))
        with self._log.transaction() as log:
            book = log.ledger.book(tasks.key)
            before = book.decision(who.name, meme.id)
            if before is not None and _is_same(before, entry, decided):
                return SaveReceipt(
                    save=before.save, time=before.time, rows=0, total=book.count.memes
                )
            rows = write_rows(who, tasks, entry, decided, self._clock())
            log.append(rows)
            total = log.ledger.book(tasks.key).count.memes
        _log.info("saved %s: meme %s, %d rows", entry.save, meme.id[:12], len(rows))
        return SaveReceipt(save=entry.save, time=rows[0].time, rows=len(rows), total=total)

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
        with self._log.transaction() as log:
            book = log.ledger.book(tasks.key, project)
            last = book.saves(who.name, 1)
            if not saves and not last:
                raise InputError("There is nothing to undo: you have no saved correction here.")
            names = tuple(saves) or (last[0].save,)
            found = [_own(log.ledger, who, tasks, project, save) for save in names]
            open_ = [item for item in found if log.ledger.taken_back(item.save) is None]
            time = self._clock()
            rows = [row for item in open_ for row in self._retract(item, time)]
            log.append(rows)
            earlier = log.ledger.taken_back(names[-1])
            total = log.ledger.book(tasks.key, project).count.memes
        _log.info("took back %s: %d rows", names[-1], len(rows))
        when = time if rows or earlier is None else earlier
        return SaveReceipt(
            save=names[-1], time=when, rows=len(rows), total=total, meme=found[-1].meme
        )

    # --- read -------------------------------------------------------------------------------

    def ledger(self) -> Ledger:
        """Return all decisions as they stand; ask again rather than keep it."""
        return self._log.ledger()

    def labelled(self, tasks: TaskSet) -> tuple[Labelled, ...]:
        """Return all decided memes of a task set, of the page and of projects, newest first."""
        return self._gatherer.gather(tasks).labelled()

    def gathered(self, tasks: TaskSet) -> Gathered:
        """Return what ``labelled`` consists of as numbers that are kept up to date."""
        return self._gatherer.gather(tasks)

    def count_decisions(self, task_set: str) -> dict[str, int]:
        """Return how many decisions count on a task set by project; "" is the page."""
        counts = {book.project: book.count for book in self._log.ledger().books(task_set)}
        return {key: count.decisions + count.adjudicated for key, count in counts.items()}

    def history(self, tasks: TaskSet, limit: int, person: str = "") -> tuple[Correction, ...]:
        """Return the last rows of the page and of projects, newest first.

        Args:
            tasks: the task set.
            limit: how many.
            person: whose rows; "" for everybody's.
        """
        return self._log.tail(max(0, limit), task_set=tasks.key, annotator=person)[::-1]

    def rows_of(self, project: str, meme: str) -> tuple[Correction, ...]:
        """Return the rows of one meme in a project, oldest first."""
        return self._log.rows_of(project, meme)

    def decision(self, tasks: TaskSet, meme_id: str, annotator: str) -> Decision | None:
        """Return a person's decision on a meme of the page that counts."""
        return self._log.ledger().book(tasks.key).decision(annotator, meme_id)

    def saved_image(self, meme_id: str) -> bytes | None:
        """Return a kept image's bytes."""
        return self._images.read(meme_id)

    def export(self, tasks: TaskSet) -> bytes:
        """Return the current labels of the page and of projects as CSV, oldest first."""

        def name(item: Labelled) -> str:
            known = (self._filename(key, item.meme) for key in reversed(item.projects) if key)
            return next((name for name in known if name), "")

        return write_pridemm_csv(tasks, reversed(self.labelled(tasks)), name)

    def export_decisions(self, tasks: TaskSet) -> bytes:
        """Return every single row of the log on a task set as CSV, oldest first."""
        ledger = self._log.ledger()

        filename = cache(self._filename)

        def name(row: Correction) -> str:
            return filename(row.project, row.meme) if row.project else ""

        def counts(row: Correction) -> bool:
            return ledger.book(tasks.key, row.project).in_force(row)

        rows = (row for row in self._log.read() if row.task_set == tasks.key)
        return write_decisions_csv(rows, name, counts)

    # --- steps ------------------------------------------------------------------------------

    def _rows(
        self,
        ledger: Ledger,
        who: Person,
        tasks: TaskSet,
        entry: Entry,
        labels: Labels,
        time: datetime,
    ) -> tuple[datetime, list[Correction]]:
        """Return what of an entry is not in the log yet, and since when the entry counts."""
        before = ledger.save(entry.save)
        if before is not None:
            _check_same(before, who, tasks, entry, labels)
            missing = {task: labels[task] for task in labels if task not in before.labels}
            # A kill between two rows of one write leaves the first: the rest is due.
            rows = write_rows(who, tasks, entry, missing, before.time) if missing else []
            return before.time, rows
        if entry.action == "return":
            _check_return(ledger, tasks, entry)
        return time, write_rows(who, tasks, entry, labels, time)

    def _retract(self, decision: Decision, time: datetime) -> list[Correction]:
        return [
            replace(
                row, event=uuid.uuid4().hex, time=time, action="retract", labels=(), note="",
                verdict="", seconds=None,
            )
            for row in self._log.rows_of(decision.project, decision.meme)
            if row.save == decision.save and row.action != "retract"
        ]  # fmt: skip

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


def _suggest(prediction: Prediction) -> dict[str, Suggestion | None]:
    return {
        task.task: Suggestion(
            labels=task.labels,
            probabilities={score.label: score.probability for score in task.scores},
            model=task.model,
        )
        for task in prediction.tasks
    }


def _is_same(before: Decision, entry: Entry, labels: Labels) -> bool:
    return (before.labels, before.text, before.note) == (labels, entry.text, entry.note)


def _check_same(
    before: Decision, who: Person, tasks: TaskSet, entry: Entry, labels: Labels
) -> None:
    """Raise InputError unless an id stands for this very entry, or for its first rows."""
    if before.annotator != who.name:
        raise InputError(f"The save '{entry.save}' is somebody else's. Save under a new id.")
    stands = (before.task_set, before.project, before.meme, before.action, before.note,
              before.target)  # fmt: skip
    wanted = (tasks.key, entry.project, entry.meme, entry.action, entry.note, entry.target)
    if stands != wanted or not before.labels.items() <= labels.items():
        raise InputError(
            f"The save '{entry.save}' already stands for another decision, which is in the log. "
            "Save this one under a new id."
        )


def _check_return(ledger: Ledger, tasks: TaskSet, entry: Entry) -> None:
    if ledger.book(tasks.key, entry.project).decision(entry.target, entry.meme) is None:
        raise InputError(
            f"'{entry.target}' has no decision on this meme that could be sent back. "
            "It was taken back, skipped or sent back meanwhile."
        )


def _own(ledger: Ledger, who: Person, tasks: TaskSet, project: str, save: str) -> Decision:
    found = ledger.save(save)
    if found is None or found.annotator != who.name:
        raise InputError(f"You have no save '{save[:80]}' that could be taken back.")
    if (found.task_set, found.project) != (tasks.key, project):
        raise InputError(f"The save '{save}' belongs to another project. Open that one first.")
    return found
