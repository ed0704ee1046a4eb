"""Long lists in parts, since a statement holds only so many values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
MOST = 500
"""How many rows, or ids, one statement takes."""


def split_values(values: Iterable[T], size: int = MOST) -> Iterator[list[T]]:
    """Yield values in lists of at most so many."""
    rest = iter(values)
    while part := list(islice(rest, size)):
        yield part
