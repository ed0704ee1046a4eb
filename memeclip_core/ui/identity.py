"""Who is behind an event of the page."""

from __future__ import annotations

import gradio as gr

from memeclip_core.api.identity import OPENER, check_opener
from memeclip_core.app.studio import Studio
from memeclip_core.records.decision import Person


def identify(studio: Studio, request: gr.Request) -> Person:
    """Return the person behind an event, with the role that they have now.

    The name is what ``Identity`` found at the door: Gradio hands on what its ``auth_dependency``
    returned, and a name that a program sends along counts for nothing.

    Raises:
        OtherPerson: if it is not the one who opened the page.
    """
    name = request.username or ""
    headers = getattr(request, "headers", None) or {}
    check_opener(name, headers.get(OPENER))
    return studio.person(name or None)


def read_asked(request: gr.Request, name: str) -> str:
    """Return what the page's address asks for by a name, or ""."""
    asked = getattr(request, "query_params", None) or {}
    return str(asked.get(name, ""))
