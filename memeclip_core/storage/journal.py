"""A file to which lines are added while work goes on, so that a second start finds what is done."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from memeclip_core.storage.files import BINARY, disk_errors, make_folder, write_all


class Journal:
    """Lines of JSON, one after the other; half a line at the end, which a kill leaves, is dropped.

    A line outlives the program as soon as it is added; after a power cut the last ones may be gone.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._whole: int | None = None

    def __iter__(self) -> Iterator[bytes]:
        """Yield the whole lines."""
        with disk_errors("read", self.path):
            try:
                with self.path.open("rb") as file:
                    yield from (line for line in file if line.endswith(b"\n"))
            except FileNotFoundError:
                return

    def add(self, line: bytes) -> None:
        """Add a line, which ends with a line feed; raise StoreError if it cannot be written."""
        if self._whole is None:
            self._whole = sum(map(len, self))
            make_folder(self.path.parent)
        with disk_errors("written", self.path):
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT | BINARY, 0o600)
            try:
                os.ftruncate(handle, self._whole)
                os.lseek(handle, self._whole, os.SEEK_SET)
                write_all(handle, line)
            finally:
                os.close(handle)
        self._whole += len(line)

    def drop(self) -> None:
        """Delete the file."""
        with disk_errors("deleted", self.path):
            self.path.unlink(missing_ok=True)
        self._whole = None
