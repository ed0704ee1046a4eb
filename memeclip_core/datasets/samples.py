"""Memes whose pictures lie inside a larger file, and where they lie there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes of a tar shard that is not compressed: from where, and how many."""

    start: int
    size: int


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a Parquet file: a column, a group of rows, one of these."""

    column: str
    group: int
    row: int


Inside = Span | Cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A meme of a larger file.

    Attributes:
        name: of its picture, or else of its text or its row.
        picture: where it lies; ``None`` for a text alone.
        text: as the file has it.
    """

    name: str
    picture: Inside | None = None
    text: str | None = None
