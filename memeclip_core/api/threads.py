"""Threads that some kinds of work have to themselves.

All other routes share forty threads, and a page's events have as many of their own: whoever waits
there, for a report that is being computed or for another's, keeps others out. So saves wait for
saves alone, and what decodes pictures or looks at very many memes waits for its own kind. Those who
may only predict have threads apart: what they ask for keeps nobody else waiting.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial, wraps
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

from anyio import CapacityLimiter, to_thread

if TYPE_CHECKING:
    from memeclip_core.api.identity import Asking

Kind = Literal["save", "picture", "many"]
"""Saves; pictures, which may have to be decoded first; what looks at very many memes."""

AT_ONCE: Final[dict[Kind, int]] = {"save": 8, "picture": 8, "many": 4}
"""One save writes at a time; the others read meanwhile, and answer."""
OF_VISITORS: Final = 2
"""Of each kind, apart from the others'; as many pictures are decoded at once by all."""
PAGE_THREADS: Final = 41
"""Of the page's events. With 40, Gradio would take those that the routes share."""

T = TypeVar("T")


class Threads:
    """How many of each kind work at once. Whoever comes then waits without a thread."""

    def __init__(self) -> None:
        self._own = {kind: CapacityLimiter(most) for kind, most in AT_ONCE.items()}
        self._visitors = {kind: CapacityLimiter(OF_VISITORS) for kind in AT_ONCE}

    async def run(self, call: Asking, kind: Kind, work: Callable[[], T]) -> T:
        """Do something for somebody in a thread of its kind."""
        of = self._visitors if call.who.role == "visitor" else self._own
        return await to_thread.run_sync(work, limiter=of[kind])


def _in_threads(kind: Kind, route: Callable[..., T]) -> Callable[..., Awaitable[T]]:
    @wraps(route)
    async def apart(call: Asking, **given: Any) -> T:
        return await call.threads.run(call, kind, partial(route, call=call, **given))

    return apart


def saving(route: Callable[..., T]) -> Callable[..., Awaitable[T]]:
    """Return a route's function that is carried out in a thread for saves."""
    return _in_threads("save", route)


def picturing(route: Callable[..., T]) -> Callable[..., Awaitable[T]]:
    """Return a route's function that is carried out in a thread for pictures."""
    return _in_threads("picture", route)


def listing(route: Callable[..., T]) -> Callable[..., Awaitable[T]]:
    """Return a route's function that is carried out in a thread for what looks at very many memes.

    What it returns is checked on the event loop: return a Response where that is long.
    """
    return _in_threads("many", route)
