"""How much a request may send: uploads as long as there is room for them, all else little."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from memeclip_core.records.decision import ADDRESS

UPLOAD: Final = "/gradio_api/upload"
LARGEST_BODY: Final = 16_000_000
"""Bytes of a request that uploads nothing; the largest of the page are a few thousand."""

LIVE: Final = 6 * 3600.0
"""Seconds after which an upload is deleted that nobody has open; saved pictures lie elsewhere."""

UNUSED: Final = 600.0
"""The same where room is short: whoever uploads a file opens or imports it at once."""

SPARE_DISK: Final = 500_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """How many bytes of uploads may lie there: of everybody, and of one address in ``LIVE``."""

    total: int
    of_an_address: int


class UploadFolder:
    """What lies in the folder now; others put files into it and read them.

    Args:
        path: the folder, which need not be there yet.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def size(self) -> int:
        """Return how many bytes lie there."""
        return sum(facts.st_size for _, facts in self._files())

    def free(self) -> int:
        """Return how many bytes the disk has left."""
        for folder in (self._path, *self._path.parents):
            with suppress(OSError):
                return shutil.disk_usage(folder).free
        return 0

    def sweep(self, *, older: float, spare: Collection[str]) -> set[str]:
        """Delete the files that have lain there longer than ``older`` seconds; return their paths.

        Args:
            older: in seconds.
            spare: paths that somebody has open.
        """
        gone, before = set(), time.time() - older
        for path, facts in list(self._files()):
            if facts.st_ctime < before and str(path) not in spare:
                with suppress(OSError):
                    path.unlink()
                    gone.add(str(path))
                with suppress(OSError):
                    path.parent.rmdir()  # only if nothing is left in it
        return gone

    def _files(self) -> Iterator[tuple[Path, os.stat_result]]:
        for folder, _, names in os.walk(self._path):
            for name in names:
                path = Path(folder, name)
                with suppress(OSError):
                    yield path, path.lstat()


class Uploads:
    """An ASGI application around another one.

    Args:
        app: what answers the requests.
        folder: where it puts uploads.
        quota: how much of them.
        held: returns the paths that somebody has open.
        larger: how many bytes may be sent to paths that take more than others, and keep nothing.
        clock: seconds.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        folder: UploadFolder,
        quota: Quota,
        held: Callable[[], Collection[str]],
        larger: Mapping[str, int] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._folder = folder
        self._quota = quota
        self._held = held
        self._larger = larger or {}
        self._clock = clock
        self._sent: deque[tuple[float, str, int]] = deque()
        self._under_way = 0
        self._undeclared = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or have it answered."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
            await self._app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "")
        size = int(declared) if declared.isdecimal() and len(declared) < 19 else 0
        if not scope["path"].startswith(UPLOAD):
            most = self._larger.get(scope["path"], LARGEST_BODY)
            await self._bounded(size, most, _large(most), scope, receive, send)
            return
        # One after the other where nobody says how much comes, or each would take all that is left.
        async with self._undeclared if not size else nullcontext():
            await self._take(size, scope, receive, send)

    async def _take(self, size: int, scope: Scope, receive: Receive, send: Send) -> None:
        room, why = await asyncio.to_thread(self._room, ADDRESS.get(), size)
        self._under_way += size
        try:
            read = await self._bounded(size, room, why, scope, receive, send)
            self._sent.append((self._clock(), ADDRESS.get(), read))
        finally:
            self._under_way -= size

    async def sweep(self, older: float = LIVE) -> set[str]:
        """Delete uploads that nobody has open; return their paths."""
        held = self._held()
        return await asyncio.to_thread(self._folder.sweep, older=older, spare=held)

    def _room(self, address: str, size: int) -> tuple[int, str]:
        """Return how many bytes an address may upload now, and why no more."""
        while self._sent and self._sent[0][0] < self._clock() - LIVE:
            self._sent.popleft()
        own = sum(count for _, other, count in list(self._sent) if other == address)
        if self._quota.of_an_address - own < size:
            return self._quota.of_an_address - own, (
                f"You have uploaded as much as is allowed in {LIVE / 3600:.0f} hours: "
                f"{_megabytes(self._quota.of_an_address)}. Try again later, or upload less."
            )
        room = self._left()
        if room < size:
            self._folder.sweep(older=UNUSED, spare=self._held())
            room = self._left()
        return min(room, self._quota.of_an_address - own), (
            "The server has no room for this upload at the moment. Try again later, or upload less."
        )

    def _left(self) -> int:
        left = self._quota.total - self._folder.size()
        return min(left, self._folder.free() - SPARE_DISK) - self._under_way

    async def _bounded(
        self, size: int, room: int, why: str, scope: Scope, receive: Receive, send: Send
    ) -> int:
        """Have a request answered as far as it keeps to its room; return the bytes that it sent."""
        if size > room or room <= 0:
            await PlainTextResponse(why, status_code=413)(scope, receive, send)
            return 0
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > room:
                raise HTTPException(413, why)
            return message

        await self._app(scope, counted, send)
        return read


def _large(most: int) -> str:
    return f"The request is larger than {_megabytes(most)}, which is the most. Send less."


def _megabytes(count: int) -> str:
    return f"{count / 1_000_000:,.0f} MB"
