"""How much a request may send: uploads as long as there is room for them, all else little.

Invariants: uploads are written here and Gradio never sees them. What lies in the folder is added up
when a request begins, and whatever arrives after that, by whichever request, counts against what is
left. All counting happens on the event loop, and no more is kept than there are requests under way.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from memeclip_core.api.caller import read_caller
from memeclip_core.api.pace import Pace
from memeclip_core.api.texts import _
from memeclip_core.api.upload_parts import UploadParts
from memeclip_core.app.upload_folder import UploadFolder
from memeclip_core.config import Settings
from memeclip_core.errors import MemeclipError
from memeclip_core.records.decision import Role

UPLOAD: Final = "/gradio_api/upload"
LARGEST_BODY: Final = 16_000_000
"""Bytes of a request that uploads nothing; the largest of the page are a few thousand."""

LIVE: Final = 6 * 3600.0
"""Seconds after which an upload is deleted that nobody has open; saved pictures lie elsewhere."""

UNUSED: Final = 600.0
"""The same where room is short: whoever uploads a file opens or imports it at once."""

SPARE_DISK: Final = 500_000_000
BLOCK: Final = 1_000_000
"""Bytes that are written at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What somebody may upload.

    Attributes:
        largest: bytes of one file.
        room: bytes of all their files that lie there unread.
        files: how many at once.
        pictures: whether nothing else is taken.
    """

    largest: int
    room: int
    files: int
    pictures: bool = False


TOTAL: Final = 8_000_000_000
"""Bytes of everybody's uploads; visitors may fill half of it."""

ADMIN: Final = Allowance(largest=2_000_000_000, room=4_000_000_000, files=1000)
ANNOTATOR: Final = Allowance(largest=200_000_000, room=1_000_000_000, files=1000)
ROOM_OF_VISITORS: Final = 500_000_000
FILES_OF_VISITORS: Final = 100


def find_allowance(settings: Settings, role: Role) -> Allowance:
    """Return what somebody with a role may upload; a picture may always be one."""
    if role == "visitor":
        room = max(ROOM_OF_VISITORS, 2 * settings.max_bytes)
        return Allowance(
            largest=settings.max_bytes, room=room, files=FILES_OF_VISITORS, pictures=True
        )
    found = ADMIN if role == "admin" else ANNOTATOR
    largest = max(found.largest, settings.max_bytes)
    return Allowance(largest=largest, room=max(found.room, 2 * largest), files=found.files)


def upload_limit(settings: Settings) -> int:
    """Return how many bytes one uploaded file may have, whoever sends it."""
    known = settings.loopback or settings.asks_password or settings.hub_sign_in
    return find_allowance(settings, "admin" if known else "visitor").largest


class UploadProgress(Protocol):
    """What Gradio's page follows to show how far an upload is."""

    def track(self, upload_id: str) -> None:
        """Begin with an upload."""

    def append(self, upload_id: str, filename: str, message_bytes: bytes) -> None:
        """Note that bytes have arrived."""

    def set_done(self, upload_id: str) -> None:
        """Note that all have."""

    def stop_tracking(self, upload_id: str) -> None:
        """Forget an upload."""


FOLLOWED: Final = 30.0
"""Seconds that a finished upload is remembered for a page that shows how far it was."""

LONGEST_NAME: Final = 64
"""Characters of an upload's name, under which a page follows it."""


class Uploads:
    """An ASGI application around another one, in whose place it takes uploads.

    Args:
        app: what answers the other requests.
        folder: where uploads are put.
        allow: returns what the sender of a request may upload; ``None`` for whoever may not.
        larger: how many bytes may be sent to paths that take more than others, and keep nothing.
        progress: is told how far an upload is.
        total: bytes that may lie there, and be under way, of everybody.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        folder: UploadFolder,
        allow: Callable[[HTTPConnection], Awaitable[Allowance | None]],
        larger: Mapping[str, int] | None = None,
        progress: UploadProgress | None = None,
        total: int = TOTAL,
    ) -> None:
        self._app = app
        self._folder = folder
        self._allow = allow
        self._larger = larger or {}
        self._progress = progress
        self._total = total
        # Bytes of requests that are being answered and keep nothing, by caller.
        self._passing: Counter[str] = Counter()
        self._rooms: list[_Room] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or have it answered."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
            await self._app(scope, receive, send)
        elif scope["path"] == UPLOAD:
            await self._upload(scope, receive, send)
        else:
            await self._pass(scope, receive, send)

    async def _upload(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            paths = await self._take(scope, receive)
        except HTTPException as error:
            answer = PlainTextResponse(str(error.detail), error.status_code, error.headers)
            await answer(scope, receive, send)
        except MemeclipError as error:
            await PlainTextResponse(str(error), status_code=507)(scope, receive, send)
        else:
            await JSONResponse(paths)(scope, receive, send)

    async def _take(self, scope: Scope, receive: Receive) -> list[str]:
        allowed = await self._allow(HTTPConnection(scope))
        if allowed is None:
            raise HTTPException(403, _("You may not upload anything here."))
        headers = Headers(scope=scope)
        size = _declared(headers)
        async with self._room(read_caller(scope), allowed, size or allowed.largest) as room:
            room.check(size)
            parts = UploadParts(
                headers.get("content-type", ""),
                create=partial(self._folder.create, room.caller),
                largest=allowed.largest,
                most=allowed.files,
                pictures=allowed.pictures,
            )
            name = parse_qs(scope["query_string"].decode("latin-1")).get("upload_id", [""])[0]
            following = _Following(self._progress if name else None, name[:LONGEST_NAME])
            try:
                await self._read(receive, room, parts, following)
            except BaseException:
                parts.close()
                await asyncio.to_thread(self._folder.drop, parts.paths)
                raise
            finally:
                following.end()
        return [str(path) for path in parts.paths]

    async def _read(
        self, receive: Receive, room: _Room, parts: UploadParts, following: _Following
    ) -> None:
        whole, pace = False, Pace()
        block = bytearray()
        while not whole:
            message = await pace.hear(receive)
            if message["type"] == "http.disconnect":
                raise HTTPException(400, "The upload broke off.")
            data = message.get("body", b"")
            self._count(room, len(data))
            block += data
            whole = not message.get("more_body", False)
            if whole or len(block) >= BLOCK:
                following.note(await asyncio.to_thread(parts.feed, bytes(block)))
                block.clear()
        parts.finish()

    @asynccontextmanager
    async def _room(self, caller: str, allowed: Allowance, size: int) -> AsyncIterator[_Room]:
        """Add up what there is; where too little is left, make room of what nobody has open."""
        room = _Room(caller=caller, allowed=allowed.room)
        self._rooms.append(room)
        try:
            await self._measure(room, allowed)
            if room.left < size:
                await asyncio.to_thread(self._folder.sweep, UNUSED)
                await self._measure(room, allowed)
            yield room
        finally:
            self._rooms.remove(room)

    async def _measure(self, room: _Room, allowed: Allowance) -> None:
        # What arrives while the folder is looked at is counted off meanwhile.
        room.left = -self._passing.total()
        room.left_own = -self._passing[room.caller]
        total = self._total // 2 if allowed.pictures else self._total

        def measure() -> tuple[int, int]:
            lying, theirs = self._folder.sizes(room.caller)
            return min(total - lying, self._folder.free() - SPARE_DISK), allowed.room - theirs

        left, left_own = await asyncio.to_thread(measure)
        room.left += left
        room.left_own += left_own

    def _count(self, room: _Room, size: int) -> None:
        """Count bytes that have arrived; raise HTTPException if there is no room for them."""
        room.check(size)
        for one in self._rooms:
            one.left -= size
            if one.caller == room.caller:
                one.left_own -= size

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Have a request answered as far as it keeps to its room."""
        path, caller = scope["path"], read_caller(scope)
        most = self._larger.get(path, LARGEST_BODY)
        large = f"The request is larger than {_megabytes(most)}, which is the most. Send less."
        size = _declared(Headers(scope=scope))
        if size > most:
            await PlainTextResponse(large, status_code=413)(scope, receive, send)
            return
        async with AsyncExitStack() as stack:
            room = None
            if path in self._larger:
                allowed = await self._allow(HTTPConnection(scope))
                caller = read_caller(scope)
                if allowed is not None:
                    room = await stack.enter_async_context(self._room(caller, allowed, size))
            read, whole, pace = 0, False, Pace()

            async def counted() -> Message:
                nonlocal read, whole
                # Once all has come, a sender may wait for the answer as long as that takes.
                message = await (receive() if whole else pace.hear(receive))
                whole = not message.get("more_body", False)
                size = len(message.get("body", b""))
                read += size
                self._passing[caller] += size
                if read > most:
                    raise HTTPException(413, large)
                if room is not None:
                    self._count(room, size)
                return message

            try:
                await self._app(scope, counted, send)
            finally:
                self._passing[caller] -= read
                self._passing += Counter()  # drops the callers that are down to nothing


@dataclass(slots=True, kw_only=True, eq=False)
class _Room:
    """How many bytes may still arrive while a request is under way, of everybody and of one caller.

    Attributes:
        caller: who sends it.
        allowed: how much of theirs may lie there.
        left, left_own: less with whatever arrives, by whichever request.
    """

    caller: str
    allowed: int
    left: int = 0
    left_own: int = 0

    def check(self, size: int) -> None:
        """Refuse more bytes than there is room for; raise HTTPException."""
        if size > self.left_own:
            raise HTTPException(
                413,
                f"You have uploaded as much as may lie here at once: {_megabytes(self.allowed)}. "
                f"What is not read goes after {LIVE / 3600:.0f} hours. Close what you have open, "
                "or upload less.",
            )
        if size > self.left:
            raise HTTPException(
                413,
                "The server has no room for this upload at the moment. Try again later, or upload "
                "less.",
            )


class _Following:
    """Tells a page how far its upload is, and has it forgotten a while later."""

    def __init__(self, progress: UploadProgress | None, name: str) -> None:
        self._progress, self._name = progress, name
        if progress is not None:
            progress.track(name)

    def note(self, taken: Iterable[tuple[str, int]]) -> None:
        """Note the bytes that were taken of files."""
        if self._progress is not None:
            for filename, size in taken:
                self._progress.append(self._name, filename, bytes(size))

    def end(self) -> None:
        if self._progress is not None:
            self._progress.set_done(self._name)
            forget = partial(self._progress.stop_tracking, self._name)
            asyncio.get_running_loop().call_later(FOLLOWED, forget)


def _declared(headers: Headers) -> int:
    """Return how many bytes a request says that it has; 0 where it does not say."""
    said = headers.get("content-length", "")
    return int(said) if said.isdecimal() and len(said) < 19 else 0


def _megabytes(count: int) -> str:
    return f"{count / 1_000_000:,.0f} MB"
