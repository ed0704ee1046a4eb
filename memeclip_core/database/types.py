"""Column types: values of the records as SQLite and PostgreSQL keep them alike."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Integer, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)

Number = BigInteger().with_variant(Integer, "sqlite")
"""A number that a table gives its rows; SQLite counts up in columns of this type alone."""


class Time(TypeDecorator[datetime]):
    """A time in UTC to the millisecond, kept as a whole number since 1970."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Return the milliseconds since 1970."""
        return None if value is None else (value - _EPOCH) // _MILLISECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Return the time."""
        return None if value is None else _EPOCH + value * _MILLISECOND


class Names(TypeDecorator[tuple[str, ...]]):
    """Label names in their order, as a JSON list; equal lists are equal texts."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Sequence[str] | None, dialect: Dialect) -> str | None:
        """Return the JSON list."""
        return None if value is None else _write_names(tuple(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[str, ...] | None:
        """Return the names."""
        return None if value is None else _read_names(value)


class Plain(TypeDecorator[Any]):
    """Any JSON value, as a text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Return the JSON text."""
        return None if value is None else json.dumps(value, ensure_ascii=False, allow_nan=False)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Return the value."""
        return None if value is None else json.loads(value)


@lru_cache(maxsize=8192)
def _write_names(names: tuple[str, ...]) -> str:
    return json.dumps(names, ensure_ascii=False)


@lru_cache(maxsize=8192)
def _read_names(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))
