"""``corrections.csv`` follows the database: every row of the log, in its order, on the disk.

Invariants: the database commits first. Whoever holds ``_writing`` in this process, and then the
home's lock "corrections" against others, appends every row behind the file's last one, which its
event tells, and puts it on the disk; whoever waited meanwhile finds its rows there. No transaction
is open while a lock is waited for.
"""

from __future__ import annotations

import logging
import os
import shutil
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

from sqlalchemy import Connection

from memeclip_core.annotation.decisions import queries
from memeclip_core.annotation.decisions.log_rows import (
    check_header,
    encode_header,
    encode_rows,
    find_last_row,
    find_row_ends,
    iter_rows,
)
from memeclip_core.database.deletions import select_deleted
from memeclip_core.database.engine import Database
from memeclip_core.errors import StoreError
from memeclip_core.records.decision import Correction
from memeclip_core.storage.files import (
    BINARY,
    LOCK_SECONDS,
    atomic_write,
    discard,
    disk_errors,
    locked,
    make_folder,
    sync_files,
    sync_folder,
    temporary,
    write_all,
)
from memeclip_core.storage.home import Home

RETRY_SECONDS = 5.0
"""How long after a failed append the next one is tried, unless a save comes first."""

CONFLICT = "conflict"
"""In the name of a file that was kept aside since it held something else than the database."""

_PIECE = 8 << 20
"""How much is read at once, in bytes: a large log never lies in memory as a whole."""
_TAIL = 64 << 10

_log = logging.getLogger("memeclip")


@dataclass(frozen=True, slots=True)
class _End:
    """How far the file is: where its last whole row ends, and that row's number."""

    offset: int
    number: int


class ForeignFile(Exception):
    """The file does not end with a row of the database."""


class CsvFollower:
    """Keeps ``corrections.csv`` in step with the database of one home."""

    def __init__(self, home: Home, database: Database) -> None:
        self._lock = home.lock("corrections")
        self._path = home.corrections
        self._database = database
        self._writing = threading.Lock()
        self._end = _End(0, 0)
        self._seen: tuple[int, int, int] | None = None
        self._retry: threading.Timer | None = None

    @property
    def behind(self) -> bool:
        """Whether the last append failed and is still to be made up for."""
        return self._retry is not None

    @property
    def conflicts(self) -> list[str]:
        """The names of files that were kept aside since they held something else."""
        return sorted(path.name for path in self._path.parent.glob(f"*-{CONFLICT}-*.csv"))

    @property
    def asides(self) -> list[str]:
        """The names of all files that were kept aside, whatever for."""
        return sorted(path.name for path in self._path.parent.glob(f"{self._path.stem}-*"))

    def count_missing(self) -> int:
        """Return how many rows the file lacks; only looks.

        Raises:
            ForeignFile: if it does not end with a row of the database.
        """
        end = self._find_end()
        with self._database.read() as connection:
            return sum(len(rows) for rows in queries.iterate_rows(connection, after=end.number))

    def count_untaken(self) -> int:
        """Return how many saves the file has behind those of the database; only looks.

        Raises:
            StoreError: if the file cannot be understood.
            ForeignFile: if it does not begin with the database's rows.
        """
        if not self.has_rows:
            return 0
        with self._database.read() as connection:
            pieces = self.iterate_untaken(connection)
            return len({row.save for piece in pieces for row in piece})

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Hold the file against all others; not reentrant.

        Raises:
            StoreError: if the lock cannot be had.
        """
        # Threads of this process queue up here, where waiting costs nothing: the lock file can
        # only be asked again and again.
        if not self._writing.acquire(timeout=LOCK_SECONDS):
            raise StoreError(f"{self._path.name} has been written for {LOCK_SECONDS:g} seconds.")
        try:
            with locked(self._lock):
                yield
        finally:
            self._writing.release()

    def follow(self) -> bool:
        """Append what is new; say whether the file has everything and is on the disk.

        What fails is tried again at the next call, and by itself after ``RETRY_SECONDS``.

        Raises:
            ForeignFile: if the file was exchanged for another one.
        """
        try:
            with self.exclusive():
                self.append_new()
        except StoreError as error:
            _log.warning("%s is behind: %s", self._path.name, error)
            self._try_later()
            return False
        retry, self._retry = self._retry, None
        if retry is not None:
            retry.cancel()
        return True

    # --- with the lock held -----------------------------------------------------------------

    @property
    def has_rows(self) -> bool:
        """Whether there is more in the file than its first line."""
        with suppress(OSError), self._path.open("rb") as file:
            data = file.read(len(encode_header()) + 1)
            return len(data) > len(encode_header(1)) and data != encode_header()
        return False

    def append_new(self) -> None:
        """Append the rows behind the file's last one.

        Raises:
            StoreError: if they could not be written; the file has none of them then.
            ForeignFile: if the file does not end with a row of the database.
        """
        end = self._find_end()
        with self._database.read() as connection, disk_errors("written", self._path):
            pieces = queries.iterate_rows(connection, after=end.number)
            first = next(pieces, None)
            if first is None and (self._is_seen() or not self._path.exists()):
                return
            make_folder(self._path.parent)
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND | BINARY, 0o644)
            try:
                self._move_torn_aside(handle, end.offset)
                # Also what another process wrote, which may have been killed before it synced.
                end = _append(handle, end, () if first is None else chain([first], pieces))
                if self._seen is None:
                    sync_folder(self._path.parent)
                self._end, self._seen = end, _facts(os.fstat(handle))
            finally:
                os.close(handle)

    def write_anew(self, path: Path | None = None) -> None:
        """Put a file with the database's rows in the place of this one, or of another.

        Raises:
            StoreError: if it could not be written; the old file is untouched then.
        """
        path = path or self._path
        temp = temporary(path)
        try:
            with self._database.read() as connection, disk_errors("written", path):
                handle = os.open(temp, os.O_WRONLY | os.O_CREAT | os.O_EXCL | BINARY, 0o644)
                try:
                    _append(handle, _End(0, 0), queries.iterate_rows(connection))
                finally:
                    os.close(handle)
                os.replace(temp, path)
                sync_folder(path.parent)
        except StoreError:
            discard(temp)
            raise
        self._seen = None

    def keep_aside(self, why: str) -> Path:
        """Copy the file to a name of its own beside it, and return that."""
        kept = self._path.with_name(f"{self._path.stem}-{why}-{_stamp()}.csv")
        with disk_errors("copied", self._path):
            shutil.copyfile(self._path, kept)
        sync_files([kept])
        return kept

    def iterate_rows(self) -> Iterator[list[Correction]]:
        """Yield the file's whole rows in pieces; a torn rest at its end is left out.

        Raises:
            StoreError: naming the line and column of what cannot be understood.
        """
        name, line, rest, schema = self._path.name, 1, b"", 0
        with disk_errors("read", self._path), self._path.open("rb") as file:
            while piece := file.read(_PIECE):
                data = rest + piece
                if not schema:
                    if b"\n" not in data:
                        rest = data
                        continue
                    length, schema = check_header(data, name)
                    data, line = data[length:], 2
                ends = find_row_ends(data)
                whole = ends[-1] if ends else 0
                rows = iter_rows(data[:whole], ends, name=name, line=line, schema=schema)
                yield [row for _, row in rows]
                line += data.count(b"\n", 0, whole)
                rest = data[whole:]

    def iterate_untaken(self, connection: Connection) -> Iterator[list[Correction]]:
        """Yield the rows behind those of the database in pieces, without deleted projects.

        Raises:
            StoreError: if the file cannot be understood.
            ForeignFile: if it does not begin with the database's rows.
        """
        known = chain.from_iterable(queries.iterate_events(connection))
        gone = select_deleted(connection)
        for piece in self.iterate_rows():
            kept = (row for row in piece if row.project not in gone)
            yield [row for row in kept if not _is_known(row, known)]

    # --- steps ------------------------------------------------------------------------------

    def _find_end(self) -> _End:
        """Return how far the file is, from its end alone."""
        if self._is_seen():
            return self._end
        self._seen = None
        with disk_errors("read", self._path):
            try:
                size = self._path.stat().st_size
                with self._path.open("rb") as file:
                    return self._look(file.fileno(), size)
            except (FileNotFoundError, NotADirectoryError):
                return _End(0, 0)

    def _look(self, handle: int, size: int) -> _End:
        """Read back from the end, farther and farther, to the last whole row."""
        header = len(encode_header())
        length = _TAIL
        while True:
            start = max(0, size - length)
            os.lseek(handle, start, os.SEEK_SET)
            data = _read_all(handle)
            found = find_last_row(data)
            if found is not None:
                break
            if start == 0:
                if find_row_ends(data[header:]) or not encode_header().startswith(data[:header]):
                    raise ForeignFile
                return _End(header if len(data) >= header else 0, 0)
            length *= 8
        os.lseek(handle, 0, os.SEEK_SET)
        if os.read(handle, header) != encode_header():
            raise ForeignFile
        with self._database.read() as connection:
            number = queries.find_number(connection, found[1])
        if number is None:
            raise ForeignFile
        return _End(start + found[0], number)

    def _is_seen(self) -> bool:
        try:
            return self._seen is not None and _facts(self._path.stat()) == self._seen
        except OSError:
            return False

    def _move_torn_aside(self, handle: int, whole: int) -> None:
        """Keep a half-written row in a file of its own, so that no row is ever glued to it."""
        if os.fstat(handle).st_size <= whole:
            return
        os.lseek(handle, whole, os.SEEK_SET)
        torn = _read_all(handle)
        aside = self._path.with_name(f"{self._path.stem}-{_stamp()}.torn")
        atomic_write(aside, torn)
        os.ftruncate(handle, whole)
        os.fsync(handle)
        _log.warning("moved a torn row of %d bytes aside to %s", len(torn), aside.name)

    def _try_later(self) -> None:
        if self._retry is not None and self._retry.is_alive():
            return
        self._retry = threading.Timer(RETRY_SECONDS, self._again)
        self._retry.daemon = True
        self._retry.start()

    def _again(self) -> None:
        retry = self._retry
        # An exchanged file waits for the next save.
        with suppress(ForeignFile):
            if not self.follow() and self._retry is retry:
                self._retry = None
                self._try_later()


def _is_known(row: Correction, known: Iterator[tuple[int, str]]) -> bool:
    """Say whether a row is the next of those that are known; ``False`` behind the last."""
    found = next(known, None)
    if found is not None and found[1] != row.event:
        raise ForeignFile("it does not begin with the rows of the database")
    return found is not None


def _append(handle: int, end: _End, pieces: Iterable[list[queries.Numbered]]) -> _End:
    """Write rows at the end, all or none, and put them on the disk."""
    whole, number = end.offset, end.number
    try:
        if whole == 0:
            write_all(handle, encode_header())
            whole = len(encode_header())
        for piece in pieces:
            data = encode_rows([row for _, row in piece])
            write_all(handle, data)
            whole, number = whole + len(data), piece[-1][0]
        os.fsync(handle)
    except OSError:
        with suppress(OSError):
            os.ftruncate(handle, end.offset)
            os.fsync(handle)
        raise
    return _End(whole, number)


def _stamp() -> str:
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")


def _facts(facts: os.stat_result) -> tuple[int, int, int]:
    return facts.st_ino, facts.st_size, facts.st_mtime_ns


def _read_all(handle: int) -> bytes:
    parts = []
    while part := os.read(handle, 1 << 20):
        parts.append(part)
    return b"".join(parts)
