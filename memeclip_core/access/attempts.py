"""How often somebody may try to sign in, so that passwords are not guessed and nobody is kept out.

Wrong passwords for a name make the address wait that they came from. The name itself only becomes
slower: whoever it belongs to comes from another address, and is let in after seconds at most.
"""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from memeclip_core.access.rate_limits import RateLimits
from memeclip_core.errors import RateLimited
from memeclip_core.memory import Memory

FREE_FAILURES: Final = 5
LONGEST_WAIT: Final = 300.0
SLOWED: Final = 3.0
"""Seconds that a sign-in takes longer while many wrong passwords come in for its name."""
MOST: Final = 64
MOST_OF_AN_ADDRESS: Final = 16
"""Sign-ins under way at once: in total, and from one address, which many may share."""
HASHED_AT_ONCE: Final = max(1, min(2, (os.cpu_count() or 1) // 2))
"""Each takes a core and 128 MiB for a third of a second, and answers wait for cores too."""
_REMEMBERED: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failures:
    count: int
    wait_until: float


class Attempts:
    """Let passwords be checked, a few at once; thread-safe. Lives in memory: a restart forgives.

    Args:
        clock: seconds, for waiting times.
        sleep: waits for some seconds.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._limits = RateLimits(clock=clock)
        self._mutex = threading.Lock()
        self._hashing = threading.BoundedSemaphore(HASHED_AT_ONCE)
        self._under_way: Counter[str] = Counter()
        self._failures: Memory[tuple[str, str], _Failures] = Memory(_REMEMBERED)

    def check(self, name: str, address: str, matches: Callable[[], bool]) -> bool:
        """Say whether a password matches, if it may be looked at now.

        After five failures in a row an address waits 1 second for that name, then 2, 4 and so on
        up to five minutes.

        Raises:
            RateLimited: if it may not; it was not looked at then.
        """
        name = name[:64]
        with self._admitted(address):
            # Counted before the slow check, so that parallel guesses are no way around.
            self._count(name, address)
            with self._hashing:
                matched = matches()
            if matched:
                self._failures.forget((name, address))
                self._limits.give_back(name, "name")
                self._limits.give_back(address, "guess")
            return matched

    @contextmanager
    def _admitted(self, address: str) -> Iterator[None]:
        with self._mutex:
            full = self._under_way.total() >= MOST
            if full or self._under_way[address] >= MOST_OF_AN_ADDRESS:
                raise RateLimited(
                    "Too many people are signing in at this moment. Try again in a few seconds."
                )
            self._under_way[address] += 1
        try:
            yield
        finally:
            with self._mutex:
                self._under_way[address] -= 1
                self._under_way += Counter()  # drops the addresses that are down to nothing

    def _count(self, name: str, address: str) -> None:
        with self._mutex:
            now = self._clock()
            known = self._failures.get((name, address))
            left = 0.0 if known is None else known.wait_until - now
            if left > 0:
                raise RateLimited(
                    f"Too many wrong passwords for '{name}' from this address. Try again in "
                    f"{left:.0f} seconds."
                )
            self._limits.spend(address, "guess")
            count = 1 if known is None else known.count + 1
            wait = 0.0
            if count >= FREE_FAILURES:
                wait = min(LONGEST_WAIT, 2.0 ** min(count - FREE_FAILURES, 20))
            self._failures.put((name, address), _Failures(count=count, wait_until=now + wait))
        try:
            self._limits.spend(name, "name")
        except RateLimited:
            self._sleep(SLOWED)
