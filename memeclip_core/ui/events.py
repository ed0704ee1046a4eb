"""Events of the page: how they queue, what is read of them, and which of them are answered.

Only the newest question of a page is answered: a late answer to an older one changes nothing.
Somebody who turns to another project while the numbers of the first are still being added up must
not see those under the second one's name.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any, Final

import gradio as gr

from memeclip_core.api.texts import _
from memeclip_core.errors import InputError
from memeclip_core.ui.messages import Updates

MODEL: Final = "model"
"""Events that run the encoder or the text reader wait for each other; saves wait for nobody."""

PRIVATE: Final[dict[str, Any]] = {"api_visibility": "private", "show_progress": "hidden"}
QUICK: Final[dict[str, Any]] = PRIVATE | {"concurrency_limit": None}
RAW: Final[dict[str, Any]] = QUICK | {"preprocess": False}
"""Events that take values as they are sent: Gradio forgets which choices it offered a page that was
left alone for an hour, and would refuse what is chosen on it."""
SLOW: Final[dict[str, Any]] = PRIVATE | {"concurrency_id": MODEL, "concurrency_limit": 1}
OPENING: Final[dict[str, Any]] = PRIVATE | {"concurrency_id": "open", "concurrency_limit": 2}
"""Events that decode pictures to show them: a large one takes half a gigabyte while it is open."""
AHEAD: Final[dict[str, Any]] = PRIVATE | {"concurrency_id": "ahead", "concurrency_limit": 1}
"""Events that work in advance: one at a time, and nobody who asks for something waits for it."""
EXPLAIN: Final[dict[str, Any]] = {
    "api_visibility": "private", "show_progress": "hidden",
    "concurrency_id": "explain", "concurrency_limit": 1,
}  # fmt: skip
"""Events that explain: the encoder is free for others between the batches of one."""
EVERY: Final[dict[str, Any]] = {"trigger_mode": "multiple"}
"""Of events that ask something: without it, Gradio drops those that come while one is pending."""


def read_key(value: object) -> str:
    """Return the key of the project that is chosen; raise InputError if none is."""
    if not isinstance(value, str) or not value or not value.isprintable():
        raise InputError(_("Choose a project first."))
    return value


def read_words(value: object) -> str:
    """Return a text; "" for whatever is none."""
    return value if isinstance(value, str) else ""


def read_event(event: gr.EventData) -> dict[str, Any]:
    """Return what the page's own script says was pressed."""
    return event._data if isinstance(event._data, dict) else {}


class Latest:
    """How many questions one visitor's page has asked; Gradio keeps one for each of them."""

    def __init__(self) -> None:
        self.number = 0

    def begin(self) -> int:
        """Count a question and return its number."""
        self.number += 1
        return self.number


def last_only(handler: Callable[..., Updates], *, begins: bool = True) -> Callable[..., Updates]:
    """Return the handler with ``Latest`` as one more input, before its own.

    Args:
        handler: what answers.
        begins: whether it answers a question of its own; otherwise a part of the newest one.
    """

    @functools.wraps(handler)
    def wrapped(latest: Latest, *args: Any) -> Updates:
        number = latest.begin() if begins else latest.number
        updates = handler(*args)
        return updates if number == latest.number else dict.fromkeys(updates, gr.skip())

    _take_latest(wrapped, handler)
    return wrapped


def last_steps(handler: Callable[..., Iterator[Updates]]) -> Callable[..., Iterator[Updates]]:
    """Do the same for a handler that answers in several steps."""

    @functools.wraps(handler)
    def wrapped(latest: Latest, *args: Any) -> Iterator[Updates]:
        number = latest.begin()
        for updates in handler(*args):
            yield updates if number == latest.number else dict.fromkeys(updates, gr.skip())

    _take_latest(wrapped, handler)
    return wrapped


def _take_latest(wrapped: Any, handler: Any) -> None:
    """Say what the inputs are: Gradio finds by it where the request and the event belong."""
    first = inspect.Parameter("latest", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    own = inspect.signature(handler)
    wrapped.__signature__ = own.replace(parameters=[first, *own.parameters.values()])
