"""A disk that forgets at a power cut whatever was not put on it, and a database without room."""

import os
import stat
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event


class Disk:
    """Notes what ``os.fsync`` was asked to keep: bytes by file, names by folder."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._sizes: dict[int, int] = {}
        self._names: dict[int, set[str]] = {}
        monkeypatch.setattr(os, "fsync", self._fsync)

    def keeps(self, path: Path) -> bool:
        """Say whether a file would be there after a power cut: as long as it is, by its name."""
        facts, folder = path.stat(), path.parent.stat()
        kept = self._sizes.get(facts.st_ino) == facts.st_size
        return kept and path.name in self._names.get(folder.st_ino, set())

    def _fsync(self, handle: int) -> None:
        facts = os.fstat(handle)
        self._sizes[facts.st_ino] = facts.st_size
        if stat.S_ISDIR(facts.st_mode):
            self._names[facts.st_ino] = set(os.listdir(handle))


@contextmanager
def full(database):
    """Leave a SQLite database no page more than it has."""

    def fill(connection, _record, _proxy):
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")

    with database.read():
        engine = database._engine
    engine.dispose()
    event.listen(engine, "checkout", fill)
    yield
    event.remove(engine, "checkout", fill)
    engine.dispose()
