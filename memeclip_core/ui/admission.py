"""Which events are taken into the queue, and what is said to whoever is one too many.

Gradio counts all events in one queue and says that it is full. Here a caller who fills it keeps
nobody else out: each has a share, and what waits for the model is counted apart from what does not.
"""

from __future__ import annotations

from typing import Any, Final

from fastapi import HTTPException, Request
from gradio.data_classes import PredictBodyInternal
from gradio.queueing import Event, Queue

from memeclip_core.api.caller import read_caller

MOST_WAITING: Final = 64
"""Events that wait for the model or another thing that there is one of."""
MOST_PENDING: Final = 256
"""All events, of which most take no time."""
SHARE: Final = 4
"""The part of either that one caller may have: a fourth."""
LONGEST_HASH: Final = 64
"""Characters of a session's name, under which the server keeps what belongs to a tab."""

UNKNOWN: Final = (
    "Something was sent that this page does not offer. In a browser, reload the page: it may be "
    "older than the server."
)


class StudioQueue(Queue):
    """Gradio's queue behind a doorkeeper; ``shared`` is off where one person has it alone."""

    shared = True

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        # What it notes of every event, with the tab's name, is for a page that is closed here, and
        # takes a while to add up after each event that fails.
        self.ANALYTICS_MAX_EVENTS = 0

    def compute_analytics_summary(self, records: Any) -> dict[str, Any]:
        """Add nothing up."""
        return {}

    async def push(
        self, body: PredictBodyInternal, request: Request, username: str | None
    ) -> tuple[bool, Any, Any]:
        """Take an event in.

        Raises:
            HTTPException: if there is no such event, or too many wait; says how long to wait.
        """
        fn = self.blocks.fns.get(-1 if body.fn_index is None else body.fn_index)
        if fn is None or fn.fn is None or len(body.session_hash or "") > LONGEST_HASH:
            raise HTTPException(400, UNKNOWN)
        caller = username or read_caller(request.scope)
        pending = list(self.event_ids_to_events.values())
        single = _is_single(fn)
        if single:
            pending = [event for event in pending if _is_single(event.fn)]
        most = MOST_WAITING if single else MOST_PENDING
        own = sum(getattr(event, "caller", None) == caller for event in pending)
        if len(pending) >= most or (self.shared and own >= most // SHARE):
            seconds = self._estimate(fn, pending)
            others = f"{len(pending) - own} questions of others wait" if own < len(pending) else ""
            yours = f"{own} of yours are under way" if own else ""
            raise HTTPException(
                429,
                f"The page is busy: {' and '.join(filter(None, (others, yours)))}. Try again in "
                f"about {seconds} seconds.",
                {"Retry-After": str(seconds)},
            )
        answer = await super().push(body, request, username)
        event: Any = self.event_ids_to_events.get(str(answer[1]))
        if event is not None:
            event.caller = caller
        return answer

    def _estimate(self, fn: Any, pending: list[Event]) -> int:
        """Return after how many seconds there may be room again."""
        took = self.process_time_per_fn[fn].avg_time if fn in self.process_time_per_fn else 1.0
        return max(1, round(took * len(pending) / SHARE))


def _is_single(fn: Any) -> bool:
    """Say whether an event waits for others of its kind."""
    return fn.concurrency_limit is not None
