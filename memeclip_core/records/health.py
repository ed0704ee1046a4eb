"""How a server is, for whoever watches over it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

BackupState = Literal["none", "waiting", "complete", "failing"]
"""Nothing is copied; no copy was complete since the start; the last one was; the last one was not.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """The state of a server, without a name or a folder: anybody may ask for it.

    Attributes:
        status: ``failing`` where the database cannot be read; ``ok`` otherwise.
        ready: whether encoder and text reader are loaded.
        backup: whether the home has a copy elsewhere.
        backed_up: when that copy was last complete, since the start.
    """

    status: Literal["ok", "failing"]
    ready: bool
    backup: BackupState
    backed_up: datetime | None = None
