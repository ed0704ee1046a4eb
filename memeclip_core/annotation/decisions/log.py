"""The corrections log: append-only, one writer at a time, on the disk before "saved" is said.

Invariants: whoever writes holds ``_writing`` in this process, then the home's lock "corrections"
against others, from looking to adding. ``_mutex`` guards the cursor: how far the file was read, and
what it adds up to. It is taken last, and never held while another lock is waited for.
"""

from __future__ import annotations

import logging
import os
import threading
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from memeclip_core.annotation.decisions.ledger import Ledger
from memeclip_core.annotation.decisions.log_rows import (
    COLUMNS,
    COLUMNS_OF,
    SCHEMA,
    check_header,
    decode_rows,
    encode_header,
    encode_rows,
    find_row_ends,
    iter_rows,
)
from memeclip_core.errors import StoreError
from memeclip_core.records.decision import Correction
from memeclip_core.storage.files import (
    BINARY,
    LOCK_SECONDS,
    atomic_write,
    locked,
    make_folder,
    store_error,
    sync_folder,
    write_all,
)
from memeclip_core.storage.home import Home

__all__ = ["COLUMNS", "SCHEMA", "CorrectionStore", "OpenLog"]

_TAIL = 256
_PIECE = 8 << 20
"""How much is parsed at once, in bytes: a large log never lies in memory as a whole."""

_log = logging.getLogger("memeclip")


class RowIndex:
    """The places of rows by meme, task set and person: some 40 bytes a row, never a row itself."""

    def __init__(self) -> None:
        self._starts = array("Q")
        self._memes: dict[tuple[str, str], array[int]] = {}
        self._people: dict[tuple[str, str], array[int]] = {}

    def __len__(self) -> int:
        return len(self._starts)

    def add(self, start: int, row: Correction) -> None:
        """Take in the next row, which starts at a byte of the file."""
        number = len(self._starts)
        self._starts.append(start)
        for places, key in (
            (self._memes, (row.project, row.meme)),
            (self._people, (row.task_set, "")),
            (self._people, (row.task_set, row.annotator)),
        ):
            if key not in places:
                places[key] = array("L")
            places[key].append(number)

    def of_meme(self, project: str, meme: str) -> Sequence[int]:
        """Return the numbers of a meme's rows in a project, oldest first."""
        return self._memes.get((project, meme), ())

    def last(self, count: int, task_set: str, annotator: str = "") -> Sequence[int]:
        """Return the numbers of the last rows on a task set, of all or of one person."""
        numbers = self._people.get((task_set, annotator), array("L"))
        return numbers[max(0, len(numbers) - count) :]

    def span(self, number: int, end: int) -> tuple[int, int]:
        """Return where a row starts and ends; ``end`` is that of the last row."""
        following = number + 1
        return self._starts[number], (
            self._starts[following] if following < len(self._starts) else end
        )


@dataclass(slots=True)
class _Cursor:
    """How far the file was read: a change of what lies before it starts over."""

    ledger: Ledger
    index: RowIndex = field(default_factory=RowIndex)
    inode: int = -1
    offset: int = 0
    line: int = 1
    schema: int = SCHEMA
    tail: bytes = b""
    seen: tuple[int, int, int] = (-1, -1, -1)


class OpenLog:
    """The log while its lock is held: what it says, and the one way to add to it."""

    def __init__(self, store: CorrectionStore, ledger: Ledger) -> None:
        self._store = store
        self.ledger = ledger

    def append(self, rows: Sequence[Correction]) -> None:
        """Add rows and put them on the disk; ``ledger`` has them then.

        Raises:
            StoreError: if they could not be written; none of them is in the log then.
            TextError: if a text cannot be stored.
        """
        self._store._append(rows)
        self.ledger = self._store.ledger()


class CorrectionStore:
    """The rows of ``corrections.csv``, also those that other processes add meanwhile."""

    def __init__(self, home: Home) -> None:
        self._lock = home.lock("corrections")
        self._path = home.corrections
        self._writing = threading.Lock()
        self._mutex = threading.RLock()
        self._cursor = _Cursor(ledger=Ledger())

    def append(self, rows: Sequence[Correction]) -> None:
        """Add rows under the lock; see ``OpenLog.append``."""
        with self.transaction() as log:
            log.append(rows)

    @contextmanager
    def transaction(self) -> Iterator[OpenLog]:
        """Hold the lock from looking at the log to adding to it; not reentrant.

        Raises:
            StoreError: if the lock cannot be had, or the file was edited into something else.
        """
        # Threads of this process queue up here, where waiting costs nothing: the lock file can
        # only be asked again and again.
        if not self._writing.acquire(timeout=LOCK_SECONDS):
            raise StoreError(
                f"Nothing was saved: others have been saving for {LOCK_SECONDS:g} seconds. "
                "Try again."
            )
        try:
            with locked(self._lock):
                yield OpenLog(self, self.ledger())
        finally:
            self._writing.release()

    def ledger(self) -> Ledger:
        """Return what the log adds up to; reads only what is new since the last call.

        The same object until the file is replaced by another one; ask again rather than keep it.

        Raises:
            StoreError: naming the line and column of what cannot be understood.
        """
        with self._mutex:
            self._catch_up()
            return self._cursor.ledger

    def read(self) -> tuple[Correction, ...]:
        """Return all whole rows in order, parsed anew; for histories, see ``tail``.

        Raises:
            StoreError: as ``ledger``.
        """
        with self._mutex:
            self._catch_up()
            return self._rows(range(len(self._cursor.index)))

    def rows_of(self, project: str, meme: str) -> tuple[Correction, ...]:
        """Return the rows of one meme in a project ("": on the page), oldest first.

        Raises:
            StoreError: as ``ledger``.
        """
        with self._mutex:
            self._catch_up()
            return self._rows(self._cursor.index.of_meme(project, meme))

    def tail(self, count: int, *, task_set: str, annotator: str = "") -> tuple[Correction, ...]:
        """Return the last rows on a task set, oldest first: everybody's, or one person's.

        Raises:
            StoreError: as ``ledger``.
        """
        with self._mutex:
            self._catch_up()
            return self._rows(self._cursor.index.last(count, task_set, annotator))

    def _rows(self, numbers: Sequence[int]) -> tuple[Correction, ...]:
        """Read single rows; the caller has caught up and holds the mutex."""
        if not numbers:
            return ()
        cursor, found = self._cursor, []
        try:
            with self._path.open("rb") as file:
                for number in numbers:
                    start, end = cursor.index.span(number, cursor.offset)
                    file.seek(start)
                    data = file.read(end - start)
                    found += decode_rows(data, name=self._path.name, line=1, schema=cursor.schema)
        except OSError as error:
            raise store_error("read", self._path, error) from None
        return tuple(found)

    def _catch_up(self) -> None:
        try:
            facts = self._path.stat()
            if (facts.st_ino, facts.st_size, facts.st_mtime_ns) == self._cursor.seen:
                return
            with self._path.open("rb") as file:
                self._read_on(file.fileno())
        except (FileNotFoundError, NotADirectoryError):
            if self._cursor.inode != -1:
                self._start_over(-1)
        except OSError as error:
            raise store_error("read", self._path, error) from None

    def _start_over(self, inode: int) -> None:
        self._cursor = _Cursor(ledger=Ledger(self._cursor.ledger), inode=inode)

    def _read_on(self, handle: int) -> None:
        facts = os.fstat(handle)
        cursor = self._cursor
        os.lseek(handle, cursor.offset - len(cursor.tail), os.SEEK_SET)
        known = os.read(handle, len(cursor.tail)) == cursor.tail
        if cursor.inode == -1 and cursor.offset == 0:
            cursor.inode = facts.st_ino
        elif cursor.inode != facts.st_ino or not known:
            self._start_over(facts.st_ino)
            os.lseek(handle, 0, os.SEEK_SET)
        rest = b""
        while piece := os.read(handle, _PIECE):
            rest = self._take_in(rest + piece)
        self._cursor.seen = (facts.st_ino, facts.st_size, facts.st_mtime_ns)

    def _take_in(self, data: bytes) -> bytes:
        """Parse what is whole, and return the rest."""
        cursor = self._cursor
        header = 0
        if cursor.offset == 0:
            if b"\n" not in data and any(encode_header(n).startswith(data) for n in COLUMNS_OF):
                return data
            header, cursor.schema = check_header(data, self._path.name)
        body = data[header:]
        ends = find_row_ends(body)
        whole = ends[-1] if ends else 0
        line = cursor.line + (header > 0)
        name, schema = self._path.name, cursor.schema
        found = list(iter_rows(body[:whole], ends, name=name, line=line, schema=schema))
        for start, row in found:
            cursor.index.add(cursor.offset + header + start, row)
        cursor.ledger.add([row for _, row in found])
        cursor.offset += header + whole
        cursor.line = line + body.count(b"\n", 0, whole)
        cursor.tail = (cursor.tail + data[: header + whole])[-_TAIL:]
        return body[whole:]

    def _append(self, rows: Sequence[Correction]) -> None:
        """Write at the end of the whole rows; the caller holds the lock and has read the file."""
        data = encode_rows(rows)
        if not data:
            return
        with self._mutex:
            if self._cursor.schema != SCHEMA:
                self._upgrade()
            whole = self._cursor.offset
            if whole == 0:
                data = encode_header() + data
            make_folder(self._path.parent)
            try:
                handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND | BINARY, 0o644)
            except OSError as error:
                raise _not_saved(self._path, error) from None
            try:
                self._move_torn_aside(handle, whole)
                _write_or_restore(handle, data, whole)
                if whole == 0:
                    sync_folder(self._path.parent)
            except OSError as error:
                raise _not_saved(self._path, error) from None
            finally:
                os.close(handle)

    def _upgrade(self) -> None:
        """Rewrite a log of an older schema as a whole, and keep the original beside it."""
        old, name = self._cursor.schema, self._path.name
        rows = self.read()
        try:
            original = self._path.read_bytes()
        except OSError as error:
            raise store_error("read", self._path, error) from None
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
        kept = self._path.with_name(f"{self._path.stem}-schema{old}-{stamp}.csv")
        atomic_write(kept, original)
        atomic_write(self._path, encode_header() + encode_rows(rows))
        self._catch_up()
        _log.info("rewrote %s in schema %d; the original is %s", name, SCHEMA, kept.name)

    def _move_torn_aside(self, handle: int, whole: int) -> None:
        """Keep a half-written row in a file of its own, so that no row is ever glued to it."""
        size = os.fstat(handle).st_size
        if size <= whole:
            return
        os.lseek(handle, whole, os.SEEK_SET)
        torn = _read_all(handle)
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
        aside = self._path.with_name(f"{self._path.stem}-{stamp}.torn")
        atomic_write(aside, torn)
        os.ftruncate(handle, whole)
        os.fsync(handle)
        _log.warning("moved a torn row of %d bytes aside to %s", len(torn), aside.name)


def _write_or_restore(handle: int, data: bytes, whole: int) -> None:
    try:
        write_all(handle, data)
        os.fsync(handle)
    except OSError:
        with suppress(OSError):
            os.ftruncate(handle, whole)
            os.fsync(handle)
        raise


def _read_all(handle: int) -> bytes:
    parts = []
    while part := os.read(handle, 1 << 20):
        parts.append(part)
    return b"".join(parts)


def _not_saved(path: Path, error: OSError) -> StoreError:
    return StoreError(f"Nothing was saved. {store_error('written', path, error)}")
