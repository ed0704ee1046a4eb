"""Only the newest question of a page is answered: a late answer to an older one changes nothing.

Somebody who turns to another project while the numbers of the first are still being added up must
not see those under the second one's name.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any, Final

import gradio as gr

from memeclip_core.ui.messages import Updates

EVERY: Final[dict[str, Any]] = {"trigger_mode": "multiple"}
"""Of events that ask something: without it, Gradio drops those that come while one is pending."""


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
