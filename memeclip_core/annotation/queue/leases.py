"""Who holds which meme of a project, until when: a small database that survives restarts.

Invariants: ``LeaseStore._mutex`` keeps out the other threads of this process and the file's own
lock other processes, from looking (``exclusive``) to the end of the block; what was changed counts
only then. Nothing else is locked while it is held but ``Place.mutex``, always after it.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import astuple, dataclass
from pathlib import Path

from memeclip_core.errors import StoreError
from memeclip_core.storage.files import LOCK_SECONDS, make_folder

_SCHEMA = """
CREATE TABLE IF NOT EXISTS lease (
    number INTEGER PRIMARY KEY,
    meme TEXT NOT NULL,
    person TEXT NOT NULL,
    client TEXT NOT NULL,
    query TEXT NOT NULL,
    until REAL NOT NULL,
    UNIQUE (meme, person)
)
"""
_COLUMNS = "meme, person, client, query, until"
_log = logging.getLogger("memeclip")


@dataclass(frozen=True, slots=True)
class Lease:
    """A meme that a person holds.

    Attributes:
        client: the browser tab that holds it, in the page's own words.
        query: what was asked for when it was given out.
        until: seconds since 1970; nobody holds it from then on.
    """

    meme: str
    person: str
    client: str
    query: str
    until: float


class OpenLeases:
    """The leases while no other thread or process can change them."""

    def __init__(self, connection: sqlite3.Connection, now: float) -> None:
        self._connection = connection
        self.now = now

    def active(self) -> tuple[Lease, ...]:
        """Return the leases that have not expired, in the order in which they were given out."""
        found = self._connection.execute(
            f"SELECT {_COLUMNS} FROM lease WHERE until > ? ORDER BY number", (self.now,)
        )
        return tuple(Lease(*row) for row in found)

    def hold(self, leases: Sequence[Lease]) -> None:
        """Give memes out, or move the ends of leases that their persons have already.

        Expired ones of anybody are swept away.
        """
        self._connection.execute("DELETE FROM lease WHERE until <= ?", (self.now,))
        self._connection.executemany(
            f"INSERT INTO lease ({_COLUMNS}) VALUES (?, ?, ?, ?, ?) ON CONFLICT (meme, person) "
            "DO UPDATE SET client = excluded.client, query = excluded.query, "
            "until = excluded.until",
            [astuple(one) for one in leases],
        )

    def drop(self, person: str, memes: Sequence[str]) -> None:
        """Take a person's memes back."""
        self._connection.executemany(
            "DELETE FROM lease WHERE person = ? AND meme = ?", [(person, meme) for meme in memes]
        )

    def drop_client(self, person: str, client: str) -> None:
        """Take back everything that one browser tab of a person holds."""
        self._connection.execute(
            "DELETE FROM lease WHERE person = ? AND client = ?", (person, client)
        )


class LeaseStore:
    """The leases of one project, in one file.

    A lease is worth minutes: a file that is damaged is replaced by an empty one, and a power cut
    may lose the last ones. A killed process loses none.
    """

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._clock = clock
        self._mutex = threading.RLock()
        self._connection: sqlite3.Connection | None = None

    @contextmanager
    def exclusive(self) -> Iterator[OpenLeases]:
        """Hold the leases against other threads and processes, from looking to changing.

        What was changed counts once the block ends without an error.
        """
        with self._mutex:
            connection = self._begin()
            try:
                yield OpenLeases(connection, self._clock())
                connection.execute("COMMIT")
            except sqlite3.Error as error:
                self.close()
                raise _failed(self._path, error) from None
            finally:
                if self._connection is not None and connection.in_transaction:
                    connection.execute("ROLLBACK")

    def close(self) -> None:
        """Let go of the file; the next use opens it again."""
        with self._mutex:
            if self._connection is not None:
                with suppress(sqlite3.Error):
                    self._connection.close()
            self._connection = None

    def _begin(self) -> sqlite3.Connection:
        try:
            return self._try_begin()
        except sqlite3.OperationalError as error:
            self.close()
            raise _failed(self._path, error) from None
        except sqlite3.DatabaseError as error:
            self.close()
            _log.warning("replaced the damaged %s: %s", self._path.name, error)
        try:
            for suffix in ("", "-wal", "-shm"):
                self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
            return self._try_begin()
        except (OSError, sqlite3.Error) as error:
            self.close()
            raise _failed(self._path, error) from None

    def _try_begin(self) -> sqlite3.Connection:
        if self._connection is None or not self._path.exists():
            self.close()
            make_folder(self._path.parent)
            self._connection = sqlite3.connect(
                self._path, timeout=LOCK_SECONDS, isolation_level=None, check_same_thread=False
            )
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = NORMAL")
            self._connection.execute(_SCHEMA)
        self._connection.execute("BEGIN IMMEDIATE")
        return self._connection


def _failed(path: Path, error: Exception) -> StoreError:
    return StoreError(
        f"The list of who labels what, {path.name}, could not be used: {error}. "
        "Try again; if it stays so, check the folder, or choose another with --home."
    )
