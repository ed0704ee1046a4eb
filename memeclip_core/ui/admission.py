"""Which events are taken into the queue, and what is said to whoever is one too many.

Gradio counts all events in one queue and says that it is full. Here a caller who fills it keeps
nobody else out: each has a share, and what waits for the model is counted apart from what does not.
"""

from __future__ import annotations

import asyncio
import re
from typing import Any, Final

from cachetools import LRUCache
from fastapi import HTTPException, Request
from fastapi.responses import JSONResponse
from gradio.data_classes import PredictBodyInternal
from gradio.queueing import Event, Queue

from memeclip_core.api.caller import read_caller
from memeclip_core.api.problems import answer_error
from memeclip_core.api.texts import _
from memeclip_core.marks import mark

MOST_WAITING: Final = 64
"""Events that wait for the model or another thing that there is one of."""
MOST_PENDING: Final = 256
"""All events, of which most take no time."""
SHARE: Final = 4
"""The part of either that one caller may have: a fourth."""
KEPT: Final = 2000
"""Tabs for which answers are kept that they have not fetched; the oldest that nobody reads goes
first."""
UNREAD: Final = 100_000_000
"""About how many characters these answers may have together; the largest that nobody reads goes
first."""
OF_A_MESSAGE: Final = 1000
"""Characters that a message counts for beside the texts in it."""
_HASH: Final = re.compile(r"[\w.-]{1,64}", re.ASCII)
"""A session's name, under which the server keeps what belongs to a tab. Gradio names tasks after
it, which no one could cancel any more if it had their separator."""

UNKNOWN: Final = mark(
    "Something was sent that this page does not offer. In a browser, reload the page: it may be "
    "older than the server."
)
UNFIT: Final = (
    "A value is not what this endpoint takes. An image is a file that was uploaded before, as "
    "handle_file of gradio_client does it; no_text is true or false, all else a text. The view "
    "'API' at the foot of the page shows it."
)
NAMED_CALLS: Final = "/gradio_api/call/v2/"
"""Below it the values of a call have names."""


class Unread(asyncio.Queue[Any]):
    """What a tab was told and has not read yet.

    Args:
        tabs: of which this is one, until it is forgotten.

    Attributes:
        size: about how many characters that is.
    """

    def __init__(self, tabs: UnreadOfTabs) -> None:
        super().__init__()
        self.tabs: UnreadOfTabs | None = tabs
        self.size = 0

    @property
    def is_awaited(self) -> bool:
        """Whether somebody is reading."""
        return any(not one.done() for one in self._getters)  # type: ignore[attr-defined]

    def _put(self, item: Any) -> None:
        self._count(_weigh(item))
        super()._put(item)

    def _get(self) -> Any:
        item = super()._get()
        self._count(-_weigh(item))
        return item

    def _count(self, size: int) -> None:
        self.size += size
        if self.tabs is not None:
            self.tabs.size += size


class UnreadOfTabs(dict[str, Unread]):
    """What all tabs have not read, by the tab's name: so many tabs, and so much together.

    Attributes:
        size: about how many characters that is.
    """

    size = 0

    def __setitem__(self, key: str, value: Any) -> None:
        """Begin with a tab; Gradio would put a queue of its own here, which counts nothing."""
        super().__setitem__(key, Unread(self))
        self.make_room()

    def __delitem__(self, key: str) -> None:
        """Forget a tab."""
        self[key].tabs = None
        self.size -= self[key].size
        super().__delitem__(key)

    def make_room(self) -> None:
        """Forget what nobody reads while there is too much: the oldest tab, or the largest."""
        while len(self) > KEPT or self.size > UNREAD:
            idle = (key for key, one in self.items() if not one.is_awaited)
            many = len(self) > KEPT
            found = next(idle, None) if many else max(idle, key=self._size, default=None)
            if found is None:
                return
            del self[found]

    def _size(self, key: str) -> int:
        return self[key].size


def _weigh(message: Any) -> int:
    """Return about how many characters a message takes."""
    size, left = OF_A_MESSAGE, [getattr(message, "output", None)]
    while left:
        one = left.pop()
        if isinstance(one, str):
            size += len(one)
        elif isinstance(one, dict | list | tuple):
            left += one.values() if isinstance(one, dict) else one
    return size


class Tasks(set[asyncio.Task[Any]]):
    """What works on events; an event whose task was cancelled before it began is done with here.

    Gradio tidies up within the task, and would never have such a one's place back.
    """

    def __init__(self, queue: StudioQueue) -> None:
        super().__init__()
        self._queue = queue

    def discard(self, task: Any, /) -> None:
        """Forget a task that is done."""
        super().discard(task)
        if task.cancelled():
            self._queue.end(task.get_name().rpartition("<gradio-sep>")[2])


class StudioQueue(Queue):
    """Gradio's queue behind a doorkeeper; ``shared`` is off where one person has it alone."""

    shared = True

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        # What it notes of every event, with the tab's name, is for a page that is closed here, and
        # takes a while to add up after each event that fails.
        self.ANALYTICS_MAX_EVENTS = 0
        # Of tabs that never fetch what they asked for, it would keep answers and names for good.
        self._asyncio_tasks = Tasks(self)
        self._unread = UnreadOfTabs()
        self.pending_messages_per_session = self._unread  # type: ignore[assignment]
        self.pending_event_ids_session = LRUCache(KEPT)  # type: ignore[assignment]

    def compute_analytics_summary(self, records: Any) -> dict[str, Any]:
        """Add nothing up."""
        return {}

    def send_message(self, event: Event, event_message: Any) -> None:
        """Tell a tab something, unless it is gone, or was forgotten.

        Gradio would raise, and from then on answer nobody any more.
        """
        unread = self._unread.get(event.session_hash)
        if unread is not None:
            super().send_message(event, event_message)
            self._unread.make_room()

    async def push(
        self, body: PredictBodyInternal, request: Request, username: str | None
    ) -> tuple[bool, Any, Any]:
        """Take an event in.

        Raises:
            HTTPException: if there is no such event, or too many wait; says how long to wait.
        """
        fn = self.blocks.fns.get(-1 if body.fn_index is None else body.fn_index)
        named = body.session_hash is None or _HASH.fullmatch(body.session_hash)
        if fn is None or fn.fn is None or not named:
            raise HTTPException(400, _(UNKNOWN))
        caller = username or read_caller(request.scope)
        pending = list(self.event_ids_to_events.values())
        single = _is_single(fn)
        if single:
            pending = [event for event in pending if _is_single(event.fn)]
        most = MOST_WAITING if single else MOST_PENDING
        own = sum(getattr(event, "caller", None) == caller for event in pending)
        if len(pending) >= most or (self.shared and own >= most // SHARE):
            seconds = self._estimate(fn, pending)
            said = _say_busy(len(pending) - own, own, seconds)
            raise HTTPException(429, said, {"Retry-After": str(seconds)})
        if (tab := body.session_hash or "") not in self._unread:
            self.pending_event_ids_session.pop(tab, None)
        answer = await super().push(body, request, username)
        event: Any = self.event_ids_to_events.get(str(answer[1]))
        if event is not None:
            event.caller = caller
        return answer

    def end(self, event_id: str) -> None:
        """Have the place of an event back, if it still has one."""
        event = self.event_ids_to_events.pop(event_id, None)
        for place, events in enumerate(self.active_jobs):
            if event is not None and events is not None and event in events:
                self.active_jobs[place] = None
                queue = self.event_queue_per_concurrency_id[event.concurrency_id]
                queue.current_concurrency -= 1
                queue.start_times_per_fn.pop(event.fn, None)

    def _estimate(self, fn: Any, pending: list[Event]) -> int:
        """Return after how many seconds there may be room again."""
        took = self.process_time_per_fn[fn].avg_time if fn in self.process_time_per_fn else 1.0
        return max(1, round(took * len(pending) / SHARE))


async def answer_named(request: Request, error: Exception) -> JSONResponse:
    """Answer a call by names of which the page has no such one; Gradio just looks them up."""
    if not request.url.path.startswith(NAMED_CALLS):
        return await answer_error(request, error)
    if isinstance(error, KeyError):
        return await answer_unknown(request, error)
    return JSONResponse({"detail": UNFIT}, 422)


async def answer_unknown(request: Request, error: Exception) -> JSONResponse:
    """Answer a call of an endpoint that the page does not have, which Gradio takes for a fault."""
    return JSONResponse({"detail": UNKNOWN}, 404)


def _say_busy(others: int, own: int, seconds: int) -> str:
    """Say how many questions of others and of one's own wait, and for about how long."""
    if not own:
        said = _(
            "The page is busy: {others} questions of others wait. Try again in about {seconds} "
            "seconds."
        )
    elif not others:
        said = _(
            "The page is busy: {own} of yours are under way. Try again in about {seconds} seconds."
        )
    else:
        said = _(
            "The page is busy: {others} questions of others wait and {own} of yours are under way. "
            "Try again in about {seconds} seconds."
        )
    return said.format(others=others, own=own, seconds=seconds)


def _is_single(fn: Any) -> bool:
    """Say whether an event waits for others of its kind."""
    return fn.concurrency_limit is not None
