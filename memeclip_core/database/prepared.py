"""Statements that every save needs: compiled once, and carried out without what they do not need.

SQLAlchemy takes some 200 microseconds for a statement, of which the database takes 20; a save has a
dozen of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError

Process = Callable[[Any], Any]


class Prepared:
    """A statement of SQLAlchemy Core; its parameters are single values, never lists.

    Args:
        statement: with a ``bindparam`` for whatever changes.
        columns: what an insert is given of every row.
    """

    def __init__(self, statement: Any, columns: Sequence[str] | None = None) -> None:
        self._statement = statement
        self._columns = columns
        self._known: dict[str, _Compiled] = {}

    def rows(self, connection: Connection, **values: Any) -> list[tuple[Any, ...]]:
        """Return all rows that are found, each as a tuple of values."""
        compiled = self._compile(connection)
        with _Errors(connection, compiled):
            cursor = connection.connection.cursor()
            cursor.execute(compiled.text, compiled.bind(values))
            found = compiled.read(cursor)
            cursor.close()
        return found

    def run(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Carry a change out once for each row of values."""
        if rows:
            compiled = self._compile(connection)
            with _Errors(connection, compiled):
                cursor = connection.connection.cursor()
                cursor.executemany(compiled.text, [compiled.bind(row) for row in rows])
                cursor.close()

    def _compile(self, connection: Connection) -> _Compiled:
        dialect = connection.dialect
        known = self._known.get(dialect.name)
        if known is None:
            known = _Compiled(self._statement, self._columns, dialect)
            self._known[dialect.name] = known
        return known


class _Compiled:
    def __init__(self, statement: Any, columns: Sequence[str] | None, dialect: Dialect) -> None:
        keys = None if columns is None else list(columns)
        compiled = statement.compile(dialect=dialect, column_keys=keys)
        self.text = str(compiled)
        self._places = compiled.positiontup
        self._fixed = dict(compiled.params)
        self._binds = {
            name: process
            for name, bind in compiled.binds.items()
            if (process := bind.type.dialect_impl(dialect).bind_processor(dialect))
        }
        found = statement.selected_columns if isinstance(statement, Select) else ()
        self._kinds: list[Any] = [column.type.dialect_impl(dialect) for column in found]
        self._dialect = dialect
        self._results: list[tuple[int, Process]] | None = None

    def bind(self, given: Mapping[str, Any]) -> Any:
        """Return the parameters as the driver takes them."""
        values = {**self._fixed, **given}
        for name, process in self._binds.items():
            values[name] = process(values[name])
        return values if self._places is None else [values[name] for name in self._places]

    def read(self, cursor: Any) -> list[tuple[Any, ...]]:
        """Return all rows as the column types say."""
        if self._results is None:
            self._results = [
                (place, process)
                for place, kind in enumerate(self._kinds)
                if (process := kind.result_processor(self._dialect, cursor.description[place][1]))
            ]
        rows = []
        for row in cursor.fetchall():
            values = list(row)
            for place, read in self._results:
                values[place] = read(values[place])
            rows.append(tuple(values))
        return rows


class _Errors:
    """Turn the driver's errors into those of SQLAlchemy, without the values."""

    def __init__(self, connection: Connection, compiled: _Compiled) -> None:
        self._kind, self._text = connection.dialect.loaded_dbapi.Error, compiled.text

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, self._kind):
            raise DBAPIError(self._text, None, error) from error
