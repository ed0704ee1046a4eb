"""What a person began on a meme and has not saved, as their browser keeps it: hostile input."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from memeclip_core.tasks import TaskSet
from memeclip_core.ui.pages.analyse.cards import Labels


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
