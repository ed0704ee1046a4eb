"""Sentences in the page: what was done, and errors as what a person can act on, no traceback."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any, Final, Protocol

from memeclip_core.api.problems import sentence
from memeclip_core.api.texts import _
from memeclip_core.marks import mark
from memeclip_core.ui.formats import escape

BEHIND: Final = mark(" corrections.csv is behind and is tried again by itself.")
"""What follows "Saved" where the database has more than the file that people open; words.js says
the same."""

Updates = dict[Any, Any]
"""New values by widget."""


class Reporter(Protocol):
    """Handlers that can show a sentence in their part of the page."""

    def failed(self, sentence: str) -> Updates:
        """Return the updates that show a sentence."""


class Reader(Reporter, Protocol):
    """Handlers that can say why there is nothing to show of what was asked for."""

    def unread(self, sentence: str) -> Updates:
        """Return the updates that show a sentence, and nothing of what was there before."""


def reported(handler: Callable[..., Updates]) -> Callable[..., Updates]:
    """Let a handler's errors appear in the page instead of ending the event."""

    @functools.wraps(handler)
    def wrapped(self: Reporter, *args: Any) -> Updates:
        try:
            return handler(self, *args)
        except Exception as error:
            return self.failed(_(sentence(error)))

    return wrapped


def reported_steps(handler: Callable[..., Iterator[Updates]]) -> Callable[..., Iterator[Updates]]:
    """Do the same for a handler that answers in several steps.

    Until its first step the page still holds what was there before, which must go.
    """

    @functools.wraps(handler)
    def wrapped(self: Reader, *args: Any) -> Iterator[Updates]:
        report = self.unread
        try:
            for step in handler(self, *args):
                yield step
                report = self.failed
        except Exception as error:
            yield report(_(sentence(error)))

    return wrapped


def render_why(reason: str) -> str:
    """Show why something cannot be done; nothing where it can."""
    return _render_lines(reason, "mc-reason") if reason else ""


def render_error(sentence: str) -> str:
    """Show one plain sentence about what went wrong, and what it lists line by line."""
    return f'<div class="mc-message mc-error" role="alert">{_render_lines(sentence)}</div>'


def render_info(sentence: str) -> str:
    """Show one plain sentence about what was done."""
    return f'<div class="mc-message"><p>{escape(sentence)}</p></div>'


def _render_lines(said: str, kind: str = "") -> str:
    """Show a sentence; what stands in lines of its own below it, such as known names, is a list."""
    first, *rest = said.splitlines() or [""]
    items = "".join(f"<li>{escape(line.strip())}</li>" for line in rest if line.strip())
    paragraph = f'<p class="{kind}">' if kind else "<p>"
    return f"{paragraph}{escape(first)}</p>{f'<ul>{items}</ul>' if items else ''}"
