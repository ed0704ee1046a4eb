"""The files below a folder, or inside a zip archive, by their names."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from memeclip_core.errors import ImageError
from memeclip_core.records.meme import Failure
from memeclip_core.storage.archives import is_archive, open_archive

IMAGE_SUFFIXES = (
    ".png", ".jpg", ".jpeg", ".jfif", ".webp", ".gif", ".bmp", ".avif", ".tif", ".tiff",
)  # fmt: skip
MAX_FILES = 500_000
"""A list in the middle of somebody's home must not have all of it looked through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """What lies in a folder or an archive.

    Attributes:
        root: the folder or the archive.
        files: every file's path by its name below the root, with slashes. The path of a file in
            an archive leads through the archive; ``read_file`` reads both.
        refused: what an archive holds that is not read, and why.
    """

    root: Path
    files: Mapping[str, Path]
    refused: tuple[Failure, ...] = ()

    @property
    def pictures(self) -> dict[str, Path]:
        """The files that are pictures, by their endings."""
        return {
            name: path for name, path in self.files.items() if path.suffix.lower() in IMAGE_SUFFIXES
        }


def list_tree(root: Path) -> Tree:
    """List a folder or a zip archive; hidden files and folders are passed over.

    Raises:
        DatasetError: if it is an archive that cannot be read, or holds more than could be meant.
    """
    if is_archive(root):
        archive = open_archive(root)
        files = {name: root / name for name in sorted(archive.names)}
        return Tree(root=root, files=files, refused=tuple(archive.refused))
    found = {}
    for path in _walk(root):
        found[path.relative_to(root).as_posix()] = path
        if len(found) >= MAX_FILES:
            break
    return Tree(root=root, files=dict(sorted(found.items())))


def read_file(path: Path, *, max_bytes: int) -> bytes:
    """Return a file's bytes; its path may lead through a zip archive.

    Raises:
        ImageError: if it cannot be read, or has more than ``max_bytes``.
    """
    archive = next((parent for parent in path.parents if is_archive(parent)), None)
    if archive is not None:
        name = path.relative_to(archive).as_posix()
        return open_archive(archive).read_name(name, max_bytes=max_bytes)
    try:
        size = path.stat().st_size
        if size > max_bytes:
            raise ImageError(
                f"The file has {size:,} bytes; at most {max_bytes:,} are allowed. "
                "Save it smaller and try again."
            )
        return path.read_bytes()
    except OSError as error:
        raise ImageError(f"The file cannot be read: {error.strerror}.") from None


def _walk(folder: Path, seen: frozenset[tuple[int, int]] = frozenset()) -> Iterator[Path]:
    """Yield the files below a folder, through links too, but never round in circles."""
    try:
        here = folder.stat()
        with os.scandir(folder) as entries:
            listed = sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return
    if (here.st_dev, here.st_ino) in seen:
        return
    for entry in listed:
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            yield from _walk(Path(entry.path), seen | {(here.st_dev, here.st_ino)})
        elif entry.is_file():
            yield Path(entry.path)
