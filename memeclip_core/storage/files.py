"""Files that a kill, a full disk or a second process cannot leave half written.

Invariants: a file is replaced as a whole, under a temporary name first. Temporary names carry the
process that writes them, so that the next one to start knows which of them nobody will finish.
Locks are files of their own, freed by the system when their holder dies, and not reentrant.
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import yaml
from filelock import FileLock, Timeout

from memeclip_core.errors import StoreError
from memeclip_core.process import RUN, is_gone

BINARY = getattr(os, "O_BINARY", 0)
"""Windows would otherwise write every line feed as two characters."""

LOCK_SECONDS = 30.0
"""How long to wait for another process before giving up."""

POLL_SECONDS = 0.005
"""How often to ask meanwhile; a save takes a few milliseconds."""

_NAME: Final = re.compile(r"(?:\.(?P<pid>\d+)-(?P<run>[0-9a-f]{8}))?\.[0-9a-f]{32}\.tmp$")
_OLD: Final = 3600.0
"""Seconds after which nobody is still writing, wherever the process runs."""
FOLDERS: Final = "memeclip-"
"""How the names of temporary folders outside the home begin."""
_FOLDER: Final = re.compile(rf"{FOLDERS}(?P<pid>\d+)-(?P<run>[0-9a-f]{{8}})-")


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
        with disk_errors("written", path):
            handle = os.open(path, os.O_RDWR | BINARY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
    for folder in {path.parent for path in paths}:
        with disk_errors("written", folder):
            sync_folder(folder)


def make_folder(folder: Path) -> Path:
    """Create a folder and its parents; raise StoreError if that is impossible."""
    with disk_errors("created", folder):
        folder.mkdir(parents=True, exist_ok=True)
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


@contextmanager
def disk_errors(verb: str, path: Path) -> Iterator[None]:
    """Turn whatever the system refuses inside the block into a StoreError about a path."""
    try:
        yield
    except OSError as error:
        raise store_error(verb, path, error) from None


def store_error(verb: str, path: Path, error: OSError) -> StoreError:
    """Say in one sentence why a path could not be read, written, created or locked."""
    advice = {
        "ENOSPC": "Free some space and try again.",
        "EDQUOT": "Free some space and try again.",
        "EACCES": "Check who owns the folder, or choose another with --home.",
        "EPERM": "Check who owns the folder, or choose another with --home.",
        "EROFS": "Choose a folder that can be written with --home.",
    }.get(
        errno.errorcode.get(error.errno or 0, ""),
        "Check the folder, or choose another with --home.",
    )
    return StoreError(f"{path} could not be {verb}: {error.strerror or error}. {advice}")


def load_json(data: str | bytes) -> Any:
    """Return what a JSON text holds; ValueError if it is none that can be read."""
    try:
        return json.loads(data)
    except RecursionError:
        raise ValueError("it nests deeper than can be read") from None


def load_yaml(text: str) -> Any:
    """Return what a YAML text holds; YAMLError if it is none that can be read."""
    try:
        return yaml.safe_load(text)
    except RecursionError:
        raise yaml.YAMLError("it nests deeper than can be read") from None
    except (ValueError, OverflowError, AttributeError) as error:
        # A value that looks like a date, a number or bytes and is none.
        raise yaml.YAMLError(str(error)) from None


def compose_yaml(text: str) -> yaml.Node | None:
    """Return a YAML text as nodes, which know their lines; YAMLError as ``load_yaml``."""
    try:
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except RecursionError:
        raise yaml.YAMLError("it nests deeper than can be read") from None


def temporary(path: Path) -> Path:
    """Return a name beside a path that nothing else has, for what will be moved to it."""
    return path.with_name(f".{path.name}.{_mark()}.{uuid.uuid4().hex}.tmp")


def folder_prefix() -> str:
    """Return how the name of a temporary folder of this process begins."""
    return f"{FOLDERS}{_mark()}-"


def sweep_files(root: Path) -> int:
    """Delete the temporary files and folders below a folder whose process is gone; count them."""
    return sum(
        _sweep(Path(folder, name), _NAME.search(name))
        for folder, names, files in os.walk(root)
        for name in (*names, *files)
        if name.endswith(".tmp")
    )


def sweep_folders(parent: Path) -> None:
    """Delete the temporary folders in a folder whose process is gone."""
    for path in parent.glob(f"{FOLDERS}*"):
        found = _FOLDER.match(path.name)
        if found is not None:
            _sweep(path, found)


def _sweep(path: Path, found: re.Match[str] | None) -> bool:
    if found is None:
        return False
    # What cannot be deleted is somebody else's, or stays for the next start.
    with suppress(OSError):
        known = found["pid"] is not None and is_gone(int(found["pid"]), found["run"])
        if not (known or time.time() - path.lstat().st_mtime > _OLD):
            return False
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
        return True
    return False


def _mark() -> str:
    return f"{os.getpid()}-{RUN}"
