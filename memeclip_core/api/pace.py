"""How slowly a request may come: its head within a while, its body not below a rate.

A connection costs little, and a thousand of them that never say what they want cost a server its
open files. Neither the web server nor Gradio ends one that sends a byte now and then.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, Final, Protocol

from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

HEAD: Final = 30.0
"""Seconds for a request's first line and headers, from the first byte of a connection on, or from
the first after an answer."""

SILENT: Final = 30.0
"""Seconds after which a request is broken off of which nothing more has come."""

GRACE: Final = 60.0
SLOWEST: Final = 500.0
"""A body takes at most ``GRACE`` seconds, and one more for each so many bytes that have come."""


class Pace:
    """How a request's body comes. What the server itself takes meanwhile is not counted."""

    def __init__(self) -> None:
        self._waited = 0.0
        self._come = 0

    async def hear(self, receive: Receive) -> Message:
        """Return what comes next; raise HTTPException if nothing does, or too little."""
        left = GRACE + self._come / SLOWEST - self._waited
        begun = time.monotonic()
        try:
            message = await asyncio.wait_for(receive(), max(0.0, min(SILENT, left)))
        except TimeoutError:
            why = (
                f"Nothing more of the request came for {SILENT:.0f} seconds."
                if left > SILENT
                else f"The request came at less than {SLOWEST:.0f} bytes a second."
            )
            raise HTTPException(408, f"{why} Send it again.", {"Connection": "close"}) from None
        self._waited += time.monotonic() - begun
        self._come += len(message.get("body", b""))
        return message


class Served(Protocol):
    """What uvicorn's protocols have in common.

    Attributes:
        cycle: the request that came last and its answer; ``None`` before the first.
    """

    cycle: Any

    def connection_made(self, transport: asyncio.BaseTransport, /) -> None:
        """Begin."""

    def data_received(self, data: bytes, /) -> None:
        """Take what has come."""

    def eof_received(self) -> bool | None:
        """Note that nothing more comes."""

    def connection_lost(self, exc: Exception | None, /) -> None:
        """End."""

    def pause_writing(self) -> None:
        """Send nothing for a while."""

    def resume_writing(self) -> None:
        """Send again."""


class Connection(asyncio.Protocol):
    """A connection around what serves it, closed if the head of a request takes too long.

    What comes while no request is being answered belongs to the next one's head, or is the rest of
    a body that nobody wanted.
    """

    def __init__(self, served: Served) -> None:
        self._served = served
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._cycle: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the first request."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._wait()
        self._served.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Hand on what has come."""
        if self._timer is None and getattr(self._cycle, "response_complete", True):
            self._wait()
        self._served.data_received(data)
        if self._served.cycle is not self._cycle:
            self._cycle = self._served.cycle
            self._stop()

    def eof_received(self) -> bool | None:
        """Hand on that nothing more comes."""
        return self._served.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """Hand on that it is over."""
        self._stop()
        self._served.connection_lost(exc)

    def pause_writing(self) -> None:
        """Hand on that the other side is slow to read."""
        self._served.pause_writing()

    def resume_writing(self) -> None:
        """Hand on that it has read."""
        self._served.resume_writing()

    def _wait(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(HEAD, self._close)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _close(self) -> None:
        if self._transport is not None:
            # At once: whoever sends nothing may read nothing either.
            self._transport.abort()


def keep_pace(make: Callable[..., Served]) -> Callable[..., Connection]:
    """Return what makes connections that are served by what ``make`` makes."""
    return lambda **options: Connection(make(**options))
