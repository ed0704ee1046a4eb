"""Long lists in parts, since a statement holds only so many values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice, repeat, takewhile
from typing import TypeVar

T = TypeVar("T")
MOST = 500
"""How many rows, or ids, one statement takes."""


def split_values(values: Iterable[T], size: int = MOST) -> Iterator[list[T]]:
    """Return values in lists of at most so many, each made when it is asked for."""
    return takewhile(bool, map(list, map(islice, repeat(iter(values)), repeat(size))))
