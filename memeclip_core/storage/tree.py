"""The files below a folder or inside a zip archive, by their names.

Archives come from strangers: they are looked into, never unpacked, and read within limits.
"""

from __future__ import annotations

import lzma
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath

from memeclip_core.errors import DatasetError, ImageError
from memeclip_core.records.meme import Failure

MAX_ENTRIES = 200_000
MIN_BUDGET = 2_000_000_000
"""Bytes that even a small archive may hold once it is unpacked."""
MAX_RATIO = 20
"""How many times its own size a large archive may hold; images hardly shrink in an archive."""

_DAMAGED = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, RuntimeError,
    ValueError, OverflowError, MemoryError,
)  # fmt: skip
"""What ``zipfile`` raises on files that are none, or not all there."""

_CRUFT = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")
_ARCHIVES = (".zip", ".7z", ".rar", ".gz", ".tgz", ".tar", ".bz2", ".xz")


class Archive:
    """An open zip archive. Nothing in it is written anywhere: names that climb out lead nowhere.

    Attributes:
        entries: the plain files; their names are for people and comparing, never paths to write.
        names: the same by names that are clean: parted by slashes, without what climbs out.
        refused: encrypted files, links and archives inside the archive, each with the reason.

    Raises:
        DatasetError: if it is no zip archive, or holds more than could be meant.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._file = zipfile.ZipFile(path)
        except FileNotFoundError:
            raise DatasetError(f"There is no file {path.name}.") from None
        except (OSError, *_DAMAGED) as error:
            why = error.strerror if isinstance(error, OSError) else error  # no path of the server
            raise DatasetError(
                f"{path.name} is damaged or no zip archive ({why}). Pack it again."
            ) from None
        self._infos = self._file.infolist()
        try:
            self._check_size(path)
        except DatasetError:
            self._file.close()
            raise
        self.refused: list[Failure] = []
        self.entries = tuple(info for info in self._infos if self._is_wanted(info))
        self.names: dict[str, zipfile.ZipInfo] = {}
        for entry in self.entries:
            parts = entry.filename.replace("\\", "/").split("/")
            clean = "/".join(part for part in parts if part not in ("", ".", ".."))
            self.names.setdefault(clean, entry)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def read(self, entry: zipfile.ZipInfo, *, max_bytes: int) -> bytes:
        """Return an entry's bytes.

        Raises:
            ImageError: if it holds more than ``max_bytes``, or is damaged.
        """
        _check_bytes(entry.file_size, max_bytes)
        try:
            with self._file.open(entry) as source:
                # The size in the archive's list is a claim; no more than that is ever unpacked.
                return source.read(max_bytes + 1)
        except (OSError, *_DAMAGED):
            raise ImageError("The file is damaged inside the archive. Pack it again.") from None

    def read_name(self, name: str, *, max_bytes: int) -> bytes:
        """Return the bytes of the entry with this clean name; see ``read``."""
        if name not in self.names:
            raise ImageError("There is no such file in the archive.")
        return self.read(self.names[name], max_bytes=max_bytes)

    def _check_size(self, path: Path) -> None:
        if len(self._infos) > MAX_ENTRIES:
            raise DatasetError(
                f"{path.name} lists {len(self._infos):,} files; at most {MAX_ENTRIES:,} are "
                "allowed. Split it."
            )
        total = sum(info.file_size for info in self._infos)
        budget = max(MIN_BUDGET, MAX_RATIO * path.stat().st_size)
        if total > budget:
            raise DatasetError(
                f"{path.name} would unpack to {total:,} bytes; at most {budget:,} are allowed for "
                "an archive of its size. If these really are images, hand in the folder instead."
            )

    def _is_wanted(self, info: zipfile.ZipInfo) -> bool:
        name = PurePosixPath(info.filename.replace("\\", "/"))
        if not name.name or info.filename.endswith("/"):  # a folder, or without any name
            return False
        if name.name.startswith("._") or any(p in _CRUFT for p in name.parts):
            return False
        if info.flag_bits & 0x1:
            self._refuse(info, "It is encrypted. Pack it without a password.")
        elif stat.S_ISLNK(info.external_attr >> 16):
            self._refuse(info, "It is a link, which is not followed. Pack the file itself.")
        elif name.suffix.lower() in _ARCHIVES:
            self._refuse(info, "It is an archive inside the archive. Unpack it first.")
        else:
            return True
        return False

    def _refuse(self, info: zipfile.ZipInfo, reason: str) -> None:
        self.refused.append(Failure(filename=info.filename, reason=reason))


def is_archive(path: Path) -> bool:
    """Say whether this is a zip archive, by its ending."""
    return path.suffix.lower() == ".zip" and path.is_file()


def open_archive(path: Path) -> Archive:
    """Return an archive that stays open for the next question.

    Raises:
        DatasetError: see ``Archive``.
    """
    try:
        facts = path.stat()
    except OSError as error:
        raise DatasetError(f"{path.name} cannot be read: {error.strerror}.") from None
    return _open(path, facts.st_mtime_ns, facts.st_size)


def forget_archives() -> None:
    """Close what ``open_archive`` keeps open, so that a deleted archive frees its space."""
    _open.cache_clear()


@lru_cache(maxsize=4)
def _open(path: Path, changed: int, size: int) -> Archive:
    return Archive(path)


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
        _check_bytes(path.stat().st_size, max_bytes)
        return path.read_bytes()
    except OSError as error:
        raise ImageError(f"The file cannot be read: {error.strerror}.") from None


def _check_bytes(size: int, max_bytes: int) -> None:
    if size > max_bytes:
        raise ImageError(
            f"The file has {size:,} bytes; at most {max_bytes:,} are allowed. "
            "Save it smaller and try again."
        )


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
