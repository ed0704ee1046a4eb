"""Processes of this machine: which one this is, and whether another one is gone."""

from __future__ import annotations

import os
import secrets
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
