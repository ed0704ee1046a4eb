"""Column types: values of the records as SQLite and PostgreSQL keep them alike."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Integer, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

Process = Callable[[Any], Any]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)

Number = BigInteger().with_variant(Integer, "sqlite")
"""A number that a table gives its rows; SQLite counts up in columns of this type alone."""


class Time(TypeDecorator[datetime]):
    """A time in UTC to the millisecond, kept as a whole number since 1970."""

    impl = BigInteger
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Process:
        """Return what makes it the milliseconds since 1970."""
        return _write_time

    def result_processor(self, dialect: Dialect, coltype: object) -> Process:
        """Return what makes it a time again."""
        return _read_time


class Names(TypeDecorator[tuple[str, ...]]):
    """Label names in their order, as a JSON list; equal lists are equal texts."""

    impl = Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Process:
        """Return what makes them a JSON list."""
        return _write_names

    def result_processor(self, dialect: Dialect, coltype: object) -> Process:
        """Return what makes them names again."""
        return _read_names


class Plain(TypeDecorator[Any]):
    """Any JSON value, as a text."""

    impl = Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Process:
        """Return what makes it a text."""
        return _write_plain

    def result_processor(self, dialect: Dialect, coltype: object) -> Process:
        """Return what makes it a value again."""
        return _read_plain


# Most values of a column are few, and come again and again. None is NULL throughout.


@lru_cache(maxsize=1024)
def _write_time(time: datetime | None) -> int | None:
    return None if time is None else (time - _EPOCH) // _MILLISECOND


@lru_cache(maxsize=8192)
def _read_time(number: int | None) -> datetime | None:
    return None if number is None else _EPOCH + number * _MILLISECOND


@lru_cache(maxsize=8192)
def _write_names(names: tuple[str, ...] | None) -> str | None:
    return None if names is None else json.dumps(names, ensure_ascii=False)


@lru_cache(maxsize=8192)
def _read_names(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else tuple(json.loads(text))


def _write_plain(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, allow_nan=False)


def _read_plain(text: str | None) -> Any:
    return None if text is None else json.loads(text)
