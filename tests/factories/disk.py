"""A disk that forgets at a power cut whatever was not put on it."""

import os
import stat
from pathlib import Path

import pytest


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
