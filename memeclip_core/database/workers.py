"""Who carries a job out: a name for an object of a process, and whether that process is gone."""

from __future__ import annotations

import os
import secrets
import socket
import time
from contextlib import suppress
from pathlib import Path

from memeclip_core.process import RUN, is_gone

LOST_SECONDS = 45.0
"""Silence after which a process is taken for dead where that cannot be seen."""


def name_worker() -> str:
    """Return a name that no other has: machine, process, and what tells it from earlier ones."""
    return f"{find_host()}|{os.getpid()}|{RUN}|{secrets.token_hex(4)}"


def is_lost(worker: str, beat: float) -> bool:
    """Say whether the process of a worker is gone, or has said nothing for long.

    Args:
        worker: its name.
        beat: when it last said something, in seconds since 1970.
    """
    host, pid, run, _ = worker.split("|")
    if host == find_host() and is_gone(int(pid), run):
        return True
    return time.time() - beat >= LOST_SECONDS


def find_host() -> str:
    """Return what says whether two process numbers mean the same: the machine and the container."""
    space = ""
    with suppress(OSError):
        space = str(Path("/proc/self/ns/pid").stat().st_ino)
    return f"{socket.gethostname()} {space}"
