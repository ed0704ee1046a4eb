"""Write rows that may be there already, alike on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

from memeclip_core.database.prepared import Change, Prepared, run_all


def upsert(
    connection: Connection,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    add: bool = False,
    keys: Sequence[str] = (),
) -> None:
    """Insert rows; those whose primary key is there already take the new values.

    Args:
        connection: of a transaction that writes.
        table: where to.
        rows: all with the same columns, the primary key among them.
        add: whether numbers are added to those that are there instead.
        keys: other columns that are unique together, by which rows are there already.
    """
    run_all(connection, prepare_upsert(connection, table, rows, add=add, keys=keys))


def prepare_upsert(
    connection: Connection,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    add: bool = False,
    keys: Sequence[str] = (),
) -> list[Change]:
    """Return what ``upsert`` does, to be carried out with other changes; nothing without rows."""
    if not rows:
        return []
    return [(_upsert(connection.dialect.name, table, tuple(rows[0]), add, tuple(keys)), rows)]


def insert_missing(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, without those of which something is there already that may be there once."""
    if rows:
        _insert_missing(connection.dialect.name, table, tuple(rows[0])).run(connection, rows)


@lru_cache(maxsize=256)
def _upsert(
    dialect: str, table: Table, names: tuple[str, ...], add: bool, unique: tuple[str, ...]
) -> Prepared:
    statement = _insert(dialect, table)
    keys = unique or tuple(column.name for column in table.primary_key)
    fresh = {name: statement.excluded[name] for name in names if name not in keys}
    if add:
        fresh = {name: table.c[name] + value for name, value in fresh.items()}
    return Prepared(statement.on_conflict_do_update(index_elements=keys, set_=fresh), names)


@lru_cache(maxsize=256)
def _insert_missing(dialect: str, table: Table, names: tuple[str, ...]) -> Prepared:
    return Prepared(_insert(dialect, table).on_conflict_do_nothing(), names)


def _insert(dialect: str, table: Table) -> Any:
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
