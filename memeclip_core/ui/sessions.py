"""What the server remembers of a browser tab: what its page keeps, and nothing of its widgets."""

from __future__ import annotations

from copy import copy
from datetime import datetime
from typing import Any, Final

from gradio.blocks import Blocks
from gradio.state_holder import SessionState, StateHolder

from memeclip_core.ui.pages.analyse.opened import Queue

KEPT: Final = 1000
"""Sessions, some 25 kB each and what is open in it; the least recently used goes first."""

CLOSED_FOR: Final = 3600.0
"""Seconds after which a closed tab is forgotten; a laptop may come back before."""


class Session(SessionState):
    """A tab's state without Gradio's copy of every widget.

    That copy is for links to a state of the page, which are closed here, and takes half a megabyte.
    """

    def __init__(self, blocks: Blocks) -> None:
        self.blocks_config = copy(blocks.default_config)
        self.config_values = _Nothing()
        self.state_data: dict[int, Any] = {}
        self._state_ttl = {}
        self.is_closed = False
        self.STATE_TTL_WHEN_CLOSED = int(CLOSED_FOR)

    def _update_config(self, key: int) -> None:
        pass

    def _update_value_in_config(self, key: int, value: Any) -> None:
        pass


class _Nothing(dict[int, Any]):
    """Keeps nothing of what is put into it."""

    def __setitem__(self, key: int, value: Any) -> None:
        pass


class Sessions(StateHolder):
    """The sessions of all tabs. A call that names no session leaves none behind."""

    def __init__(self, blocks: Blocks) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.set_blocks(blocks)

    def __getitem__(self, session_id: str) -> SessionState:
        """Return a session; a new one if it is not known."""
        if session_id in self.blocks._queue.event_ids_to_events:
            # Gradio names the session of such a call after the call, and nobody asks for it again.
            return Session(self.blocks)
        if session_id not in self.session_data:
            self.session_data[session_id] = Session(self.blocks)
        self.update(session_id)
        self.time_last_used[session_id] = datetime.now()
        return self.session_data[session_id]

    def held(self) -> set[str]:
        """Return the paths of the uploads that somebody has open."""
        return {
            item.path
            for session in list(self.session_data.values())
            for value in list(session.state_data.values())
            if isinstance(value, Queue)
            for item in value.items
        }

    def delete_all_expired_state(self) -> None:
        """Forget tabs that were closed a while ago, and let Gradio drop what expires earlier."""
        super().delete_all_expired_state()  # type: ignore[no-untyped-call]
        now = datetime.now()
        for key, session in list(self.session_data.items()):
            used = self.time_last_used.get(key, now)
            if session.is_closed and (now - used).total_seconds() > CLOSED_FOR:
                self.session_data.pop(key, None)
                self.time_last_used.pop(key, None)
