"""What one visitor has open: immutable, so that two browsers can never share it by accident."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One opened picture.

    Attributes:
        path: where the upload lies on the server; handed back to the browser's own file widget.
        filename: what the person calls it.
        meme: the content id.
        preview, thumb: the picture as data URIs, upright and small.
        width, height: of the upright original, in pixels.
    """

    path: str
    filename: str
    meme: str
    preview: str
    thumb: str
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """The opened pictures, and which one is on the page."""

    items: tuple[Item, ...] = ()
    index: int = 0

    @property
    def current(self) -> Item | None:
        """The picture on the page, or ``None`` if none is open."""
        return self.items[self.index] if self.items else None

    def add(self, items: tuple[Item, ...]) -> Queue:
        """Append pictures and turn to the first of them; an open one is turned to, not doubled."""
        if not items:
            return self
        together = list(self.items)
        for item in items:
            if all(item.meme != other.meme for other in together):
                together.append(item)
        first = next(n for n, item in enumerate(together) if item.meme == items[0].meme)
        return Queue(items=tuple(together), index=first)

    def turn(self, index: int) -> Queue:
        """Turn to a picture; an index beyond either end means that end."""
        return replace(self, index=max(0, min(index, len(self.items) - 1)))
