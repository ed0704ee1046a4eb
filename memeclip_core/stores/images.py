"""The original bytes of corrected memes, by content id only."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from memeclip_core.errors import StoreError
from memeclip_core.stores.files import atomic_write, make_folder, store_error
from memeclip_core.stores.paths import Home

_ID = re.compile(r"[0-9a-f]{64}")
_EXTENSIONS = ("png", "jpg", "webp", "gif", "bmp")


class ImageStore:
    """Keeps each image once; names come from content ids, never from a client."""

    def __init__(self, home: Home) -> None:
        self._folder = home.images

    def keep(self, content_id: str, data: bytes, extension: str) -> str:
        """Write an image if it is not there yet; return its file name.

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
            atomic_write(path, data)
        return path.name

    def read(self, content_id: str) -> bytes | None:
        """Return an image's original bytes, or ``None`` if it was not kept.

        Raises:
            StoreError: if this is no content id, or the file cannot be read.
        """
        path = self._find(content_id)
        if path is None:
            return None
        try:
            return path.read_bytes()
        except OSError as error:
            raise store_error("read", path, error) from None

    def _find(self, content_id: str) -> Path | None:
        if not _ID.fullmatch(content_id):
            raise StoreError(
                f"'{content_id[:80]}' is no content id; those have 64 digits of 0-9 and a-f."
            )
        paths = (self._folder / f"{content_id}.{extension}" for extension in _EXTENSIONS)
        return next((path for path in paths if path.is_file()), None)
