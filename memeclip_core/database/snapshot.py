"""The embedded database as a file to keep elsewhere, and what is asked before one is put back."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Table, insert, select

from memeclip_core.database.engine import FILE, Database
from memeclip_core.database.schema import PRIVATE, decision, lease, model_version, project
from memeclip_core.errors import StoreError

_log = logging.getLogger("memeclip")


def write_snapshot(root: Path, target: Path) -> None:
    """Copy a home's database as it is at one moment, without who may sign in; others may write on.

    Raises:
        StoreError: if that fails.
    """
    try:
        with (
            closing(sqlite3.connect(root / FILE)) as source,
            closing(sqlite3.connect(target, isolation_level=None)) as copy,
        ):
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
            for table in (*reversed(PRIVATE), lease):
                copy.execute(f"DELETE FROM {table.name}")
            copy.execute("VACUUM")  # what was deleted would stay readable in the file
    except sqlite3.Error as error:
        raise StoreError(f"The database could not be copied ({error}). Try again.") from None


def holds_work(root: Path) -> bool:
    """Say whether somebody decided or set up anything in a home's database."""
    if not (root / FILE).exists():
        return False
    database = Database.of_home(root)
    try:
        with database.read() as connection:
            tables = (project, decision, model_version)
            return any(connection.execute(select(t).limit(1)).first() for t in tables)
    finally:
        database.close()


def is_open(root: Path) -> bool:
    """Say whether a program has a home's database open; how it is written cannot change then."""
    if not (root / FILE).exists():
        return False
    try:
        with closing(sqlite3.connect(root / FILE, timeout=0)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.OperationalError as error:
        return "locked" in str(error)
    except sqlite3.DatabaseError:  # damaged, which may be why another is put in its place
        return False
    return False


def keep_people(old: Path, new: Path) -> None:
    """Put who may sign in from one home's database into another's, which has nobody.

    Both are brought to the tables of today. Where the first is damaged, nobody comes along.

    Raises:
        StoreError: if the second cannot be used.
    """
    source, target = Database.of_home(old), Database.of_home(new)
    try:
        with target.write() as into:
            if (old / FILE).exists():
                for table, rows in _read_people(source):
                    into.execute(insert(table), rows)
    finally:
        source.close()
        target.close()


def _read_people(source: Database) -> list[tuple[Table, list[dict[str, Any]]]]:
    try:
        with source.read() as connection:
            found = [(t, connection.execute(select(t)).mappings().all()) for t in PRIVATE]
    except StoreError as error:
        _log.warning("who may sign in could not be read: %s", error)
        return []
    return [(table, [dict(row) for row in rows]) for table, rows in found if rows]
