"""A home as one file, and a home from one."""

from __future__ import annotations

from pathlib import Path

from memeclip_core.app.backup import open_snapshot
from memeclip_core.config import Settings
from memeclip_core.database.snapshot import is_open
from memeclip_core.errors import ConfigError, StoreError
from memeclip_core.records.clock import utc_now
from memeclip_core.storage.archive import unpack_archive, write_archive
from memeclip_core.storage.home import Home


def back_up(settings: Settings, path: Path) -> int:
    """Write everything of a home but who may sign in to one file; return how many files it holds.

    The page may run meanwhile.

    Raises:
        ConfigError: if the database is on a server.
        StoreError: if there is no home, the file is there already, or the disk fails.
    """
    home = _find_home(settings)
    if not home.database.exists():
        raise StoreError(f"{home.root} is no home with a database, so there is nothing to back up.")
    return write_archive(open_snapshot(home), path)


def restore(settings: Settings, path: Path) -> Path | None:
    """Put a backup in a home's place; who may sign in stays.

    Returns:
        where what was there lies now; ``None`` if the home was empty.

    Raises:
        ConfigError: if the database is on a server.
        StoreError: if a program runs on the home, the file is no backup, or the disk fails.
    """
    home = _find_home(settings)
    if is_open(home.root):
        raise StoreError("A program runs on this home. Stop it, and restore again.")
    home.create()
    snapshot = open_snapshot(home)
    inbox = snapshot.make_inbox()
    try:
        names = unpack_archive(path, inbox)
        snapshot.join(inbox)
        aside = snapshot.put_aside(utc_now())
        snapshot.restore(inbox, names)
    finally:
        snapshot.drop_inbox()
    home.create()
    return aside


def _find_home(settings: Settings) -> Home:
    if settings.database_url:
        raise ConfigError(
            "The database is on a server: back it up and restore it there, with pg_dump and "
            "pg_restore, and copy the folder of --home."
        )
    home = Home(settings.home.resolve())
    home.check_disk()
    return home
