"""Who is at the page: the one place that turns a browser's request into a person."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import gradio as gr

from memeclip_core.app.studio import Studio
from memeclip_core.errors import OtherPerson
from memeclip_core.records.decision import Person


def identify(studio: Studio, request: gr.Request) -> Person:
    """Return the person behind a request, with the role that they have now.

    Where the page offers the Hugging Face sign-in, its session counts and nothing else; anywhere
    else, only the name that Gradio checked against the users file. Off a Space a session cookie
    can be forged, since Gradio signs it with a key that everybody knows.
    """
    if not studio.settings.hub_sign_in:
        return studio.person(request.username)
    profile = read_profile(request)
    return studio.person(None if profile is None else profile.username)


def identify_still(studio: Studio, request: gr.Request, opener: str) -> Person:
    """Return the person behind a request of a page that somebody opened; "" if that is unknown.

    A sign-in counts for all tabs of a browser: without this, what one person decides in a tab that
    stayed open would be another's, who signed in beside it.

    Raises:
        OtherPerson: if it is not the one who opened the page.
    """
    who = identify(studio, request)
    if opener and opener != who.name:
        raise OtherPerson(
            f"This page was opened by '{opener[:64]}', and this browser is '{who.name}' now. "
            f"Nothing was saved. Sign in as '{opener[:64]}' again, or reload the page."
        )
    return who


def read_profile(request: gr.Request) -> gr.OAuthProfile | None:
    """Return who is signed in with Hugging Face, or ``None``; a sign-in ends when it expires."""
    scope: Mapping[str, Any] = getattr(getattr(request, "request", None), "scope", None) or {}
    found = (scope.get("session") or {}).get("oauth_info")
    if not isinstance(found, Mapping):
        return None
    if (found.get("expires_at") or 0) < time.time():
        return None
    try:
        return gr.OAuthProfile(dict(found["userinfo"]))
    except (KeyError, TypeError, ValueError):
        return None
