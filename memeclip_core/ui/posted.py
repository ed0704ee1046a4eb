"""What a browser sends to a page's events: anybody's values, read as what they must be."""

from __future__ import annotations

from typing import Any

import gradio as gr

from memeclip_core.errors import InputError


def read_key(value: object) -> str:
    """Return the key of the project that is chosen; raise InputError if none is."""
    if not isinstance(value, str) or not value:
        raise InputError("Choose a project first.")
    return value


def read_words(value: object) -> str:
    """Return a text; "" for whatever is none."""
    return value if isinstance(value, str) else ""


def read_event(event: gr.EventData) -> dict[str, Any]:
    """Return what the page's own script says was pressed."""
    return event._data if isinstance(event._data, dict) else {}
