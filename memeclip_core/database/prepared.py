"""Statements that every save and every next meme need: compiled once, then only carried out.

SQLAlchemy takes 200 to 1000 microseconds for a statement, of which the database takes 20; a save
has some twenty of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import BindParameter, Connection, Select
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.visitors import cloned_traverse, iterate

Process = Callable[[Any], Any]


class Prepared:
    """A statement of SQLAlchemy Core.

    Args:
        statement: with a ``bindparam`` for whatever changes; for a list of texts or numbers an
            expanding one.
        columns: what an insert is given of every row.
    """

    def __init__(self, statement: Any, columns: Sequence[str] | None = None) -> None:
        self._statement = statement
        self._columns = None if columns is None else list(columns)
        lists = [bind for bind in iterate(statement) if isinstance(bind, BindParameter)]
        lists = [bind for bind in lists if bind.expanding]
        self._lists = tuple(dict.fromkeys(bind.key for bind in lists if bind.required))
        self._expands = bool(lists)
        self._known: dict[tuple[str, ...], _Compiled] = {}

    def rows(self, connection: Connection, **values: Any) -> list[tuple[Any, ...]]:
        """Return all rows that are found, each as a tuple of values."""
        compiled = self._compile(connection, values)
        cursor = connection.connection.cursor()
        try:
            cursor.execute(compiled.text, compiled.bind(values))
            found = list(cursor.fetchall())
            results = compiled.results
            if results is None:
                results = compiled.find_results(cursor)
        except connection.dialect.loaded_dbapi.Error as error:
            # As SQLAlchemy says it, without the values.
            raise DBAPIError(compiled.text, None, error) from error
        finally:
            cursor.close()
        if not results or not found:
            return found
        columns: list[Sequence[Any]] = list(zip(*found, strict=True))
        for place, read in results:
            columns[place] = list(map(read, columns[place]))
        return list(zip(*columns, strict=True))

    def run(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Carry a change out once for each row of values."""
        if not rows:
            return
        parts = [[row] for row in rows] if self._lists else [rows]
        for part in parts:
            compiled = self._compile(connection, part[0])
            cursor = connection.connection.cursor()
            try:
                if len(part) == 1:
                    cursor.execute(compiled.text, compiled.bind(part[0]))
                else:
                    cursor.executemany(compiled.text, list(map(compiled.bind, part)))
            except connection.dialect.loaded_dbapi.Error as error:
                raise DBAPIError(compiled.text, None, error) from error
            finally:
                cursor.close()

    def _compile(self, connection: Connection, values: Mapping[str, Any]) -> _Compiled:
        """Return the statement as it is for lists of these lengths."""
        dialect = connection.dialect
        key: tuple[Any, ...] = (dialect.name,)
        if self._lists:
            key = (dialect.name, *[_round_up(len(values[name])) for name in self._lists])
        known = self._known.get(key)
        if known is None:
            sizes = dict(zip(self._lists, key[1:], strict=True))
            expands = self._expands
            known = _Compiled(self._statement, self._columns, dialect, sizes, expands=expands)
            self._known[key] = known
        return known


Change = tuple[Prepared, Sequence[Mapping[str, Any]]]
"""A change with the rows of values for which it is carried out."""


def run_all(connection: Connection, changes: Iterable[Change]) -> None:
    """Carry changes out one after the other."""
    for statement, rows in changes:
        statement.run(connection, rows)


class _Compiled:
    """A statement for one kind of database, with lists of certain lengths.

    Attributes:
        text: as the driver takes it.
        results: which columns are read by which function, once rows have been seen.
    """

    def __init__(
        self,
        statement: Any,
        columns: list[str] | None,
        dialect: Dialect,
        sizes: Mapping[str, int],
        *,
        expands: bool,
    ) -> None:
        asked: set[str] = set()

        def fill(bind: Any) -> None:
            if bind.required:
                asked.add(bind.key)
                bind.required, bind.value = False, [""] * sizes.get(bind.key, 0)

        # Lists become single parameters while it is compiled, and all need a value for that.
        whole = cloned_traverse(statement, {}, {"bindparam": fill}) if expands else statement
        options = {"render_postcompile": True} if expands else {}
        compiled = whole.compile(dialect=dialect, column_keys=columns, compile_kwargs=options)
        self.text = str(compiled)
        self.results: list[tuple[int, Process]] | None = None
        self._sizes = sizes
        self._places = compiled.positiontup
        asked.update(name for name, bind in compiled.binds.items() if bind.required)
        asked.update(f"{name}_{place}" for name, size in sizes.items() for place in _count(size))
        self._fixed = {name: one for name, one in compiled.params.items() if name not in asked}
        self._binds = {
            name: process
            for name, bind in compiled.binds.items()
            if (process := bind.type.dialect_impl(dialect).bind_processor(dialect))
        }
        found = statement.selected_columns if isinstance(statement, Select) else ()
        self._kinds: list[Any] = [column.type.dialect_impl(dialect) for column in found]
        self._dialect = dialect

    def bind(self, given: Mapping[str, Any]) -> Any:
        """Return the parameters as the driver takes them."""
        values = {**self._fixed, **given}
        for name, process in self._binds.items():
            values[name] = process(values[name])
        for name, size in self._sizes.items():
            one = values.pop(name)
            for place in _count(size):
                values[f"{name}_{place}"] = one[min(place, len(one)) - 1]
        return values if self._places is None else [values[name] for name in self._places]

    def find_results(self, cursor: Any) -> list[tuple[int, Process]]:
        """Return how the columns are read, and keep that."""
        self.results = [
            (place, process)
            for place, kind in enumerate(self._kinds)
            if (process := kind.result_processor(self._dialect, cursor.description[place][1]))
        ]
        return self.results


def _count(size: int) -> range:
    """Return the numbers with which SQLAlchemy names the values of a list."""
    return range(1, size + 1)


def _round_up(size: int) -> int:
    """Return a power of two: few lengths are compiled; the last value of a list is repeated."""
    return 1 << (size - 1).bit_length() if size else 0
