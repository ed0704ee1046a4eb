"""Uploads: the folder in which they lie until they are opened, and copies that are kept."""

from __future__ import annotations

import shutil
import tempfile
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from memeclip_core.storage.files import disk_errors, folder_prefix, make_folder, sweep_folders

UPLOAD: Final = "upload"
"""What the folder of kept files is called, since sentences about it name it so."""
DEEPEST: Final = 16
"""Folders in folders that a name keeps, with the file itself."""


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


@contextmanager
def hold_file(name: str, data: IO[bytes]) -> Iterator[Path]:
    """Hold what was sent as a file of its name for as long as it is read."""
    folder = Path(tempfile.mkdtemp(prefix=folder_prefix()))
    try:
        keep_files(folder, {name_file(name): data})
        yield next(folder.iterdir())
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def keep_files(folder: Path, files: Mapping[str, Path | IO[bytes]]) -> None:
    """Copy files into a folder, by the names that they came with as far as a disk takes them."""
    make_folder(folder)
    for number, (name, source) in enumerate(files.items()):
        copy = folder / (name_path(name) or f"file-{number}")
        if copy.exists():
            copy = copy.with_name(f"{number}-{copy.name}")
        make_folder(copy.parent)
        with disk_errors("written", copy):
            if isinstance(source, Path):
                shutil.copyfile(source, copy)
            else:
                with copy.open("xb") as file:
                    shutil.copyfileobj(source, file)


def find_source(folder: Path) -> Path:
    """Return what kept files are read as: one alone, or the one folder that they came in, is
    itself; all else is the folder that they were copied into.
    """
    copies = [*folder.iterdir()]
    return copies[0] if len(copies) == 1 else folder


def name_file(name: str) -> str:
    """Return a file's name as far as a disk takes it; "" if nothing of it can be kept.

    A list names its pictures as they were called, so as much as possible stays.
    """
    last = Path(unicodedata.normalize("NFC", name).replace("\\", "/")).name
    kept = "".join(c if c.isprintable() and c not in '<>:"|?*' else "_" for c in last).lstrip(".")
    return kept.encode("utf-8", errors="ignore")[-200:].decode("utf-8", errors="ignore")


def name_path(name: str) -> str:
    """Return a file's name with the folders that it came in, parted by slashes; see ``name_file``.

    The names of a whole folder that a browser sends are such.
    """
    return "/".join(filter(None, map(name_file, name.split("/")[-DEEPEST:])))
