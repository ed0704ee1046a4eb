"""Who holds which meme of a project while it is decided who gets the next ones.

Invariants: ``LeaseStore._mutex`` keeps out the other threads of this process and the lock file
other processes of the home, from looking (``exclusive``) to the end of the block; what was changed
is written then, in one transaction. Nothing else is locked while they are held but
``Place.mutex``, always after them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection

from memeclip_core.annotation.queue import queries
from memeclip_core.annotation.queue.queries import Lease
from memeclip_core.database.engine import Database
from memeclip_core.storage.files import locked


class OpenLeases:
    """The leases while no other thread or process can change them."""

    def __init__(self, project: str, active: tuple[Lease, ...], now: float) -> None:
        self._project = project
        self._active = active
        self._changes: list[Callable[[Connection], None]] = []
        self.now = now

    @property
    def changed(self) -> bool:
        """Whether anything was asked for."""
        return bool(self._changes)

    def active(self) -> tuple[Lease, ...]:
        """Return the leases as they were when the block began, in the order of giving out."""
        return self._active

    def hold(self, leases: Sequence[Lease]) -> None:
        """Give memes out; see ``queries.hold_memes``."""
        self._changes.append(lambda c: queries.hold_memes(c, self._project, leases, self.now))

    def drop(self, person: str, memes: Sequence[str]) -> None:
        """Take a person's memes back."""
        self._changes.append(lambda c: queries.drop_leases(c, self._project, person, memes))

    def drop_client(self, person: str, client: str) -> None:
        """Take back everything that one browser tab of a person holds."""
        self._changes.append(lambda c: queries.drop_client(c, self._project, person, client))

    def write(self, connection: Connection) -> None:
        """Carry out what was asked for, in its order."""
        for change in self._changes:
            change(connection)


class LeaseStore:
    """The leases of one project. A power cut may lose the last ones, a killed process does not."""

    def __init__(
        self,
        database: Database,
        project: str,
        lock: Path,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._project = project
        self._lock = lock
        self._clock = clock
        self._mutex = threading.Lock()

    @contextmanager
    def exclusive(self) -> Iterator[OpenLeases]:
        """Hold the leases against other threads and processes, from looking to changing.

        What was changed counts once the block ends without an error.
        """
        with self._mutex, locked(self._lock):
            now = self._clock()
            with self._database.read() as connection:
                active = queries.select_leases(connection, self._project, now)
            leases = OpenLeases(self._project, active, now)
            yield leases
            if leases.changed:
                with self._database.write(f"queue-{self._project}", lasting=False) as connection:
                    leases.write(connection)
