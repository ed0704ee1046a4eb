"""How often one person may call, and how often somebody may try to sign in.

A token bucket for each person and kind of call. Passwords are not guessed, and nobody is kept out:
a name that many guess at is slowed, never locked. Buckets and counts are guarded by one mutex
each; a password is checked outside of it, at most ``HASHED_AT_ONCE`` at a time.
"""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Literal

from memeclip_core.config import MOST_SIGN_INS
from memeclip_core.errors import RateLimited
from memeclip_core.memory import Memory

CallKind = Literal["read", "save", "job", "suggestion", "guess", "name"]
"""What is limited together: looking something up, saving a decision, starting long work, suggesting
a correction; and wrong passwords, by the address that they come from and by the name that they are
for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """``burst`` calls at once, and ``rate`` more with every second that passes."""

    rate: float
    burst: int


ALLOWANCES: Final[dict[CallKind, Allowance]] = {
    "read": Allowance(rate=60.0, burst=600),
    "save": Allowance(rate=30.0, burst=300),
    "job": Allowance(rate=0.5, burst=20),
    "suggestion": Allowance(rate=1 / 60, burst=10),
    "guess": Allowance(rate=0.2, burst=60),
    "name": Allowance(rate=1 / 60, burst=20),
}
"""Far above what hands can do: a person labels a meme in seconds, and the page reads ahead a few
memes at a time. A program that meets them is told how long to wait."""

_NAMES: Final[dict[CallKind, str]] = {
    "read": "requests",
    "save": "saves",
    "job": "long tasks",
    "suggestion": "suggestions",
    "guess": "wrong passwords",
    "name": "wrong passwords",
}
TOGETHER: Final = 10
"""How many times as much all have who share a name, from wherever they call."""
_REMEMBERED: Final = 10_000
_WHOLE = 1 - 1e-9
"""A token that has grown back, whatever the rounding of the clock."""


@dataclass(frozen=True, slots=True)
class _Bucket:
    tokens: float
    time: float


class RateLimits:
    """Count calls; thread-safe. Buckets live in memory: a restart fills them."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._mutex = threading.Lock()
        self._buckets: Memory[tuple[str, CallKind], _Bucket] = Memory(_REMEMBERED)

    def spend(self, name: str, kind: CallKind, *, address: str = "") -> None:
        """Take a token out of a person's bucket.

        Args:
            name: whose.
            kind: what for.
            address: where from, if many have this name; they have a larger bucket together.

        Raises:
            RateLimited: if it is empty; says how many seconds to wait. Nothing is taken then.
        """
        self._take_all(name, kind, address, 1)

    def ask(self, name: str, kind: CallKind, *, address: str = "") -> None:
        """Raise RateLimited where ``spend`` would; takes nothing."""
        self._take_all(name, kind, address, 0)

    def _take_all(self, name: str, kind: CallKind, address: str, number: int) -> None:
        if address:
            self._take(name, kind, (f"{name} {address}", kind), ALLOWANCES[kind], number)
            rate, burst = ALLOWANCES[kind].rate, ALLOWANCES[kind].burst
            many = Allowance(rate=TOGETHER * rate, burst=TOGETHER * burst)
            self._take(f"all {name}s together", kind, (name, kind), many, number)
        else:
            self._take(name, kind, (name, kind), ALLOWANCES[kind], number)

    def _take(
        self,
        name: str,
        kind: CallKind,
        key: tuple[str, CallKind],
        allowance: Allowance,
        number: int,
    ) -> None:
        with self._mutex:
            now = self._clock()
            bucket = self._buckets.get(key) or _Bucket(float(allowance.burst), now)
            grown = bucket.tokens + max(0.0, now - bucket.time) * allowance.rate
            tokens = min(float(allowance.burst), grown)
            enough = tokens >= _WHOLE
            self._buckets.put(key, _Bucket(tokens - number if enough else tokens, now))
        if not enough:
            raise RateLimited(
                f"Too many {_NAMES[kind]} by '{name}': at most {allowance.burst} at once and "
                f"{60 * allowance.rate:,.0f} a minute are allowed. Nothing was done. Try again in "
                f"{max(0.1, (1 - tokens) / allowance.rate):.1f} seconds."
            )

    def give_back(self, name: str, kind: CallKind) -> None:
        """Put a token back that was taken for what was none."""
        with self._mutex:
            bucket = self._buckets.get((name, kind))
            if bucket is not None:
                tokens = min(float(ALLOWANCES[kind].burst), bucket.tokens + 1)
                self._buckets.put((name, kind), _Bucket(tokens, bucket.time))


FREE_FAILURES: Final = 5
LONGEST_WAIT: Final = 300.0
SLOWED: Final = 3.0
"""Seconds that a sign-in takes longer while many wrong passwords come in for its name."""
MOST_OF_AN_ADDRESS: Final = 16
"""Sign-ins under way at once from one address, which many may share."""
HASHED_AT_ONCE: Final = max(1, min(2, (os.cpu_count() or 1) // 2))
"""Each takes 64 MiB and up to four cores for a moment, and answers wait for cores too."""


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
            full = self._under_way.total() >= MOST_SIGN_INS
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
