"""What one visitor has open, and what their browser keeps of what they began.

Both are immutable, so that two browsers can never share them by accident. A draft is hostile input.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any

from memeclip_core.records.project import Labels
from memeclip_core.tasks import TaskSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One opened picture.

    Attributes:
        path: where the upload lies on the server; handed back to the browser's own file widget.
        filename: what the person calls it.
        meme: the content id.
        preview, thumb: the picture as data URIs, upright and small.
        width, height: of the upright original, in pixels.
        frames: how many it has; 0 where they were too many to count.
    """

    path: str
    filename: str
    meme: str
    preview: str
    thumb: str
    width: int
    height: int
    frames: int = 1


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

    def without(self, index: int) -> Queue:
        """Close a picture; its neighbour takes the place of the one on the page."""
        items = self.items[:index] + self.items[index + 1 :]
        left = self.index - (index < self.index)
        return Queue(items=items, index=max(0, min(left, len(items) - 1)))

    def turn(self, index: int) -> Queue:
        """Turn to a picture; an index beyond either end means that end."""
        return replace(self, index=max(0, min(index, len(self.items) - 1)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What was begun.

    Attributes:
        has_text: whether the text was touched; ``text`` is then what is typed, or ``None`` for the
            text as it was read.
        note: what is typed, or ``None``.
        labels: what is chosen, by task key.
    """

    has_text: bool = False
    text: str | None = None
    note: str | None = None
    labels: Labels = field(default_factory=dict)


def read_draft(sent: str, tasks: TaskSet) -> Draft:
    """Return a draft with its choices in one task set; what does not fit is passed over."""
    try:
        found = json.loads(sent or "{}")
    except (ValueError, RecursionError):
        return Draft()
    if not isinstance(found, dict):
        return Draft()
    text, note = (found.get(key) for key in ("text", "note"))
    choices = found.get("choices")
    return Draft(
        has_text="text" in found and (text is None or isinstance(text, str)),
        text=text if isinstance(text, str) else None,
        note=note if isinstance(note, str) else None,
        labels=_read_choices(choices, tasks) if isinstance(choices, dict) else {},
    )


def _read_choices(choices: dict[str, Any], tasks: TaskSet) -> Labels:
    labels: Labels = {}
    for task in tasks:
        value = choices.get(f"{tasks.key}-{task.key}")
        names: list[Any] = value if isinstance(value, list) else [value]
        fits = isinstance(value, list) == (task.kind == "multilabel")
        if fits and all(name in task.names for name in names):
            labels[task.key] = tuple(names)
    return labels
