"""What a browser may load and run on the page: its own files, and the scripts that came with it."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from typing import Any, Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_INLINE: Final = re.compile(rb"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)

PAGE: Final = (
    "default-src 'none'; "
    # Gradio makes functions of the short scripts that the page's parts come with.
    "script-src 'self' 'unsafe-eval'{scripts}; "
    # It writes styles into the page while that is built.
    "style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; "
    "manifest-src 'self'; base-uri 'self'; form-action 'self'"
)
"""With the hash of each script that stands in the page itself: one that somebody has slipped into a
text has another and does not run, nor does one in an attribute."""

DATA: Final = "default-src 'none'; sandbox"
"""Of answers to programs, and of uploads, should somebody open one as a page."""

_DATA_OF: Final = ("/api/", "/gradio_api/")


class Policy:
    """An ASGI application around another one, whose answers say what a browser may do with them.

    Args:
        app: what answers.
        change: makes of Gradio's page the one that is sent.
    """

    def __init__(self, app: ASGIApp, change: Callable[[bytes], bytes] = bytes) -> None:
        self._app = app
        self._change = change

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Have a request answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["path"] == "/":
            await self._answer_page(scope, receive, send)
        elif scope["path"].startswith(_DATA_OF):
            await self._app(scope, receive, _adding(send, DATA))
        else:
            await self._app(scope, receive, send)

    async def _answer_page(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hold the page back until its scripts are known; it is one piece in memory anyway."""
        begun: list[Message] = []
        parts: list[bytes] = []

        async def gather(message: Message) -> None:
            if message["type"] == "http.response.start":
                begun.append(message)
                return
            parts.append(message.get("body", b""))
            if not message.get("more_body", False):
                body = self._change(b"".join(parts))
                policy = PAGE.format(scripts="".join(map(_source, _INLINE.findall(body))))
                headers = MutableHeaders(scope=begun[0])
                headers.append("content-security-policy", policy)
                if "content-length" in headers:
                    headers["content-length"] = str(len(body))
                await send(begun[0])
                await send({"type": "http.response.body", "body": body})

        await self._app(scope, receive, gather)


def _source(script: bytes) -> str:
    """Return how a policy names an inline script: by the hash of what stands in it."""
    digest = base64.b64encode(hashlib.sha256(script).digest()).decode()
    return f" 'sha256-{digest}'"


def _adding(send: Send, policy: str) -> Send:
    async def added(message: Any) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).append("content-security-policy", policy)
        await send(message)

    return added
