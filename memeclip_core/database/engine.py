"""The one way to the database: SQLite in the home, or PostgreSQL by its URL.

Invariants: on SQLite one transaction writes at a time. Threads of this process queue up at
``_writing``, where waiting costs nothing; other processes wait for the file's own lock, taken with
``BEGIN IMMEDIATE``. On PostgreSQL transactions that name the same ``order`` follow one another, so
that numbers are committed in the order in which they were given. A transaction is never opened
inside another one of the same thread: what runs within takes the connection. A file that is no
longer the one that was opened is not used: nothing is called saved that lies in no folder.
"""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from memeclip_core.database.migrations import migrate, read_version
from memeclip_core.errors import ConfigError, StoreError, TextError
from memeclip_core.records.limits import check_text

LOCK_SECONDS = 30.0
"""How long a transaction waits for others before it gives up."""
_TURN = 50
"""Milliseconds for which SQLite asks again and again, quickly at first."""
FILE = "memeclip.sqlite"
_POSTGRESQL = re.compile(r"postgresql\+psycopg://.+")


class Database:
    """The tables of ``database.schema``, on SQLite or PostgreSQL.

    Opened at the first use. All methods may be called from any thread.

    Args:
        url: ``postgresql+psycopg://<user>:<password>@<host>/<name>``; see ``of_home`` for SQLite.

    Raises:
        ConfigError: if the URL is of another kind.
    """

    def __init__(self, url: str | URL) -> None:
        if not isinstance(url, URL) and not _POSTGRESQL.fullmatch(url):
            raise ConfigError(
                f"The database '{url.partition('://')[0]}://…' cannot be used. Allowed is "
                "postgresql+psycopg://USER:PASSWORD@HOST/NAME; leave MEMECLIP_DATABASE_URL out to "
                "keep the database in the home folder."
            )
        self._url = url
        self._writing = threading.Lock()
        self._opening = threading.Lock()
        self._engine: Engine | None = None
        self._opened: tuple[int, int] | None = None
        self._within = threading.local()

    @classmethod
    def of_home(cls, root: Path) -> Database:
        """Return the embedded database of a home folder."""
        return cls(URL.create("sqlite", database=str(root / FILE)))

    @property
    def embedded(self) -> bool:
        """Whether it is the home's own SQLite file."""
        return isinstance(self._url, URL)

    @property
    def unwritable(self) -> bool:
        """Whether it is the file of a folder that cannot be written, which is only looked at."""
        path = self._path
        return path is not None and path.is_file() and not os.access(path.parent, os.W_OK)

    @property
    def inside(self) -> bool:
        """Whether this thread has a transaction open."""
        return bool(getattr(self._within, "open", False))

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection that sees one moment of the database; what it writes is refused.

        Raises:
            StoreError: if the database cannot be used.
        """
        with self._transaction(self._open(), writes=False) as connection:
            yield connection

    @contextmanager
    def write(self, order: str = "", *, lasting: bool = True) -> Iterator[Connection]:
        """Give a connection whose changes count together once the block ends without an error.

        Args:
            order: transactions of one name follow one another on PostgreSQL too; see above.
            lasting: whether the changes are on the disk when the block ends. Otherwise a power
                cut may lose them, a killed process does not: for leases and heartbeats.

        Raises:
            StoreError: if nothing could be changed; nothing was then.
        """
        engine = self._open()
        if not self.embedded:
            with self._transaction(engine, writes=True) as connection:
                connection.execute(
                    text("SELECT set_config('synchronous_commit', :mode, true)"),
                    {"mode": "on" if lasting else "off"},
                )
                if order:
                    keep_order(connection, order)
                yield connection
            return
        if not self._writing.acquire(timeout=LOCK_SECONDS):
            raise StoreError(
                f"Nothing was saved: others have been saving for {LOCK_SECONDS:g} seconds. "
                "Try again."
            )
        try:
            mode = "FULL" if lasting else "NORMAL"
            with self._transaction(engine, writes=True, synchronous=mode) as connection:
                yield connection
        finally:
            self._writing.release()

    def look(self) -> tuple[str | None, str]:
        """Return at which step of the schema it is, and what is damaged, or ""; upgrades nothing.

        Raises:
            StoreError: if it cannot be reached.
        """
        engine = self._connect()
        try:
            if self.embedded:
                with engine.connect() as connection:
                    said = connection.execute(text("PRAGMA quick_check(1)")).scalar()
                if said != "ok":
                    return None, str(said)
            return read_version(engine), ""
        except SQLAlchemyError as error:
            raise _failed(error) from None
        finally:
            engine.dispose()

    def close(self) -> None:
        """Let go of all connections; the next use opens the database again."""
        with self._opening:
            if self._engine is not None:
                self._engine.dispose()
            self._engine = None

    @contextmanager
    def _transaction(
        self, engine: Engine, *, writes: bool, synchronous: str = ""
    ) -> Iterator[Connection]:
        if self.inside:
            raise RuntimeError("a transaction is open in this thread already; hand it on")
        self._within.open = True
        try:
            with engine.connect() as connection:
                connection.execution_options(writes=writes, synchronous=synchronous)
                with connection.begin():
                    self._check_place()
                    yield connection
                    if writes:
                        self._check_place()
        except UnicodeEncodeError as error:
            check_text(error.object, "text")
            raise
        except DBAPIError as error:
            if "NUL (0x00)" in str(error.orig):
                raise TextError("A text holds NUL (U+0000), which cannot be saved.") from None
            raise _failed(error) from None
        finally:
            self._within.open = False

    def _open(self) -> Engine:
        with self._opening:
            if self._engine is None:
                engine = self._connect()
                try:
                    migrate(engine)
                except SQLAlchemyError as error:
                    engine.dispose()
                    raise _failed(error) from None
                except BaseException:
                    engine.dispose()
                    raise
                self._opened = self._look_up()
                self._engine = engine
            return self._engine

    @property
    def _path(self) -> Path | None:
        return Path(self._url.database or "") if isinstance(self._url, URL) else None

    def _look_up(self) -> tuple[int, int] | None:
        """Return which file there is by the name of this one."""
        if self._path is None:
            return None
        with suppress(OSError):
            facts = self._path.stat()
            return facts.st_dev, facts.st_ino
        return None

    def _check_place(self) -> None:
        """Refuse a file that was removed or exchanged; what is written to it, nobody finds.

        Raises:
            StoreError: if it was.
        """
        if self._look_up() != self._opened:
            raise StoreError(
                "The database was removed or exchanged while this program ran, so nothing is saved "
                "any more. Put the home folder back in its place, or start again."
            )

    def _connect(self) -> Engine:
        if not self.embedded:
            return create_engine(
                self._url, pool_pre_ping=True, connect_args={"connect_timeout": int(LOCK_SECONDS)}
            )
        url = self._url
        if self.unwritable and not Path(f"{self._path}-wal").exists():
            # SQLite would write beside the file what readers tell each other. What the database
            # of a program that was killed has not taken in lies beside it, and is read from there.
            place = f"file:{quote(str(self._path))}"
            url = URL.create(
                "sqlite", database=place, query={"mode": "ro", "immutable": "1", "uri": "true"}
            )
        engine = create_engine(
            url,
            pool_size=8,
            max_overflow=-1,
            connect_args={"timeout": LOCK_SECONDS, "check_same_thread": False},
        )
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
        return engine


def keep_order(connection: Connection, order: str) -> None:
    """Let a transaction follow those of a name, also of one more than it was opened with."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": order})


def _prepare(connection: Any, _record: Any) -> None:
    """Set a fresh SQLite connection up: we say when a transaction begins, not the driver."""
    connection.isolation_level = None
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    mode = options.get("synchronous") or "FULL"
    driver: Any = connection.connection.driver_connection
    if connection.info.get("synchronous", "FULL") != mode:
        driver.execute(f"PRAGMA synchronous = {mode}")
        connection.info["synchronous"] = mode
    try:
        if options.get("writes"):
            _begin_to_write(driver)
        else:
            driver.execute("BEGIN")
    except connection.dialect.loaded_dbapi.Error as error:
        raise DBAPIError("BEGIN", None, error) from None


def _begin_to_write(driver: Any) -> None:
    """Wait for the file's lock as patiently as those who came later.

    SQLite asks for it less and less often, so that whoever has waited long would never get it.
    """
    ends = time.monotonic() + LOCK_SECONDS
    driver.execute(f"PRAGMA busy_timeout = {_TURN}")
    try:
        while True:
            try:
                driver.execute("BEGIN IMMEDIATE")
                return
            except Exception as error:
                if "locked" not in str(error) or time.monotonic() > ends:
                    raise
    finally:
        driver.execute(f"PRAGMA busy_timeout = {int(1000 * LOCK_SECONDS)}")


def _failed(error: SQLAlchemyError) -> StoreError:
    """Say in a sentence why the database could not be used, without its path or an address."""
    cause = str(getattr(error, "orig", None) or error).strip().splitlines() or [""]
    reason = cause[0].lower()
    advice = next((advice for word, advice in _ADVICE if word in reason), "Try again.")
    return StoreError(f"The database could not be used ({_shorten(cause[0])}). {advice}")


_DAMAGED: Final = (
    "It is damaged: whoever runs this studio can put a backup back (memeclip restore)."
)
_ADVICE: Sequence[tuple[str, str]] = (
    ("full", "Free some space and try again."),
    ("locked", "Another program holds it: try again in a moment."),
    ("readonly", "Check who owns the folder, or choose another with --home."),
    ("unable to open", "Check the folder, or choose another with --home."),
    ("malformed", _DAMAGED),
    ("not a database", _DAMAGED),
    ("connection", "Check that the database server runs and may be reached."),
)


def _shorten(cause: str) -> str:
    """Return a driver's words without the address that follows them."""
    return cause.rpartition(": ")[2] if cause.lower().startswith("connection") else cause
