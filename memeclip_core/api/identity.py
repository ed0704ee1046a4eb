"""Who sends a request: one answer for the page's events and for the API.

A sign-in counts for all tabs of a browser. So a page says with every request who opened it, and
what is opened by one person is never done as another one who signed in beside it.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from starlette.requests import HTTPConnection
from starlette.responses import Response

from memeclip_core.api.caller import NAME_KEY
from memeclip_core.api.texts import _
from memeclip_core.api.threads import Threads
from memeclip_core.app.studio import Studio
from memeclip_core.config import SIGNED_IN_SECONDS, Settings
from memeclip_core.errors import NotSignedIn, OtherPerson, PermissionDenied
from memeclip_core.records.decision import Person

OPENER: Final = "x-memeclip-opener"
"""The header with the name that opened the page, "" where nobody was signed in; programs leave it
out."""

_TOKEN_KEY: Final = "memeclip.token"
"""Where a request's scope says that a token let it in."""

SIGN_IN: Final = "Nobody is signed in, or not any more. Sign in, or send a token of yours."
NO_TOKEN: Final = (
    "A token changes no password and makes and revokes no tokens, so that whoever found one cannot "
    "stay. Sign in to the page, and do it under “Account”."
)


class Identity:
    """Finds the person behind a request: who signed in at this browser, or whose token is sent.

    Where the page offers the Hugging Face sign-in, its session counts and nothing else. Off a Space
    such a cookie can be forged, since Gradio signs it with a key that everybody knows.
    """

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._cookie = cookie_name(studio.settings)

    async def name(self, request: HTTPConnection) -> str | None:
        """Return the name that somebody signed in with; "" where nobody has to, else ``None``.

        It is looked up once for a request, however many ask.
        """
        if NAME_KEY not in request.scope:
            request.scope[NAME_KEY] = await self._find(request)
        name: str | None = request.scope[NAME_KEY]
        return name

    async def _find(self, request: HTTPConnection) -> str | None:
        if self._studio.settings.hub_sign_in:
            return read_hub_name(request) or ""
        if not self._studio.settings.asks_password:
            return ""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and token:
            name = await asyncio.to_thread(self._studio.keys.whose_token, token.strip())
            if name is not None:
                request.scope[_TOKEN_KEY] = True
                return name
        # A Space that is not public is asked with a bearer of Hugging Face's own.
        key = request.cookies.get(self._cookie)
        return await asyncio.to_thread(self._studio.keys.who_signed_in, key) if key else None

    async def person(self, request: HTTPConnection) -> Person:
        """Return the person behind a request, with the role that they have now.

        Raises:
            NotSignedIn: if nobody is, and everybody has to be.
            OtherPerson: if it is not the one who opened the page.
        """
        name = await self.name(request)
        if name is None:
            raise NotSignedIn(SIGN_IN)
        check_opener(name, request.headers.get(OPENER))
        return self._studio.person(name or None)


def cookie_name(settings: Settings) -> str:
    """Return the cookie's name: browsers have one jar for all ports, and so for all studios."""
    where = settings.database_url or str(settings.home.resolve())
    return f"memeclip-{hashlib.sha256(where.encode()).hexdigest()[:8]}"


def hold_key(answer: Response, request: Request, settings: Settings, key: str) -> None:
    """Have the browser that is answered hold the key of a sign-in."""
    # Whoever lies of TLS to a proxy makes a cookie of their own that is not sent back.
    proxied = request.headers.get("x-forwarded-proto", "").split(",")[0].strip()
    answer.set_cookie(
        cookie_name(settings),
        key,
        max_age=SIGNED_IN_SECONDS,
        httponly=True,
        # Hugging Face shows a Space inside its own page.
        samesite="none" if settings.space else "lax",
        secure=settings.space or "https" in (request.url.scheme, proxied),
    )


def check_opener(name: str, opener: str | None) -> None:
    """Refuse what a page does that somebody else opened; raise OtherPerson.

    Args:
        name: who is signed in; "" for nobody.
        opener: who was then; ``None`` from programs.
    """
    if opener is None or opener == name:
        return
    if not opener:
        said = _(
            "This page was opened before anybody signed in, and this browser is '{name}' now. "
            "Nothing was done. Reload the page."
        )
    elif name:
        said = _(
            "This page was opened by '{opener}', and this browser is '{name}' now. Nothing was "
            "done. Sign in as '{opener}' again, or reload the page."
        )
    else:
        said = _(
            "This page was opened by '{opener}', and nobody is signed in now. Nothing was done. "
            "Sign in as '{opener}' again, or reload the page."
        )
    raise OtherPerson(said.format(opener=opener[:64], name=name))


def read_hub_name(request: HTTPConnection) -> str | None:
    """Return who is signed in with Hugging Face, or ``None``; a sign-in ends when it expires."""
    found = (request.scope.get("session") or {}).get("oauth_info")
    if not isinstance(found, Mapping) or (found.get("expires_at") or 0) < time.time():
        return None
    person = found.get("userinfo")
    name = person.get("preferred_username") if isinstance(person, Mapping) else None
    return name if isinstance(name, str) and name else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What every route of the API is handed: who asks, and whom.

    Attributes:
        threads: those that some kinds of work have to themselves.
    """

    studio: Studio
    who: Person
    threads: Threads


async def read_asking(request: Request) -> Asking:
    """Return who asks, and whom; see ``Identity.person``."""
    state: Any = request.app.state
    identity: Identity = state.identity
    who = await identity.person(request)
    return Asking(studio=state.studio, who=who, threads=state.threads)


async def read_own(request: Request) -> Asking:
    """Return the same of who changes an account, which no token may; raise PermissionDenied."""
    found = await read_asking(request)
    if _TOKEN_KEY in request.scope:
        raise PermissionDenied(NO_TOKEN)
    return found


async def read_counted(request: Request) -> Asking:
    """Return the same of who asks for what anybody may have, and count it; raise RateLimited."""
    found = await read_asking(request)
    found.studio.count_read(found.who)
    return found


Call = Annotated[Asking, Depends(read_asking)]
Counted = Annotated[Asking, Depends(read_counted)]
OwnCall = Annotated[Asking, Depends(read_own)]
