"""Run a coroutine in a thread of its own.

Playwright's synchronous API keeps an event loop running in the main thread for the rest of the
session, and ``asyncio.run`` refuses a thread that has one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Return what ``coroutine`` returns, or raise what it raises."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()  # noqa: TID251


async def settle() -> None:
    """Let whatever is ready go on until it waits for something; counts turns, and no time."""
    for _ in range(100):
        await asyncio.sleep(0)
