"""The memes of one project: an append-only file of JSON lines, kept in memory as it grows.

Invariants: ``_mutex`` guards what is in memory, also while the file is read on or appended to;
whoever appends holds the project's lock. Where the disk fails, StoreError says so.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterable
from pathlib import Path

from memeclip_core.records.project import ProjectMeme
from memeclip_core.records.schemas import from_plain, to_json, to_plain
from memeclip_core.storage.files import BINARY, disk_errors, load_json, sync_folder, write_all

_TAIL = 128
_log = logging.getLogger("memeclip")


class MemeIndex:
    """A project's memes by id and in import order; safe from several threads.

    A later line about the same meme replaces the earlier one and leaves its place. A last line
    without its line feed is a write that was cut short, and does not count. ``refresh`` picks up
    what other processes append; it costs one look at the file's size when there is nothing new.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._mutex = threading.RLock()
        self._clear()

    def _clear(self) -> None:
        self._rows: dict[str, ProjectMeme] = {}
        self._places: dict[str, int] = {}
        self._ids: tuple[str, ...] = ()
        self._offset = 0
        self._inode = -1
        self._tail = b""
        self._seen = -1
        self._revision = 0

    def __len__(self) -> int:
        return len(self._places)

    def get(self, meme: str) -> ProjectMeme | None:
        """Return a meme, or ``None`` if the project has none of this id."""
        return self._rows.get(meme)

    def place(self, meme: str) -> int | None:
        """Return a meme's place in import order from 0, or ``None``."""
        return self._places.get(meme)

    @property
    def ids(self) -> tuple[str, ...]:
        """All ids in import order; the same object until a meme is added."""
        with self._mutex:
            if len(self._ids) != len(self._places):
                self._ids = tuple(self._places)
            return self._ids

    @property
    def rows(self) -> tuple[ProjectMeme, ...]:
        """All memes in import order."""
        with self._mutex:
            return tuple(self._rows[meme] for meme in self._places)

    @property
    def revision(self) -> int:
        """A number that grows with every line read."""
        return self._revision

    def refresh(self) -> MemeIndex:
        """Read what was appended since the last call; return self."""
        with self._mutex, disk_errors("read", self._path):
            try:
                facts = self._path.stat()
                if (facts.st_size, facts.st_ino) != (self._seen, self._inode):
                    self._read_on(facts.st_ino)
            except FileNotFoundError:
                self._clear()
        return self

    def append(self, memes: Iterable[ProjectMeme]) -> None:
        """Write lines at the end of the whole ones and put them on the disk.

        The caller holds the project's lock.
        """
        data = b"".join(meme_to_line(meme) for meme in memes)
        with self._mutex:
            self.refresh()
            with disk_errors("written", self._path):
                handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | BINARY, 0o644)
                try:
                    # What follows the last whole line was never confirmed to anybody.
                    os.ftruncate(handle, self._offset)
                    os.lseek(handle, self._offset, os.SEEK_SET)
                    write_all(handle, data)
                    os.fsync(handle)
                finally:
                    os.close(handle)
                if self._offset == 0:
                    sync_folder(self._path.parent)
            self.refresh()

    def _read_on(self, inode: int) -> None:
        with self._path.open("rb") as file:
            file.seek(self._offset - len(self._tail))
            if inode != self._inode or file.read(len(self._tail)) != self._tail:
                # Another file under the same name, such as a backup that was put back.
                self._clear()
                file.seek(0)
            data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        for line in whole.splitlines():
            self._take(line)
        self._inode, self._seen = inode, self._offset + len(data)
        self._offset += len(whole)
        self._tail = (self._tail + whole)[-_TAIL:]

    def _take(self, line: bytes) -> None:
        try:
            meme = meme_from_line(line)
        except (KeyError, TypeError, ValueError, AttributeError):
            _log.warning("%s: a damaged line of %d bytes is passed over", self._path, len(line))
            return
        self._revision += 1
        self._rows[meme.id] = meme
        self._places.setdefault(meme.id, len(self._places))


def meme_to_line(meme: ProjectMeme) -> bytes:
    """Return a meme as one line of JSON, with its line feed."""
    plain = {name: value for name, value in to_plain(meme).items() if value not in ("", {}, False)}
    return to_json(plain)


def meme_from_line(line: bytes) -> ProjectMeme:
    """Rebuild a meme; KeyError, TypeError or ValueError if the line is of no use."""
    return from_plain(ProjectMeme, {"filename": "", "text": "", **load_json(line)})
