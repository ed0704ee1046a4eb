"""Writing that a kill, a full disk or a second process cannot leave half done."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from memeclip_core.errors import StoreError
from memeclip_core.storage.scraps import temporary

BINARY = getattr(os, "O_BINARY", 0)
"""Windows would otherwise write every line feed as two characters."""

LOCK_SECONDS = 30.0
"""How long to wait for another process before giving up."""

POLL_SECONDS = 0.005
"""How often to ask meanwhile; a save takes a few milliseconds."""


def atomic_write(path: Path, data: bytes, *, mode: int = 0o644, sync: bool = True) -> None:
    """Replace a file as a whole: a reader sees the old bytes or the new, never a part.

    The data are on the disk when this returns, unless ``sync`` is false; see ``sync_files``.

    Raises:
        StoreError: if it could not be written; the old file is untouched then.
    """
    temp = temporary(path)
    try:
        handle = os.open(temp, os.O_WRONLY | os.O_CREAT | os.O_EXCL | BINARY, mode)
        try:
            write_all(handle, data)
            if sync:
                os.fsync(handle)
        finally:
            os.close(handle)
        os.replace(temp, path)
        if sync:
            sync_folder(path.parent)
    except OSError as error:
        discard(temp)
        raise store_error("written", path, error) from None


def discard(path: Path) -> None:
    """Delete a file that nobody needs, if that is possible; its folder may be read-only by now."""
    with suppress(OSError):
        path.unlink(missing_ok=True)


def write_all(handle: int, data: bytes) -> None:
    """Write all bytes; the first call takes them whole unless the disk is full."""
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]


def sync_folder(folder: Path) -> None:
    """Put a folder's entries on the disk, so that a new file's name survives a power cut."""
    if os.name == "nt":  # Windows has no handle of a folder, and journals the names itself
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_files(paths: Sequence[Path]) -> None:
    """Put files that were written without syncing on the disk, with their names.

    Raises:
        StoreError: if that fails.
    """
    for path in paths:
        try:
            handle = os.open(path, os.O_RDWR | BINARY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as error:
            raise store_error("written", path, error) from None
    for folder in {path.parent for path in paths}:
        try:
            sync_folder(folder)
        except OSError as error:
            raise store_error("written", folder, error) from None


def make_folder(folder: Path) -> Path:
    """Create a folder and its parents; raise StoreError if that is impossible."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise store_error("created", folder, error) from None
    return folder


@contextmanager
def locked(path: Path, *, timeout: float = LOCK_SECONDS) -> Iterator[None]:
    """Hold a lock against other threads and processes; not reentrant.

    The system frees the lock when its holder dies, so a kill leaves nothing to clean up.

    Raises:
        StoreError: if somebody else holds it longer than ``timeout`` seconds.
    """
    make_folder(path.parent)
    lock = FileLock(path, timeout=timeout, thread_local=False)
    try:
        lock.acquire(poll_interval=POLL_SECONDS)
    except Timeout:
        raise StoreError(
            f"Another process has held {path.name} for {timeout:g} seconds. "
            "Wait until it has finished, or stop it, and try again."
        ) from None
    except OSError as error:
        raise store_error("locked", path, error) from None
    try:
        yield
    finally:
        lock.release()


def store_error(verb: str, path: Path, error: OSError) -> StoreError:
    """Say in one sentence why a path could not be read, written, created or locked."""
    advice = {
        "ENOSPC": "Free some space and try again.",
        "EDQUOT": "Free some space and try again.",
        "EACCES": "Check who owns the folder, or choose another with --home.",
        "EPERM": "Check who owns the folder, or choose another with --home.",
        "EROFS": "Choose a folder that can be written with --home.",
    }.get(_symbol(error), "Check the folder, or choose another with --home.")
    return StoreError(f"{path} could not be {verb}: {error.strerror or error}. {advice}")


def _symbol(error: OSError) -> str:
    return errno.errorcode.get(error.errno or 0, "")
