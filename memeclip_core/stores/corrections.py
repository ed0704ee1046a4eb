"""The corrections log: append-only, one writer at a time, on the disk before "saved" is said."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from memeclip_core.errors import StoreError
from memeclip_core.records import Correction
from memeclip_core.stores.correction_rows import (
    COLUMNS,
    SCHEMA,
    check_header,
    complete_length,
    decode_rows,
    encode_header,
    encode_rows,
)
from memeclip_core.stores.files import (
    BINARY,
    atomic_write,
    locked,
    make_folder,
    store_error,
    sync_folder,
    write_all,
)
from memeclip_core.stores.paths import Home

__all__ = ["COLUMNS", "SCHEMA", "CorrectionStore", "OpenLog"]

_TAIL = 256
_log = logging.getLogger("memeclip")


@dataclass(slots=True)
class _Cursor:
    """How far the file was read: a change of what lies before it starts over."""

    inode: int = -1
    offset: int = 0
    line: int = 1
    tail: bytes = b""
    rows: list[Correction] = field(default_factory=list)


class OpenLog:
    """The log while its lock is held: what it says, and the one way to add to it."""

    def __init__(self, store: CorrectionStore, rows: tuple[Correction, ...]) -> None:
        self._store = store
        self.rows = rows

    def append(self, rows: Sequence[Correction]) -> None:
        """Add rows and put them on the disk.

        Raises:
            StoreError: if they could not be written; none of them is in the log then.
            TextError: if a text cannot be stored.
        """
        self._store._append(rows)
        self.rows = self._store.read()


class CorrectionStore:
    """The rows of ``corrections.csv``, also those that other processes add meanwhile."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._path = home.corrections
        self._mutex = threading.RLock()
        self._cursor = _Cursor()

    def append(self, rows: Sequence[Correction]) -> None:
        """Add rows under the lock; see ``OpenLog.append``."""
        with self.transaction() as log:
            log.append(rows)

    @contextmanager
    def transaction(self) -> Iterator[OpenLog]:
        """Hold the lock from looking at the log to adding to it.

        Raises:
            StoreError: if the lock cannot be had, or the file was edited into something else.
        """
        with locked(self._home.lock("corrections")):
            yield OpenLog(self, self.read())

    def read(self) -> tuple[Correction, ...]:
        """Return all whole rows in order; reads only what is new since the last call.

        Raises:
            StoreError: naming the line and column of what cannot be understood.
        """
        with self._mutex:
            try:
                with self._path.open("rb") as file:
                    return self._read_on(file.fileno())
            except (FileNotFoundError, NotADirectoryError):
                self._cursor = _Cursor()
                return ()
            except OSError as error:
                raise store_error("read", self._path, error) from None

    def _read_on(self, handle: int) -> tuple[Correction, ...]:
        facts = os.fstat(handle)
        cursor = self._cursor
        start = cursor.offset - len(cursor.tail)
        os.lseek(handle, start, os.SEEK_SET)
        data = _read_all(handle)
        if cursor.inode != facts.st_ino or not data.startswith(cursor.tail):
            cursor = self._cursor = _Cursor(inode=facts.st_ino)
            os.lseek(handle, 0, os.SEEK_SET)
            data = _read_all(handle)
        data = data[len(cursor.tail) :]
        fresh = data[: complete_length(data)]
        if cursor.offset == 0:
            if not fresh and encode_header().startswith(data):
                return ()
            header = check_header(data, self._path.name)
        else:
            header = 0
        rows = decode_rows(
            fresh[header:], name=self._path.name, line=cursor.line + fresh[:header].count(b"\n")
        )
        self._cursor = _Cursor(
            inode=facts.st_ino,
            offset=cursor.offset + len(fresh),
            line=cursor.line + fresh.count(b"\n"),
            tail=(cursor.tail + fresh)[-_TAIL:],
            rows=cursor.rows + rows if rows else cursor.rows,
        )
        return tuple(self._cursor.rows)

    def _append(self, rows: Sequence[Correction]) -> None:
        """Write at the end of the whole rows; the caller holds the lock and has read the file."""
        data = encode_rows(rows)
        if not data:
            return
        with self._mutex:
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
