"""The disk that a folder lies on: how much room it has, and whether it can be written."""

from __future__ import annotations

import shutil
from pathlib import Path

from memeclip_core.storage.files import atomic_write, discard, disk_errors, temporary


def find_existing(folder: Path) -> Path:
    """Return a folder, or the nearest one above it that is there."""
    return next(path for path in (folder, *folder.parents) if path.exists())


def free_bytes(folder: Path) -> int:
    """Return how many bytes are free where a folder lies.

    Raises:
        StoreError: if that cannot be told.
    """
    with disk_errors("read", folder):
        return shutil.disk_usage(folder).free


def prove_writable(folder: Path) -> None:
    """Write a file into a folder and delete it again.

    Raises:
        StoreError: if that fails.
    """
    path = folder / f"{temporary(folder / 'probe').name}"
    try:
        atomic_write(path, b"probe")
    finally:
        discard(path)
