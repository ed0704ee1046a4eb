"""Threads that saves have to themselves.

All routes share forty threads, and a page's events have as many of their own: whoever waits there,
for a report that is being computed or for a picture's turn, keeps others out. Saves wait for saves
alone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial, wraps
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from anyio import to_thread

from memeclip_core.api.identity import Asking

SAVES_AT_ONCE: Final = 8
"""One writes at a time; the others read meanwhile, and answer."""
PAGE_THREADS: Final = 41
"""Of the page's events. With 40, Gradio would take those that the routes share."""

P = ParamSpec("P")
T = TypeVar("T")


def saving(route: Callable[Concatenate[Asking, P], T]) -> Callable[..., Awaitable[T]]:
    """Return a route's function that is carried out in a thread for saves."""

    @wraps(route)
    async def saved(call: Asking, **given: Any) -> T:
        return await to_thread.run_sync(partial(route, call, **given), limiter=call.saves)

    return saved
