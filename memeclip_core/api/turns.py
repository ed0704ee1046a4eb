"""Turns at what takes the encoder or compares many memes: one request at a time.

They wait outside of the threads in which everything else is answered, and are served in one that
nothing else takes: saves wait for nobody, and no turn waits for them.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final, TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi import Request

from memeclip_core.api.caller import read_caller
from memeclip_core.errors import RateLimited

MOST_WAITING: Final = 64
SHARE: Final = 4
"""The part of those who wait that may be of one caller, where several call: a fourth."""

T = TypeVar("T")


class Turns:
    """A queue in which one is served at a time; whoever would wait too long is told so at once.

    Attributes:
        thread: the one in which they are served.

    Args:
        most: how many may wait; ``None`` is ``MOST_WAITING``.
        what: what there may be too many of.
        shared: whether callers share the queue, so that each has a part of it.
        clock: seconds.
    """

    def __init__(
        self,
        most: int | None = None,
        what: str = "memes wait to be predicted",
        *,
        shared: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._serving = asyncio.Lock()
        self._waiting: Counter[str] = Counter()
        self._most, self._what, self._shared, self._clock = most, what, shared, clock
        self._took = 1.0
        self.thread = CapacityLimiter(1)

    @asynccontextmanager
    async def turn(self, caller: str) -> AsyncIterator[None]:
        """Wait for a turn of one's own, and have it.

        Raises:
            RateLimited: if too many wait, or too many of this caller; says how long it may take.
        """
        most = MOST_WAITING if self._most is None else self._most
        own, total = self._waiting[caller], self._waiting.total()
        if total >= most or (self._shared and own >= max(1, most // SHARE)):
            seconds = max(1, round(self._took * (total + 1)))
            raise RateLimited(
                f"Too many {self._what}: {own} of yours, and {total - own} of "
                f"others. Try again in about {seconds} seconds."
            )
        self._waiting[caller] += 1
        try:
            await self._serving.acquire()
        finally:
            self._waiting[caller] -= 1
            self._waiting += Counter()  # drops the callers that are down to nothing
        begun = self._clock()
        try:
            yield
        finally:
            self._took += (self._clock() - begun - self._took) / 8
            self._serving.release()


async def in_turn(request: Request, turns: Turns, work: Callable[[], T]) -> T:
    """Do something after those who came before; see ``Turns.turn``."""
    async with turns.turn(read_caller(request.scope)):
        return await to_thread.run_sync(work, limiter=turns.thread)
