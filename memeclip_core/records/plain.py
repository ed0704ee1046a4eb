"""Records to plain JSON values, and back, by their fields; a number that is not defined is null."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from functools import cache
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")


def to_plain(value: Any) -> Any:
    """Return records, and structures of them, as JSON values; times are ISO 8601, NaN is null."""
    if isinstance(value, str | int) or value is None:
        return value
    if isinstance(value, float):
        return None if math.isnan(value) else value
    if isinstance(value, Mapping):
        return {key: to_plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if is_dataclass(value):
        return {field.name: to_plain(getattr(value, field.name)) for field in fields(value)}
    return value


def from_plain(kind: type[T], plain: Any) -> T:
    """Rebuild a record of this kind; fields that are missing have their defaults.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: if a field without a default is missing, or
            a value is of no use.
    """
    shape: Any = kind
    found: T = _reader(shape)(plain)
    return found


@cache
def _reader(kind: Any) -> Callable[[Any], Any]:
    """Return what reads values of one type."""
    if is_dataclass(kind):
        return _record_reader(kind)
    if kind is datetime:
        return datetime.fromisoformat
    if kind is float:
        return lambda plain: math.nan if plain is None else plain
    origin, parts = get_origin(kind), get_args(kind)
    if type(None) in parts:
        read = _reader(next(part for part in parts if part is not type(None)))
        return lambda plain: None if plain is None else read(plain)
    if origin is tuple:
        read = _reader(parts[0])
        return lambda plain: tuple(read(item) for item in plain)
    if origin in (dict, Mapping):
        read = _reader(parts[1])
        return lambda plain: {key: read(item) for key, item in plain.items()}
    return lambda plain: plain


def _record_reader(kind: Any) -> Callable[[Any], Any]:
    hints = get_type_hints(kind)
    readers = {field.name: _reader(hints[field.name]) for field in fields(kind)}
    needed = [f.name for f in fields(kind) if f.default is MISSING is f.default_factory]

    def read(plain: Any) -> Any:
        given = {name: plain[name] for name in needed}
        given |= {name: plain[name] for name in readers if name in plain}
        return kind(**{name: readers[name](value) for name, value in given.items()})

    return read
