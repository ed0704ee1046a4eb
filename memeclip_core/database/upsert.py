"""Write rows that may be there already, alike on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def upsert(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], *, add: bool = False
) -> None:
    """Insert rows; those whose primary key is there already take the new values.

    Args:
        connection: of a transaction that writes.
        table: where to.
        rows: all with the same columns, the primary key among them.
        add: whether numbers are added to those that are there instead.
    """
    if not rows:
        return
    statement = _insert(connection)(table)
    keys = [column.name for column in table.primary_key]
    fresh = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    if add:
        fresh = {name: table.c[name] + value for name, value in fresh.items()}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=fresh), list(rows))


def insert_missing(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, without those of which something is there already that may be there once."""
    if rows:
        connection.execute(_insert(connection)(table).on_conflict_do_nothing(), list(rows))


def _insert(connection: Connection) -> Any:
    return sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
