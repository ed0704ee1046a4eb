"""A report before it is HTML or Markdown: sections of facts, tables and figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, TypeVar

T = TypeVar("T")

TITLE: Final = "MemeCLIP results"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A meme that somebody asked to see: its text, and its image as a data URI or ""."""

    text: str
    image: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of plain words, and perhaps of memes, under a header; nothing in it is markup."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str | Shown, ...], ...]

    def without_memes(self) -> Table:
        """Return the table without its columns of memes."""
        memes = {i for row in self.rows for i, cell in enumerate(row) if isinstance(cell, Shown)}

        def keep(cells: tuple[T, ...]) -> tuple[T, ...]:
            return tuple(cell for i, cell in enumerate(cells) if i not in memes)

        return Table(title=self.title, header=keep(self.header), rows=tuple(map(keep, self.rows)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Figure:
    """A ``plotly.graph_objects.Figure`` with a sentence for those who cannot see it."""

    title: str
    plot: Any
    alt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One results file."""

    title: str
    command: str
    facts: tuple[tuple[str, str], ...]
    parts: tuple[Table | Figure, ...]
