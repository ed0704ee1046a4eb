"""Pages and data are sent compressed, and not at all to a browser that has them."""

from __future__ import annotations

import gzip
from asyncio import to_thread
from functools import partial
from hashlib import sha256
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LEAST: Final = 1_000
"""Bytes below which compressing costs more than it saves."""
LARGE: Final = 100_000
"""Bytes from which it takes milliseconds, in which others are answered."""
_TEXTS: Final = ("text/html", "application/json")


class Compressed:
    """An ASGI application around another one, whose answers of one piece it compresses."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Have a request answered."""
        if scope["type"] == "http" and scope["method"] != "HEAD":
            send = _Answer(scope, send).send
        await self._app(scope, receive, send)


class _Answer:
    """One answer, whose start is held back until it is known what becomes of its body."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._asked = Headers(scope=scope)
        self._gets = scope["method"] == "GET"
        self._send = send
        self._start: Message | None = None

    async def send(self, message: Message) -> None:
        """Send a part of the answer on, or hold it back."""
        if message["type"] == "http.response.start" and _is_text(message):
            self._start = message
        elif self._start is None:
            await self._send(message)
        else:
            start, self._start = self._start, None
            await self._finish(start, message)

    async def _finish(self, start: Message, message: Message) -> None:
        body = message.get("body", b"")
        if not message.get("more_body", False):
            change = partial(self._change, start, body)
            body = change() if len(body) < LARGE else await to_thread(change)
            message = {**message, "body": body}
        await self._send(start)
        await self._send(message)

    def _change(self, start: Message, body: bytes) -> bytes:
        """Return the body as it is sent, and change the start so that it says so."""
        headers = MutableHeaders(raw=start["headers"])
        if self._gets and start["status"] == 200 and _may_be_kept(headers):
            headers["etag"] = f'W/"{sha256(body).hexdigest()[:32]}"'
            headers.setdefault("cache-control", "private, no-cache")
            if headers["etag"] in self._asked.get("if-none-match", ""):
                start["status"], body = 304, b""
        headers.add_vary_header("accept-encoding")
        if len(body) >= LEAST and "gzip" in self._asked.get("accept-encoding", ""):
            body = gzip.compress(body, 5, mtime=0)
            headers["content-encoding"] = "gzip"
        headers["content-length"] = str(len(body))
        start["headers"] = headers.raw
        return body


def _is_text(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    kind = headers.get("content-type", "").split(";")[0]
    return kind in _TEXTS and "content-encoding" not in headers


def _may_be_kept(headers: Headers) -> bool:
    return "etag" not in headers and "no-store" not in headers.get("cache-control", "")
