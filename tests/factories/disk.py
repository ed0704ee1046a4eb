"""Disks that forget at a power cut, that are full, and that cannot be written."""

import os
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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


@contextmanager
def small_disk(folder: Path, *, megabytes: int) -> Iterator[None]:
    """Let a folder be a disk with so much room; the test is skipped where none can be mounted."""
    folder.mkdir()
    _mount("-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder))
    try:
        yield
    finally:
        _unmount(folder)


@contextmanager
def filled(folder: Path, *, room: int) -> Iterator[None]:
    """Leave a small disk so many bytes of room."""
    ballast, block = folder / "ballast", bytes(4096)
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(block)
    os.truncate(ballast, max(0, ballast.stat().st_size - room))
    try:
        yield
    finally:
        ballast.unlink()


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Let nothing below a folder be written; the system's own user is held by a mount alone."""
    if os.geteuid() == 0:
        _mount("--bind", str(folder), str(folder))
        try:
            _mount("-o", "remount,ro,bind", str(folder))
            yield
        finally:
            _unmount(folder)
        return
    folders = [path for path in (folder, *folder.rglob("*")) if path.is_dir()]
    for path in folders:
        path.chmod(0o555)
    try:
        yield
    finally:
        for path in folders:
            path.chmod(0o755)


def _mount(*words: str) -> None:
    done = subprocess.run(["mount", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"nothing can be mounted here: {done.stderr.strip()}")


def _unmount(folder: Path) -> None:
    subprocess.run(["umount", "--lazy", str(folder)], check=True)
