"""How often one person may call: a token bucket for each person and kind of call."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from memeclip_core.errors import RateLimited
from memeclip_core.memory import Memory

CallKind = Literal["read", "save", "job", "guess", "name"]
"""What is limited together: looking something up, saving a decision, starting long work; and wrong
passwords, by the address that they come from and by the name that they are for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """``burst`` calls at once, and ``rate`` more with every second that passes."""

    rate: float
    burst: int


ALLOWANCES: Final[dict[CallKind, Allowance]] = {
    "read": Allowance(rate=60.0, burst=600),
    "save": Allowance(rate=30.0, burst=300),
    "job": Allowance(rate=0.5, burst=20),
    "guess": Allowance(rate=0.2, burst=60),
    "name": Allowance(rate=1 / 60, burst=20),
}
"""Far above what hands can do: a person labels a meme in seconds, and the page reads ahead a few
memes at a time. A program that meets them is told how long to wait."""

_NAMES: Final[dict[CallKind, str]] = {
    "read": "requests",
    "save": "saves",
    "job": "long tasks",
    "guess": "wrong passwords",
    "name": "wrong passwords",
}
_REMEMBERED = 10_000
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

    def spend(self, name: str, kind: CallKind) -> None:
        """Take a token out of a person's bucket.

        Raises:
            RateLimited: if it is empty; says how many seconds to wait. Nothing is taken then.
        """
        allowance = ALLOWANCES[kind]
        with self._mutex:
            now = self._clock()
            bucket = self._buckets.get((name, kind)) or _Bucket(float(allowance.burst), now)
            grown = bucket.tokens + max(0.0, now - bucket.time) * allowance.rate
            tokens = min(float(allowance.burst), grown)
            enough = tokens >= _WHOLE
            self._buckets.put((name, kind), _Bucket(tokens - 1 if enough else tokens, now))
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
