"""A backup as one file: a zip archive of what matters in a home."""

from __future__ import annotations

import os
import shutil
import zipfile
from pathlib import Path
from typing import Final

from memeclip_core.errors import StoreError
from memeclip_core.storage.backup import Snapshot, matters
from memeclip_core.storage.files import disk_errors, make_folder, sync_files, temporary
from memeclip_core.storage.home import DATABASE

_STORED: Final = {".png", ".jpg", ".jpeg", ".webp", ".gif", ".zip"}
"""Files that do not shrink."""


def write_archive(snapshot: Snapshot, path: Path) -> int:
    """Write a backup and return of how many files; it has its name once it is whole.

    Raises:
        StoreError: if the file is there already, or something cannot be read or written.
    """
    if path.exists():
        raise StoreError(f"{path} is there already. Choose another name.")
    part, count = temporary(path), 0
    try:
        with disk_errors("written", path), zipfile.ZipFile(part, "w") as archive:
            for name in sorted(snapshot.files()):
                data = snapshot.content(name)
                suffix = Path(name).suffix.lower()
                how = zipfile.ZIP_STORED if suffix in _STORED else zipfile.ZIP_DEFLATED
                if isinstance(data, bytes):
                    archive.writestr(name, data, how)
                elif data is not None:
                    archive.write(data, name, how)
                count += data is not None
        sync_files([part])
        with disk_errors("written", path):
            os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
        snapshot.drop_inbox()
    return count


def unpack_archive(path: Path, folder: Path) -> tuple[str, ...]:
    """Unpack a backup into a folder, and nothing else that may be in it; return the names.

    Raises:
        StoreError: if it is no backup, or is damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = tuple(name for name in archive.namelist() if matters(name))
            if DATABASE not in names:
                raise StoreError(f"{path} is no backup: there is no {DATABASE} in it.")
            for name in names:
                make_folder((folder / name).parent)
                with archive.open(name) as source, (folder / name).open("wb") as target:
                    shutil.copyfileobj(source, target, 1 << 20)
    except (zipfile.BadZipFile, EOFError, RuntimeError, ValueError) as error:
        raise StoreError(f"{path} is damaged or no backup ({error}).") from None
    except OSError as error:
        said = error.strerror or str(error)
        raise StoreError(f"{path} could not be unpacked: {said}. Nothing was changed.") from None
    return names
