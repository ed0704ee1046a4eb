"""The original bytes of corrected memes, by content id only."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from memeclip_core.errors import StoreError
from memeclip_core.storage.files import atomic_write, disk_errors, make_folder, sync_files
from memeclip_core.storage.home import Home

_ID = re.compile(r"[0-9a-f]{64}")
_EXTENSIONS = ("png", "jpg", "webp", "gif", "bmp", "avif", "tiff")


class ImageStore:
    """Keeps each image once; names come from content ids, never from a client."""

    def __init__(self, home: Home) -> None:
        self._folder = home.images

    def keep(self, content_id: str, data: bytes, extension: str, *, settle: bool = True) -> str:
        """Write an image if it is not there yet; return its file name.

        Args:
            content_id: the SHA-256 of ``data``.
            data: the file.
            extension: its ending.
            settle: whether it is on the disk when this returns; otherwise call ``settle`` for
                many together, which takes a third of the time.

        Raises:
            StoreError: if the bytes have another id, or cannot be written.
        """
        if extension not in _EXTENSIONS:
            raise StoreError(f"'{extension}' is no image; allowed are {', '.join(_EXTENSIONS)}.")
        if hashlib.sha256(data).hexdigest() != content_id:
            raise StoreError(
                "The image's bytes are not those of the meme that was predicted. Open it again."
            )
        path = make_folder(self._folder) / f"{content_id}.{extension}"
        if not path.is_file() or path.stat().st_size != len(data):
            atomic_write(path, data, sync=settle)
        return path.name

    def put_back(self, name: str, data: bytes | None) -> None:
        """Write an image that was kept once more where a deletion has taken it away meanwhile.

        Called within the transaction that adds the row which names it, or after it: a deletion
        looks within one of its own which images some row names.
        """
        path = self._folder / name
        if name and data is not None and not path.is_file():
            atomic_write(path, data)

    def settle(self, names: Iterable[str]) -> None:
        """Put images that were kept without settling on the disk."""
        sync_files([self._folder / name for name in names])

    def list_ids(self) -> frozenset[str]:
        """Return the content ids of all images that are kept."""
        with disk_errors("read", self._folder), suppress(FileNotFoundError):
            return frozenset(path.stem for path in self._folder.iterdir())
        return frozenset()

    def discard(self, content_ids: Iterable[str]) -> None:
        """Delete images, where they are kept."""
        for content_id in content_ids:
            path = self.path(content_id)
            if path is not None:
                with disk_errors("deleted", path):
                    path.unlink(missing_ok=True)

    def read(self, content_id: str) -> bytes | None:
        """Return an image's original bytes, or ``None`` if it was not kept.

        Raises:
            StoreError: if this is no content id, or the file cannot be read.
        """
        path = self.path(content_id)
        if path is None:
            return None
        with disk_errors("read", path):
            return path.read_bytes()

    def path(self, content_id: str) -> Path | None:
        """Return where an image lies, or ``None`` if it was not kept.

        Raises:
            StoreError: if this is no content id.
        """
        name = check_id(content_id)
        paths = (self._folder / f"{name}.{extension}" for extension in _EXTENSIONS)
        return next((path for path in paths if path.is_file()), None)


def check_id(content_id: str) -> str:
    """Return a content id; raise StoreError if it is none."""
    if not _ID.fullmatch(content_id):
        raise StoreError(
            f"'{content_id[:80]}' is no content id; those have 64 digits of 0-9 and a-f."
        )
    return content_id
