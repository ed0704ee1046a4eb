"""Pictures in the guidelines of projects, by content id, each in its project's folder.

The text names a picture as Markdown does, with its content id in place of an address.
"""

from __future__ import annotations

import time
from contextlib import suppress

from memeclip_core.annotation.projects.store import ProjectStore, render_preview
from memeclip_core.errors import InputError, NotFound
from memeclip_core.inference.reading import Reader
from memeclip_core.memes.image import content_id
from memeclip_core.storage.files import atomic_write, disk_errors, make_folder
from memeclip_core.storage.home import Home
from memeclip_core.storage.images import check_id

MOST = 100
"""Pictures of one project."""
UNUSED_SECONDS = 24 * 3600.0
"""After which a picture that no text names makes room; it may belong to a text being written."""


class Illustrations:
    """Keep and read pictures; they are shown as small as those of memes, without metadata."""

    def __init__(self, *, home: Home, store: ProjectStore, reader: Reader) -> None:
        self._home = home
        self._store = store
        self._reader = reader

    def add(self, key: str, data: bytes) -> str:
        """Keep a picture and return its content id.

        Raises:
            ImageError: if it is not a usable image, or too large.
            InputError: if the project has as many as it may.
        """
        text = self._store.read(key).guidelines
        webp = render_preview(self._reader.picture(data))
        folder, name = make_folder(self._home.project(key) / "guidelines"), content_id(webp)
        with disk_errors("written", folder):
            kept = {path.stem: path for path in folder.glob("*.webp")}
            for other, path in list(kept.items()):
                if other not in text and path.stat().st_mtime < time.time() - UNUSED_SECONDS:
                    path.unlink()
                    del kept[other]
        if name not in kept and len(kept) >= MOST:
            raise InputError(
                f"These guidelines have {len(kept)} pictures, and {MOST} is the most. Take one "
                "out of the text and save it; it makes room a day after it was added."
            )
        atomic_write(folder / f"{name}.webp", webp)
        return name

    def copy(self, key: str, to: str) -> None:
        """Copy the pictures of a project's guidelines into another project."""
        source, target = (self._home.project(own) / "guidelines" for own in (key, to))
        with disk_errors("copied", source):
            for path in source.glob("*.webp"):
                atomic_write(make_folder(target) / path.name, path.read_bytes())

    def read(self, key: str, picture: str) -> bytes:
        """Return a picture as WebP; raise NotFound if there is none of this content id."""
        path = self._home.project(key) / "guidelines" / f"{check_id(picture)}.webp"
        with disk_errors("read", path), suppress(FileNotFoundError):
            return path.read_bytes()
        raise NotFound("These guidelines have no such picture.")
