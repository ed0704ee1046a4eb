"""Uploads until they are read."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from memeclip_core.storage.files import disk_errors
from memeclip_core.storage.uploads import name_path


class UploadFolder:
    """What browsers and programs have sent and nobody has read yet, in a folder for each of them.

    Each file lies in a folder of its own whose name cannot be guessed, so that two of one name are
    told apart, and whoever knows a picture does not know where somebody else's copy is.
    """

    def __init__(self) -> None:
        self._root: Path | None = None
        self._held: Callable[[], Counter[str]] = Counter
        self._show: Callable[[str], object] = str
        self._salt = secrets.token_bytes(16)

    def open(
        self,
        root: Path,
        held: Callable[[], Counter[str]] = Counter,
        show: Callable[[str], object] = str,
    ) -> None:
        """Take files from now on.

        Args:
            root: where; others may put files there too.
            held: returns how many tabs have a path open.
            show: is told each path that may be asked for again.
        """
        self._root, self._held, self._show = root, held, show

    def create(self, owner: str, name: str) -> BinaryIO:
        """Make a file of somebody's and open it; raise StoreError if the disk fails."""
        assert self._root is not None
        path = self._root / self._mark(owner) / secrets.token_hex(16) / (name_path(name) or "file")
        with disk_errors("written", path):
            path.parent.mkdir(parents=True)
            file = path.open("xb")
        self._show(str(path))
        return file

    def name(self, path: Path) -> str:
        """Return the name that a file came with, and the folders, as far as they were kept."""
        root = self._root
        inside = () if root is None or root not in path.parents else path.relative_to(root).parts
        return "/".join(inside[2:]) or path.name

    def sizes(self, owner: str) -> tuple[int, int]:
        """Return how many bytes lie there, and how many of them are somebody's."""
        mark, total, own = self._mark(owner), 0, 0
        for path, facts in self._files():
            total += facts.st_size
            own += facts.st_size if mark in path.parts else 0
        return total, own

    def free(self) -> int:
        """Return how many bytes the disk has left."""
        root = self._root or Path(tempfile.gettempdir())
        for folder in (root, *root.parents):
            with suppress(OSError):
                return shutil.disk_usage(folder).free
        return 0

    def drop(self, paths: Iterable[Path], *, own: int = 0) -> None:
        """Delete files that were read, unless tabs have them open; what lies elsewhere stays.

        Args:
            paths: the files.
            own: how many tabs may have them open: 1 where the one that asks is closing them.
        """
        held = self._held()
        for path in paths:
            if self._root in path.parents and ".." not in path.parts and held[str(path)] <= own:
                self._delete(path)

    def sweep(self, older: float) -> None:
        """Delete the files that have lain there longer, in seconds, and that no tab has open."""
        held, before = self._held(), time.time() - older
        for path, facts in list(self._files()):
            if facts.st_ctime < before and not held[str(path)]:
                self._delete(path)

    def _mark(self, owner: str) -> str:
        # The browser is told the path, and is not to learn anything from it.
        return hashlib.sha256(self._salt + owner.encode()).hexdigest()[:16]

    def _files(self) -> Iterator[tuple[Path, os.stat_result]]:
        for folder, _, names in os.walk(self._root or ""):
            for name in names:
                path = Path(folder, name)
                with suppress(OSError):
                    yield path, path.lstat()

    def _delete(self, path: Path) -> None:
        """Delete a file, and its folders as far as nothing else is in them."""
        with suppress(OSError):
            path.unlink(missing_ok=True)
            for folder in path.parents:
                if folder == self._root:
                    break
                folder.rmdir()
