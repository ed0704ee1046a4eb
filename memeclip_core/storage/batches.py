"""The folders of batches: what was handed in, and the answers, until they are deleted."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

from memeclip_core.errors import InputError
from memeclip_core.records.clock import utc_now
from memeclip_core.storage.files import discard, disk_errors
from memeclip_core.storage.home import Home, check_name
from memeclip_core.storage.journal import Journal
from memeclip_core.storage.uploads import UPLOAD, find_source, keep_files


class BatchFolders:
    """One folder for each batch, by its id; when it was made is when it was handed in."""

    def __init__(self, home: Home) -> None:
        self._root = home.root / "batches"

    def keep(self, name: str, files: Mapping[str, Path | IO[bytes]]) -> None:
        """Copy what is handed in."""
        keep_files(self._folder(name) / UPLOAD, files)

    def exists(self, name: str) -> bool:
        """Say whether there is such a batch."""
        return bool(name) and self._folder(name).is_dir()

    def source(self, name: str) -> Path:
        """Return what was handed in: an archive, or the folder of the files."""
        return find_source(self._folder(name) / UPLOAD)

    def files(self, name: str) -> dict[str, Path]:
        """Return the files that were handed in by their names, with the folders they came in."""
        root = self._folder(name) / UPLOAD
        found = sorted(path for path in root.rglob("*") if path.is_file())
        return {path.relative_to(root).as_posix(): path for path in found}

    def journal(self, name: str) -> Journal:
        """Return the journal of the answers."""
        return Journal(self._folder(name) / "answers.jsonl")

    def since(self, name: str) -> datetime:
        """Return when a batch was handed in."""
        folder = self._folder(name) / UPLOAD
        with disk_errors("read", folder):
            return datetime.fromtimestamp(folder.stat().st_mtime, UTC)

    def empty(self, name: str) -> None:
        """Delete what was handed in."""
        for path in self.files(name).values():
            discard(path)

    def sweep(self, older: timedelta) -> None:
        """Delete the batches that were handed in longer ago."""
        for folder in self._root.glob("*"):
            if not (folder / UPLOAD).is_dir() or utc_now() - self.since(folder.name) > older:
                shutil.rmtree(folder, ignore_errors=True)

    def _folder(self, name: str) -> Path:
        try:
            return self._root / check_name(name, "batch")
        except Exception:
            raise InputError("This is no batch.") from None
