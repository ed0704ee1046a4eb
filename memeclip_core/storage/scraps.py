"""What a process writes before it gives it its name, and what is left of that after a kill.

A temporary file is named after the process that writes it, so that the next one to start knows
which of them nobody will ever finish.
"""

from __future__ import annotations

import os
import re
import shutil
import time
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Final

_RUN: Final = uuid.uuid4().hex[:8]
"""Tells this process from an earlier one of the same number; in a container all have number 1."""

_NAME: Final = re.compile(r"(?:\.(?P<pid>\d+)-(?P<run>[0-9a-f]{8}))?\.[0-9a-f]{32}\.tmp$")
_OLD: Final = 3600.0
"""Seconds after which nobody is still writing, wherever the process runs."""

FOLDERS: Final = "memeclip-"
"""How the names of temporary folders outside the home begin."""

_FOLDER: Final = re.compile(rf"{FOLDERS}(?P<pid>\d+)-(?P<run>[0-9a-f]{{8}})-")


def temporary(path: Path) -> Path:
    """Return a name beside a path that nothing else has, for what will be moved to it."""
    return path.with_name(f".{path.name}.{_mark()}.{uuid.uuid4().hex}.tmp")


def folder_prefix() -> str:
    """Return how the name of a temporary folder of this process begins."""
    return f"{FOLDERS}{_mark()}-"


def sweep_files(root: Path) -> None:
    """Delete the temporary files and folders below a folder whose process is gone."""
    for folder, names, files in os.walk(root):
        for name in (*names, *files):
            if name.endswith(".tmp"):
                _sweep(Path(folder, name), _NAME.search(name))


def sweep_folders(parent: Path) -> None:
    """Delete the temporary folders in a folder whose process is gone."""
    for path in parent.glob(f"{FOLDERS}*"):
        found = _FOLDER.match(path.name)
        if found is not None:
            _sweep(path, found)


def _sweep(path: Path, found: re.Match[str] | None) -> None:
    if found is None:
        return
    # What cannot be deleted is somebody else's, or stays for the next start.
    with suppress(OSError):
        if not (_is_left(found) or time.time() - path.lstat().st_mtime > _OLD):
            return
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _is_left(found: re.Match[str]) -> bool:
    """Say whether the process that a name tells of is known to be gone."""
    if found["pid"] is None:
        return False
    pid = int(found["pid"])
    if pid == os.getpid():
        return found["run"] != _RUN
    if os.name == "nt":  # there, the question itself would end the process
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False


def _mark() -> str:
    return f"{os.getpid()}-{_RUN}"
