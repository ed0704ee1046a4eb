"""The original bytes of corrected memes, by content id only."""

from __future__ import annotations

import hashlib
import logging
import re
import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from memeclip_core.errors import StoreError
from memeclip_core.storage.files import atomic_write, folder_prefix
from memeclip_core.storage.home import Home
from memeclip_core.storage.objects import AT_ONCE, FolderObjects, open_objects

_ID = re.compile(r"[0-9a-f]{64}")
_EXTENSIONS = ("png", "jpg", "webp", "gif", "bmp", "avif", "tiff")
_NAME = re.compile(rf"([0-9a-f]{{64}})\.(?:{'|'.join(_EXTENSIONS)})")
COPY_LEFT = (
    "They are not looked at: copy them to the image store, unless they are there, and move them "
    "out of the way."
)
_log = logging.getLogger("memeclip")


class ImageStore:
    """Keeps each image once; names come from content ids, never from a client.

    Args:
        home: whose folder holds them, unless a store is named.
        url: the address of an object store that several homes may share; see ``Settings``.

    Raises:
        ConfigError: if nothing here can speak to such a store.
    """

    def __init__(self, home: Home, url: str = "") -> None:
        self._own = home.images
        self._objects = open_objects(url, home.images)

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
        name = f"{content_id}.{extension}"
        if self._objects.size(name) != len(data):
            self._objects.write(name, data, settle=settle)
        return name

    def put_back(self, name: str, data: bytes | None) -> None:
        """Write an image that was kept once more where a deletion has taken it away meanwhile.

        Called within the transaction that adds the row which names it, or after it: a deletion
        looks within one of its own which images some row names.
        """
        if name and data is not None and self._objects.size(name) is None:
            self._objects.write(name, data)

    def settle(self, names: Iterable[str]) -> None:
        """Put images that were kept without settling on the disk."""
        self._objects.settle(names)

    def list_ids(self) -> frozenset[str]:
        """Return the content ids of all images that are kept."""
        return frozenset(id for id, _ in self._list())

    def discard(self, content_ids: Collection[str]) -> None:
        """Delete images, where they are kept."""
        meant = frozenset(content_ids)
        if meant:
            self._objects.delete([name for id, name in self._list() if id in meant])

    def read(self, content_id: str) -> bytes | None:
        """Return an image's original bytes, or ``None`` if it was not kept.

        Raises:
            StoreError: if this is no content id, or the file cannot be read.
        """
        own = check_id(content_id)
        found = self._read([f"{own}.{extension}" for extension in _EXTENSIONS])
        return next(iter(found.values()), None)

    @contextmanager
    def lend(self, names: Iterable[str]) -> Iterator[Mapping[str, Path]]:
        """Give images as files that are there within the block, by the names that ``keep`` gave.

        Those that are not kept are left out. They are not to be changed.

        Raises:
            StoreError: if one cannot be read.
        """
        known, folder = [name for name in names if _NAME.fullmatch(name)], self._objects.folder
        if folder is not None:
            yield {name: path for name in known if (path := folder / name).is_file()}
            return
        with TemporaryDirectory(prefix=folder_prefix()) as made:
            lent = {}
            for start in range(0, len(known), AT_ONCE):
                for name, data in self._read(known[start : start + AT_ONCE]).items():
                    lent[name] = Path(made, name)
                    atomic_write(lent[name], data, sync=False)
            yield lent

    def count_left(self) -> int:
        """Return how many images lie in the home although they are kept elsewhere."""
        if self._objects.folder == self._own:
            return 0
        return sum(1 for name in FolderObjects(self._own).names() if _NAME.fullmatch(name))

    def prove(self) -> None:
        """Write an image, read it, list it and delete it again; raise StoreError if that fails."""
        data = secrets.token_bytes(16)
        own = hashlib.sha256(data).hexdigest()
        self.keep(own, data, _EXTENSIONS[0])
        try:
            if self.read(own) != data or own not in self.list_ids():
                raise StoreError("The image store does not give back what was written to it.")
        finally:
            self.discard([own])

    def _read(self, names: list[str]) -> dict[str, bytes]:
        """Return images; of a store, one that is not whole counts as not kept."""
        found = self._objects.read(names)
        if self._objects.folder is None:
            for name, data in list(found.items()):
                if not name.startswith(hashlib.sha256(data).hexdigest()):
                    _log.warning("the image %s is damaged in the image store", name[:12])
                    del found[name]
        return found

    def _list(self) -> Iterator[tuple[str, str]]:
        """Yield the content ids and names of all images; what else lies there is left alone."""
        for name in self._objects.names():
            if found := _NAME.fullmatch(name):
                yield found[1], name


def open_images(home: Home, url: str) -> ImageStore:
    """Return where images are kept, and say in the log where some are left in the home."""
    store = ImageStore(home, url)
    if left := store.count_left():
        _log.warning("%d images lie in %s. %s", left, home.images, COPY_LEFT)
    return store


def check_id(content_id: str) -> str:
    """Return a content id; raise StoreError if it is none."""
    if not _ID.fullmatch(content_id):
        raise StoreError(
            f"'{content_id[:80]}' is no content id; those have 64 digits of 0-9 and a-f."
        )
    return content_id
