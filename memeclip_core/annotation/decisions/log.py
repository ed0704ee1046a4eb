"""The log of decisions: append-only rows in the database, which ``corrections.csv`` follows.

Invariants: rows, and what they add up to, are written in one transaction of the order "decisions",
so that numbers grow as rows are committed. File and database are made one before anything is read
or written: the file is the truth of a home that an earlier release has written, and a copy from
then on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection

from memeclip_core.annotation.decisions import queries
from memeclip_core.annotation.decisions.csv_follower import CONFLICT, CsvFollower, ForeignFile
from memeclip_core.annotation.decisions.log_rows import check_rows
from memeclip_core.annotation.decisions.states import Place, rebuild, settle
from memeclip_core.database.deletions import select_deleted
from memeclip_core.database.engine import Database
from memeclip_core.errors import StoreError
from memeclip_core.records.decision import Correction
from memeclip_core.records.project import Project
from memeclip_core.storage.files import discard
from memeclip_core.storage.home import Home

FindProject = Callable[[str, Connection], Project | None]
"""How to find a project by its key within a transaction; ``None`` for one that does not exist."""

BEHIND = "corrections.csv is behind: it has not all that is saved. It is tried again by itself."
REPLACED = (
    "corrections.csv held other decisions than the database, or could not be read. It is kept as "
    "{} in the home folder, and a new one was written. Look at it; once you move it away, this "
    "note goes."
)
FROZEN = (
    "The home folder cannot be written. What was saved before can be looked at, but what was "
    "decided last may not be counted yet, and nothing is saved. Check who owns the folder, or "
    "choose another with --home."
)
UNTAKEN = (
    "Decisions in corrections.csv that the database lacks, and that are not shown: {:,}. Start "
    "once where the folder can be written, and they are taken over."
)
FOREIGN = (
    "corrections.csv holds other decisions than the database, and they are not shown. Start once "
    "where the folder can be written: it is kept aside, and a new one is written."
)
_log = logging.getLogger("memeclip")


class DecisionLog:
    """All that people did, in order.

    Args:
        database: where it is.
        home: whose ``corrections.csv`` follows, unless a database server serves several homes.
        project: how to find a project: its rules say what decisions add up to.
    """

    def __init__(
        self, *, database: Database, home: Home, project: FindProject = lambda key, _: None
    ) -> None:
        self._database = database
        self._project = project
        self._root = home.root
        self._file = CsvFollower(home, database)
        self._is_one = False
        self._unshown: tuple[str, ...] | None = None

    @property
    def exists(self) -> bool:
        """Whether there is anything to read: not in a home that cannot be made."""
        return not self._database.embedded or self._root.is_dir()

    # --- transactions -----------------------------------------------------------------------

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection that sees one moment of the log.

        Raises:
            StoreError: if the database cannot be used, or the file that it is to take over cannot
                be understood.
        """
        self.join()
        with self._database.read() as connection:
            yield connection

    @contextmanager
    def write(self, order: str = queries.ORDER, *, lasting: bool = True) -> Iterator[Connection]:
        """Give a connection for looking at the log and then adding to it; others wait.

        Call ``follow`` after rows were added. Another order and ``lasting`` are for what is folded
        from the log alone; see ``Database.write``.

        Raises:
            StoreError: as ``read``, or if nothing could be written; nothing was then.
        """
        self.join()
        with self._database.write(order, lasting=lasting) as connection:
            yield connection

    def append(self, connection: Connection, rows: Sequence[Correction]) -> None:
        """Add rows, and write what they add up to.

        Raises:
            TextError: if a text cannot be stored.
        """
        if rows:
            check_rows(rows)
            queries.append_rows(connection, rows)
            self._settle(connection, ((row.project, row.task_set, row.meme) for row in rows))

    def follow(self) -> bool:
        """Bring ``corrections.csv`` up to date; say whether it is and lies on the disk.

        It is not followed where the database is a server's.
        """
        if not self._database.embedded:
            return True
        try:
            return self._file.follow()
        except ForeignFile:
            self._is_one = False
        try:
            self.join()
        except StoreError as error:
            _log.warning("corrections.csv is behind: %s", error)
        return self._is_one

    def add(self, rows: Sequence[Correction]) -> None:
        """Add rows that were made elsewhere."""
        with self.write() as connection:
            self.append(connection, rows)
        self.follow()

    def write_to(self, path: Path) -> None:
        """Write all rows into a file, as ``corrections.csv`` has them."""
        self.join()
        self._file.write_anew(path)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should read about the file."""
        kept = [REPLACED.format(name) for name in self._file.conflicts]
        if self._database.unwritable:
            kept.append(FROZEN)
        try:
            self.join()
        except StoreError as error:
            kept.append(str(error))
        kept += self._unshown or ()
        return (*kept, BEHIND) if self._file.behind else tuple(kept)

    def forget(self) -> tuple[str, ...]:
        """Write ``corrections.csv`` anew, without the projects that were deleted.

        Returns:
            the names of files that were kept aside earlier, which may hold their decisions too.

        Raises:
            StoreError: if it cannot be written; the next start writes it then.
        """
        with self._file.exclusive():
            self._forget()
            return tuple(self._file.asides)

    # --- the file and the database ------------------------------------------------------------

    def join(self) -> None:
        """Make the file and the database one, once.

        A file that lacks rows of the database is completed. A database that lacks rows of the file
        takes them over: those of an earlier release, and those that a backup does not have. Where
        each has rows that the other lacks, or the file cannot be understood, it is kept aside and
        a new one is written. In a folder that cannot be written both stay as they are; ``notes``
        say what the file has more.

        Raises:
            StoreError: if nothing can be saved, or the file holds what the database lacks and
                cannot be understood; nothing has changed then.
        """
        if self._database.unwritable:
            self._look()
        elif not self._is_one:
            with self._file.exclusive():
                if not self._is_one:
                    self._join()
                    self._is_one = True

    def _look(self) -> None:
        """Say once what the file of a folder that cannot be written has more than is shown."""
        if self._unshown is not None:
            return
        try:
            count = self._file.count_untaken()
            self._unshown = (UNTAKEN.format(count),) if count else ()
        except ForeignFile:
            self._unshown = (FOREIGN,)
        except StoreError as error:
            self._unshown = (str(error),)
        for said in self._unshown:
            _log.warning("%s", said)

    def _join(self) -> None:
        with self._database.read() as connection:
            fresh = not queries.last_number(connection)
            gone = select_deleted(connection).values()
        if any(one.left is not None for one in gone):
            self._forget()
        if fresh:
            self._take_over_all()
        if not self._database.embedded:
            return
        try:
            missing = self._file.count_missing()
            self._file.append_new()
            if missing:
                _log.info("corrections.csv lacked %d rows and was completed", missing)
        except ForeignFile:
            if not fresh:
                self._take_over_rest()
            self._file.write_anew()

    def _take_over_all(self) -> None:
        """Take a home of an earlier release over; its file is copied before anything is written."""
        if not self._file.has_rows:
            return
        _log.info("taking the decisions of corrections.csv over into the database, once")
        kept = self._file.keep_aside("before-database") if self._database.embedded else None
        try:
            self._take_over()
        except BaseException:
            if kept is not None:
                discard(kept)
            raise

    def _forget(self) -> None:
        if self._database.embedded and self._file.has_rows:
            # Of the old file nothing is kept: it has the decisions of a project that was deleted.
            self._take_over_rest(keeps=False)
            self._file.write_anew()

    def _take_over_rest(self, *, keeps: bool = True) -> None:
        """Take over what a file has more, and keep it aside; see ``join``."""
        try:
            self._take_over()
            if keeps:
                self._file.keep_aside("replaced")
        except (StoreError, ForeignFile) as error:
            kept = self._file.keep_aside(CONFLICT)
            _log.warning("corrections.csv was kept aside as %s: %s", kept.name, error)

    def _take_over(self) -> None:
        """Add the file's rows behind those that the database has, without deleted projects.

        Raises:
            StoreError: if the file cannot be understood.
            ForeignFile: if it does not begin with the database's rows.
        """
        touched: set[tuple[str, str]] = set()
        count = 0
        with self._database.write(queries.ORDER) as connection:
            for rows in self._file.iterate_untaken(connection):
                queries.append_missing(connection, rows)
                touched.update((row.project, row.task_set) for row in rows)
                count += len(rows)
            for key, task_set in sorted(touched):
                rebuild(connection, self._place(connection, key, task_set))
        _log.info("took %d rows over; users, models and projects are not among them", count)

    def _settle(self, connection: Connection, touched: Iterable[tuple[str, str, str]]) -> None:
        """Write what the decisions on memes add up to, by project, task set and meme."""
        places: dict[tuple[str, str], list[str]] = {}
        for key, task_set, meme in touched:
            places.setdefault((key, task_set), []).append(meme)
        for (key, task_set), memes in places.items():
            settle(connection, self._place(connection, key, task_set), memes)

    def _place(self, connection: Connection, key: str, task_set: str) -> Place:
        rules = self._project(key, connection) if key else None
        if rules is not None and rules.tasks.key != task_set:
            rules = None
        return Place(project=key, task_set=task_set, rules=rules)
