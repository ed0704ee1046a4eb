"""Room for decoded pictures: a large one takes a quarter of a gigabyte while it is looked at.

Invariants: one mutex guards what is counted. A picture's bytes count from before it is decoded
until nobody holds it any more, which its finalizer says; that only notes it, since it may run at
any moment of the thread that holds the mutex. A few are decoded at once. Whoever finds no room or
no lane waits, and is told after a while how long it may take.
"""

from __future__ import annotations

import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from typing import Final

from PIL import Image

from memeclip_core.errors import RateLimited

BUDGET: Final = 1_200_000_000
"""Bytes of decoded pictures at once; one that is larger has them alone."""
BYTES_PER_PIXEL: Final = 6
"""Those of the picture, and of a copy that is made smaller."""
MOST_WAITING: Final = 24
"""Threads that wait for room; requests are answered in 40, and saves need some of them."""
PATIENCE: Final = 20.0
POLL: Final = 0.05
LANES: Final = 2
"""Pictures that are decoded at once."""
USUAL: Final = 0.5
"""Seconds that a picture is held, until some were measured."""


class DecodingRoom:
    """Admits pictures to be decoded; thread-safe.

    Args:
        budget: in bytes.
        lanes: how many are decoded at once.
        patience: seconds that somebody waits at most.
        clock: seconds.
    """

    def __init__(
        self,
        *,
        budget: int = BUDGET,
        lanes: int = LANES,
        patience: float = PATIENCE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._budget, self._lanes = budget, lanes
        self._patience, self._clock = patience, clock
        self._room = threading.Condition()
        self._held = self._waiting = self._decoding = 0
        self._took = USUAL
        # Noted by finalizers, which must wait for nothing.
        self._freed: deque[tuple[int, float]] = deque()

    @property
    def held(self) -> int:
        """How many bytes of pictures are held now."""
        with self._room:
            self._collect()
            return self._held

    def decode(self, pixels: int, load: Callable[[], Image.Image]) -> Image.Image:
        """Decode a picture once there is room for it.

        Args:
            pixels: how many it has.
            load: decodes it.

        Raises:
            RateLimited: if there is none within some time; says how long to wait.
        """
        size = BYTES_PER_PIXEL * pixels
        self._admit(size)
        try:
            picture = load()
        except BaseException:
            self._freed.append((size, 0.0))
            raise
        finally:
            with self._room:
                self._decoding -= 1
                self._room.notify_all()
        weakref.finalize(picture, self._free, size, self._clock()).atexit = False
        return picture

    def _admit(self, size: int) -> None:
        end = self._clock() + self._patience
        with self._room:
            if self._fits(size):
                return
            if self._waiting >= MOST_WAITING:
                raise self._busy()
            self._waiting += 1
            try:
                while not self._fits(size):
                    if self._clock() >= end:
                        raise self._busy()
                    self._room.wait(POLL)
            finally:
                self._waiting -= 1

    def _fits(self, size: int) -> bool:
        """Take room for a picture, and a lane, if there is some."""
        self._collect()
        full = self._held and self._held + size > self._budget
        if full or self._decoding >= self._lanes:
            return False
        self._held += size
        self._decoding += 1
        return True

    def _busy(self) -> RateLimited:
        seconds = max(1, round(self._took * (1 + self._waiting)))
        return RateLimited(
            f"The server is busy with other pictures: {self._waiting} wait to be decoded. Try "
            f"again in about {seconds} seconds."
        )

    def _free(self, size: int, begun: float) -> None:
        self._freed.append((size, self._clock() - begun))

    def _collect(self) -> None:
        """Count what was freed."""
        while self._freed:
            size, took = self._freed.popleft()
            self._held -= size
            if took:
                self._took += (took - self._took) / 8
