"""The folder in which uploads lie until they are opened, imported or forgotten."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path

from memeclip_core.storage.files import folder_prefix, sweep_folders


def make_upload_folder() -> Path:
    """Make a folder for the uploads of this process, and delete those of processes that are gone.

    Raises:
        OSError: if there is nowhere to make it.
    """
    sweep_folders(Path(tempfile.gettempdir()))
    return Path(tempfile.mkdtemp(prefix=folder_prefix()))


def drop_upload_folder(path: Path) -> None:
    """Delete the folder with everything in it."""
    shutil.rmtree(path, ignore_errors=True)


class UploadFolder:
    """What lies in the folder now; others put files into it and read them.

    Args:
        path: the folder, which need not be there yet.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def size(self) -> int:
        """Return how many bytes lie there."""
        return sum(facts.st_size for _, facts in self._files())

    def free(self) -> int:
        """Return how many bytes the disk has left."""
        for folder in (self._path, *self._path.parents):
            with suppress(OSError):
                return shutil.disk_usage(folder).free
        return 0

    def sweep(self, *, older: float, spare: Collection[str]) -> set[str]:
        """Delete the files that have lain there longer than ``older`` seconds; return their paths.

        Args:
            older: in seconds.
            spare: paths that somebody has open.
        """
        gone, before = set(), time.time() - older
        for path, facts in list(self._files()):
            if facts.st_ctime < before and str(path) not in spare:
                with suppress(OSError):
                    path.unlink()
                    gone.add(str(path))
                with suppress(OSError):
                    path.parent.rmdir()  # only if nothing is left in it
        return gone

    def _files(self) -> Iterator[tuple[Path, os.stat_result]]:
        for folder, _, names in os.walk(self._path):
            for name in names:
                path = Path(folder, name)
                with suppress(OSError):
                    yield path, path.lstat()
