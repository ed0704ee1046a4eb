"""What the page Label sends, checked: types, sizes, and nothing else. A payload is anybody's."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final, cast, get_args

from memeclip_core.errors import InputError
from memeclip_core.records.project import ItemState, Labels, Order
from memeclip_core.records.queue import LabelSource, QueueFilter

LONGEST_NAME: Final = 200
LONGEST_NOTE: Final = 2000
LONGEST_LOOK: Final = 24 * 3600.0
MOST_TASKS: Final = 100
MOST_LABELS: Final = 500
MOST_MEMES: Final = 200
_ID: Final = re.compile(r"[0-9a-f]{64}")
_SAVE: Final = re.compile(r"[A-Za-z0-9-]{8,64}")


@dataclass(frozen=True, slots=True)
class Payload:
    """One call's values. Every reader raises InputError, naming the value, if it is not as it must.

    Attributes:
        values: as they came.
    """

    values: Mapping[str, Any]

    @classmethod
    def of(cls, sent: object) -> Payload:
        """Return a payload of whatever was sent."""
        if not isinstance(sent, dict):
            raise InputError('Send an object with named values, such as {"project": "…"}.')
        return cls(sent)

    def text(self, name: str, *, longest: int = LONGEST_NAME, default: str | None = None) -> str:
        """Return a text of at most ``longest`` characters; without ``default`` it must be there."""
        value = self.values.get(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, str):
            raise InputError(f"'{name}' must be a text.")
        if len(value) > longest:
            raise InputError(
                f"'{name}' has {len(value)} characters; at most {longest} are allowed."
            )
        if any(0xD800 <= ord(letter) <= 0xDFFF for letter in value) or "\0" in value:
            raise InputError(f"'{name}' has characters that cannot be stored. Remove them.")
        return value

    def project(self) -> str:
        """Return the project's key."""
        return self.text("project", longest=100)

    def client(self) -> str:
        """Return the browser tab's own name."""
        return self.text("client", longest=64)

    def meme(self) -> str:
        """Return a content id."""
        return _content_id(self.values.get("meme"), "meme")

    def memes(self, most: int = MOST_MEMES) -> tuple[str, ...]:
        """Return several content ids."""
        value = self.values.get("memes")
        if not isinstance(value, list) or not 1 <= len(value) <= most:
            raise InputError(f"'memes' must be a list of 1 to {most} content ids.")
        return tuple(dict.fromkeys(_content_id(one, "memes") for one in value))

    def save(self) -> str:
        """Return the page's own id of a save."""
        value = self.values.get("save")
        if not isinstance(value, str) or not _SAVE.fullmatch(value):
            raise InputError("'save' must be 8 to 64 letters, digits or dashes.")
        return value

    def whole(self, name: str, low: int, high: int, default: int | None = None) -> int:
        """Return a whole number from ``low`` to ``high``."""
        value = self.values.get(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise InputError(f"'{name}' must be a whole number from {low} to {high}.")
        return value

    def seconds(self) -> float | None:
        """Return how long somebody looked, or ``None``; more than a day counts as a day."""
        value = self.values.get("seconds")
        if value is None:
            return None
        if not isinstance(value, int | float) or isinstance(value, bool) or not isfinite(value):
            raise InputError("'seconds' must be a number.")
        return min(max(float(value), 0.0), LONGEST_LOOK)

    def yes(self, name: str, default: bool | None = None) -> bool:
        """Return true or false."""
        value = self.values.get(name, default)
        if not isinstance(value, bool):
            raise InputError(f"'{name}' must be true or false.")
        return value

    def labels(self) -> Labels:
        """Return label names by task key; whether there are such labels, the service says."""
        value = self.values.get("labels")
        if not isinstance(value, dict) or len(value) > MOST_TASKS:
            raise InputError("'labels' must be an object with a list of label names by task.")
        return {str(task)[:LONGEST_NAME]: _names(names) for task, names in value.items()}

    def note(self) -> str:
        """Return the free text of a decision."""
        return self.text("note", longest=LONGEST_NOTE, default="")

    def order(self) -> Order | None:
        """Return an order, or ``None`` for the project's own."""
        value = self.values.get("order")
        return None if value is None else cast(Order, _one_of("order", value, get_args(Order)))

    def filters(self) -> QueueFilter:
        """Return which memes are meant."""
        sent = self.values.get("filters")
        if sent is None:
            return QueueFilter()
        inner = Payload.of(sent)
        state = sent.get("state", "pending")
        by = sent.get("labelBy", "model")
        return QueueFilter(
            state=None
            if state is None
            else cast(ItemState, _one_of("state", state, get_args(ItemState))),
            label=_label(sent.get("label")),
            label_by=cast(LabelSource, _one_of("labelBy", by, get_args(LabelSource))),
            model=inner.text("model", default=""),
            annotator=inner.text("annotator", default=""),
            text=inner.text("text", default=""),
            flagged=_maybe(sent, "flagged"),
            returned=_maybe(sent, "returned"),
            ids=inner.memes() if sent.get("memes") is not None else None,
        )


def _content_id(value: object, name: str) -> str:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise InputError(f"'{name}' must hold content ids: 64 digits of 0-9 and a-f.")
    return value


def _names(value: object) -> tuple[str, ...]:
    well = isinstance(value, list) and len(value) <= MOST_LABELS
    if not well or not all(isinstance(name, str) and len(name) <= LONGEST_NAME for name in value):  # type: ignore[attr-defined]
        raise InputError("'labels' must hold a list of label names for each task.")
    return tuple(cast(Sequence[str], value))


def _label(value: object) -> tuple[str, str] | None:
    if value is None:
        return None
    if not isinstance(value, list) or len(value) != 2:
        raise InputError("'label' must be a list of a task's key and a label's name.")
    task, name = _names(value)
    return task, name


def _one_of(name: str, value: object, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise InputError(f"'{name}' is unknown. Allowed are: {', '.join(allowed)}.")
    return str(value)


def _maybe(sent: Mapping[str, Any], name: str) -> bool | None:
    value = sent.get(name)
    if value is not None and not isinstance(value, bool):
        raise InputError(f"'{name}' must be true, false or left out.")
    return value
