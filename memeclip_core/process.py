"""Processes of this machine: which one this is, whether another is gone, and freed memory."""

from __future__ import annotations

import ctypes
import os
import secrets
import sys
from contextlib import suppress
from typing import Final

RUN: Final = secrets.token_hex(4)
"""Tells this process from an earlier one of the same number; in a container all have number 1."""


def is_gone(pid: int, run: str) -> bool:
    """Say whether a process of this machine is known to be gone.

    Args:
        pid: its number.
        run: its ``RUN``.
    """
    if pid == os.getpid():
        return run != RUN
    if os.name == "nt":  # there, the question itself would end the process
        return False
    try:
        os.kill(pid, 0)
    except (OSError, OverflowError) as error:
        return isinstance(error, ProcessLookupError)
    return False


_MMAP_THRESHOLD: Final = -3
"""Of ``mallopt``, see malloc.h of glibc."""
LARGE_BLOCK: Final = 4_000_000


def give_large_blocks_back() -> None:
    """Have this process give a freed block of ``LARGE_BLOCK`` bytes or more back to the system.

    glibc does so until the first one is freed. From then on it keeps blocks of up to that size, 32
    MB at most, for each of the arenas that threads have: a server on which pictures are read grows
    by a gigabyte. Other C libraries have no such setting, and nothing is done.
    """
    if sys.platform == "linux":
        set_option = getattr(ctypes.CDLL(None), "mallopt", None)
        if set_option is not None:
            set_option(_MMAP_THRESHOLD, LARGE_BLOCK)


def give_freed_memory_back() -> None:
    """Give what was freed so far back to the system, as far as the C library can (glibc's does).

    What is loaded leaves holes behind, of which smaller blocks are never given back otherwise.
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)


def forbid_reports() -> None:
    """Have ONNX Runtime and Ray, where they are imported after this, report to nobody.

    Their makers would be told otherwise what they run, with a name that they give this machine.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"


OPEN_FILES: Final = 65_536


def allow_open_files() -> None:
    """Have this process open ``OPEN_FILES`` files and connections, or as many as it may.

    Many systems begin with 1,024, which that many idle connections use up.
    """
    if sys.platform != "win32":
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        most = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
        if soft != resource.RLIM_INFINITY and soft < most:
            with suppress(OSError, ValueError):  # macOS has another limit beside it
                resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
