"""The log as it stands, kept up to date row by row.

The order of the log decides, not its clocks: the rows of one file were written one after another
under a lock, while the clocks of two machines may disagree.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from memeclip_core.annotation.decisions.book import Book
from memeclip_core.records.decision import Correction, Decision, Verdict


class Ledger:
    """All decisions of a log, in books of one task set and project each.

    It may be read from any thread while rows are added. It holds no row: those stay in the file.

    Args:
        before: the ledger of a log that was replaced by another one; revisions go on from it, and
            its memes count as touched, so that nobody takes the old numbers for the new.
    """

    def __init__(self, before: Ledger | None = None) -> None:
        self._lock = threading.RLock()
        self._books: dict[tuple[str, str], Book] = {}
        self._saves: dict[str, Decision] = {}
        self._taken_back: dict[str, datetime] = {}
        self._shared: dict[tuple[tuple[str, Any], ...], dict[str, Any]] = {}
        self._revision = 0
        if before is not None:
            self._follow(before)

    @property
    def revision(self) -> int:
        """A number that grows with every row."""
        with self._lock:
            return self._revision

    def book(self, task_set: str, project: str = "") -> Book:
        """Return the decisions of a project on a task set; "" is the page outside projects.

        The same object as before, kept up to date; empty where nothing is decided yet.
        """
        with self._lock:
            key = (task_set, project)
            if key not in self._books:
                self._books[key] = Book(task_set=task_set, project=project, lock=self._lock)
            return self._books[key]

    def books(self, task_set: str) -> tuple[Book, ...]:
        """Return the books of a task set that hold something, the page's and all projects'."""
        with self._lock:
            return tuple(book for (key, _), book in self._books.items() if key == task_set)

    def save(self, save: str) -> Decision | None:
        """Return a save by its id, also one that was taken back."""
        with self._lock:
            return self._saves.get(save)

    def taken_back(self, save: str) -> datetime | None:
        """Return when a save was taken back, or ``None``."""
        with self._lock:
            return self._taken_back.get(save)

    def add(self, rows: Iterable[Correction]) -> None:
        """Take in the log's next rows, in order."""
        with self._lock:
            for (save, *_), group in groupby(rows, key=_save_of):
                own = list(group)
                self._revision += len(own)
                if own[-1].action == "retract":
                    self._take_back(save, own[-1].time)
                else:
                    self._put(save, own)

    def _put(self, save: str, rows: list[Correction]) -> None:
        """Take in a save, or further rows of one that a kill or a reader cut in two."""
        before = self._saves.get(save)
        foreign = before is not None and _place_of(before) != _place_of(rows[-1])
        if foreign:
            # Only a log that was pieced together by hand has this. It counts, under its own.
            before = None
        labels = {row.task: row.labels for row in rows if row.task}
        verdicts = {row.task: row.verdict for row in rows if row.task}
        if before is not None:
            labels = {**before.labels, **labels}
            verdicts = {**before.verdicts, **verdicts}
        labels, verdicts = self._share(labels), self._share(verdicts)
        decision = gather_rows(rows, labels, verdicts, self._revision)
        book = self.book(decision.task_set, decision.project)
        if not foreign:
            self._saves[save] = decision
        if before is None:
            book.add(decision)
        elif save not in self._taken_back:
            book.complete(before, decision)

    def _take_back(self, save: str, time: datetime) -> None:
        decision = self._saves.get(save)
        if decision is None or save in self._taken_back:
            return
        self._taken_back[save] = time
        self.book(decision.task_set, decision.project).take_back(decision, self._revision)

    def _share(self, found: dict[str, Any]) -> dict[str, Any]:
        """Return one object for all equal ones: most decisions repeat a few answers."""
        return self._shared.setdefault(tuple(found.items()), found)

    def _follow(self, before: Ledger) -> None:
        with before._lock:
            self._revision = before._revision + 1
            for (task_set, project), book in before._books.items():
                self.book(task_set, project).touch(book.known_memes(), self._revision)


def _save_of(row: Correction) -> tuple[str, ...]:
    return row.save, *_place_of(row)


def _place_of(save: Correction | Decision) -> tuple[str, ...]:
    return save.annotator, save.meme, save.task_set, save.project, save.action


def gather_rows(
    rows: Sequence[Correction],
    labels: dict[str, tuple[str, ...]],
    verdicts: dict[str, Verdict],
    revision: int,
) -> Decision:
    """Return what the rows of one save say; at least one row, all of one save."""
    last = rows[-1]
    return Decision(
        save=last.save,
        annotator=last.annotator,
        time=last.time,
        task_set=last.task_set,
        meme=last.meme,
        image=last.image,
        text=last.text,
        text_source=last.text_source,
        labels=labels,
        note=last.note,
        project=last.project,
        version=last.version,
        action=last.action,
        verdicts=verdicts,
        seconds=last.seconds,
        model=last.model,
        target=last.target,
        revision=revision,
    )
