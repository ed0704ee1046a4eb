"""The first thing that a request meets: foreign pages and foreign names are turned away here.

A browser sends a person's cookies whoever asks it to, so that any page could act as the person who
is signed in, and on a loopback address as the person at the machine. Programs send neither
``Origin`` nor ``Sec-Fetch-Site`` and are let in.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from memeclip_core.api.caller import ADDRESS_KEY, Proxies, read_address
from memeclip_core.api.origins import LOOPBACK, host_name, is_foreign_write, is_own_origin
from memeclip_core.records.decision import ADDRESS

FRAMES: Final = "frame-ancestors 'self'"
FRAMES_OF_A_SPACE: Final = "frame-ancestors 'self' https://huggingface.co"
"""Hugging Face shows a Space inside its own page. The pages of other Spaces are strangers."""

_PROXIED: Final = "If a proxy of yours passes this page on, start with --proxy and its address."
_ADDRESSES: Final = ("x-forwarded-host", "x-gradio-server")
"""From which Gradio takes the address that it gives itself."""
MOST_OPEN: Final = 512
"""Requests of one address that are answered at once, streams of open tabs among them."""
_MANY: Final = (
    f"Your address has {MOST_OPEN} requests open at once, which is the most. Close some of the "
    "tabs, or wait."
)
_LONGEST: Final = 100
_HOST: Final = re.compile(r"(\[[\da-f:.]+\]|[\w.-]*)(:\d{1,5})?", re.ASCII | re.IGNORECASE)
_NO_HOST: Final = "The request's Host is no name of a server, such as studio.example:8000."


class Doors:
    """An ASGI application around another one.

    Args:
        app: what answers the requests that are let in.
        proxies: whose ``X-Forwarded-For`` and ``X-Forwarded-Host`` are believed.
        names: the only hosts that are answered, beside this machine's own; ``None`` for any. On a
            loopback address, a name that somebody else's name server points here would make their
            page the local admin.
        hosts: hosts that the page has beside the one that it is asked for under.
        framed: whether Hugging Face may show the page inside its own.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        proxies: Proxies,
        names: frozenset[str] | None = None,
        hosts: Iterable[str] = (),
        framed: bool = False,
    ) -> None:
        self._app = app
        self._proxies = proxies
        self._names = None if names is None else names | LOOPBACK
        self._hosts = tuple(hosts)
        self._policy = FRAMES_OF_A_SPACE if framed else FRAMES
        self._open: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or have it answered."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        peer = (scope.get("client") or ("", 0))[0]
        headers = MutableHeaders(scope=scope)
        trusted = self._proxies.trust(peer)
        for name in _ADDRESSES:
            if not trusted and name in headers:
                del headers[name]
        code, reason = self._refusal(scope, headers, trusted)
        if code:
            await _refuse(code, reason, scope, receive, send)
            return
        forwarded = ",".join(headers.getlist("x-forwarded-for"))
        address = scope[ADDRESS_KEY] = self._proxies.caller(peer, forwarded)
        if self._open[address] >= MOST_OPEN:
            await _refuse(429, _MANY, scope, receive, send)
            return
        self._open[address] += 1
        token = ADDRESS.set(address)
        try:
            await self._app(scope, receive, self._framing(send))
        finally:
            ADDRESS.reset(token)
            self._open[address] -= 1
            if not self._open[address]:
                del self._open[address]

    def _refusal(self, scope: Scope, headers: Headers, trusted: bool) -> tuple[int, str]:
        """Return the code and the reason with which a request is not let in; 0 lets it in."""
        host = headers.get("host", "")
        forwarded = headers.get("x-forwarded-host", "")
        for asked in forwarded.split(",") if forwarded else [host]:
            if not _HOST.fullmatch(asked.strip()):
                return 400, _NO_HOST
            if not self._answers(asked, trusted):
                return 421, (
                    f"This page is not answered as '{asked.strip()[:_LONGEST]}', but as localhost "
                    f"on its own machine, and elsewhere under the names of --hosts. {_PROXIED}"
                )
        origin = headers.get("origin")
        if origin is not None:
            if is_own_origin(origin, (host, *forwarded.split(","), *self._hosts)):
                return 0, ""
            return 403, (
                f"A page of '{origin[:_LONGEST]}' may not use this one, which was asked for as "
                f"'{host[:_LONGEST]}'. {_PROXIED}"
            )
        site = headers.get("sec-fetch-site", "")
        if is_foreign_write(scope.get("method", "GET"), scope["path"], site):
            return (
                403,
                "Another page may not change anything here. Open this page itself and do it.",
            )
        return 0, ""

    def _answers(self, host: str, trusted: bool) -> bool:
        """Say whether the page is answered under a name.

        A platform asks by address whether it is alive; nobody can point an address elsewhere.
        """
        if self._names is None or host_name(host) in self._names:
            return True
        return trusted and read_address(host) is not None

    def _framing(self, send: Send) -> Send:
        async def framed(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("content-security-policy", self._policy)
            await send(message)

        return framed


async def _refuse(code: int, reason: str, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": reason[:_LONGEST]})
        return
    headers = {"content-security-policy": FRAMES, "x-content-type-options": "nosniff"}
    response = PlainTextResponse(reason, status_code=code, headers=headers)
    await response(scope, receive, send)
