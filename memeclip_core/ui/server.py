"""What Gradio's server does otherwise here: doors and quotas, sessions, sign-in, its sentences."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from copy import copy
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

import gradio as gr
from cachetools import LRUCache
from gradio.blocks import Blocks
from gradio.routes import App, file_upload_statuses
from gradio.state_holder import SessionState, StateHolder
from starlette.types import ASGIApp, Receive, Scope, Send

from memeclip_core.api.caller import ADDRESS_KEY, Proxies
from memeclip_core.api.doors import Doors
from memeclip_core.api.origins import host_name
from memeclip_core.api.pace import keep_pace
from memeclip_core.api.problems import sentence
from memeclip_core.api.texts import _
from memeclip_core.api.uploads import LIVE, LONGEST_NAME
from memeclip_core.app.studio import Studio
from memeclip_core.app.upload_folder import UploadFolder
from memeclip_core.records.decision import ADDRESS
from memeclip_core.ui.admission import UNFIT, UNKNOWN, StudioQueue
from memeclip_core.ui.pages.analyse.opened import Queue
from memeclip_core.ui.predict_endpoint import with_example


class StudioBlocks(gr.Blocks):
    """Where Gradio speaks for the page, this says what it says better.

    Attributes:
        shared: whether callers share the queue; see ``StudioQueue``.
    """

    shared = True

    def get_api_info(self, *args: Any, **options: Any) -> Any:
        """Return what Gradio tells of the endpoints; see ``api.with_example``."""
        return with_example(super().get_api_info(*args, **options))

    def queue(self, *args: Any, **options: Any) -> Any:
        """Lay out the queue; who may come in is asked by ``StudioQueue``."""
        super().queue(*args, **options)
        made = self._queue
        self._queue: StudioQueue = StudioQueue(
            live_updates=made.live_updates,
            concurrency_count=made.max_thread_count,
            update_intervals=made.update_intervals,
            max_size=made.max_size,
            blocks=self,
            default_concurrency_limit=made.default_concurrency_limit,
        )
        self._queue.shared = self.shared
        return self

    def launch(self, *args: Any, **options: Any) -> Any:
        """Serve the page; requests that do not come are broken off, see ``api.pace``."""
        begun = super().launch(*args, **options)
        config: Any = self.server.config
        config.http_protocol_class = keep_pace(config.http_protocol_class)
        return begun

    async def process_api(self, *args: Any, **options: Any) -> Any:
        """Have an event answered; whatever nobody meant to raise becomes one sentence.

        Gradio would print it with what was sent. Handlers run in threads to which Gradio hands on
        no request, so that is where it came from is noted here.
        """
        request = getattr(options.get("request"), "request", None)
        ADDRESS.set(str(getattr(request, "scope", {}).get(ADDRESS_KEY, "")))
        try:
            return await super().process_api(*args, **options)
        except gr.Error:
            raise
        except Exception as error:
            raise gr.Error(_(sentence(error)), print_exception=False) from None

    async def preprocess_data(
        self, block_fn: Any, inputs: list[Any], state: Any, explicit_call: bool = False
    ) -> list[Any]:
        """Return the values for a handler; whatever is wrong with them is one sentence.

        Public endpoints are called by programs: they may leave out the last values, and their
        authors need Gradio's own words where there are any.
        """
        public = block_fn.api_visibility == "public"
        if public:
            inputs = [*inputs, *(block.value for block in block_fn.inputs[len(inputs) :])]
        try:
            if not explicit_call:
                _refuse_addresses(inputs)
            return list(await super().preprocess_data(block_fn, inputs, state, explicit_call))
        except Exception as error:
            if public and isinstance(error, gr.Error):
                raise
            raise gr.Error(UNFIT if public else _(UNKNOWN), print_exception=False) from None


def _refuse_addresses(value: Any) -> None:
    """Refuse files of other servers, which Gradio would fetch, whatever they are and weigh."""
    if isinstance(value, dict):
        if "meta" in value and str(value.get("path")).startswith(("http://", "https://")):
            raise ValueError("a file is not an upload")
        value = list(value.values())
    for part in value if isinstance(value, list) else ():
        _refuse_addresses(part)


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

    def held(self) -> Counter[str]:
        """Return the paths of the uploads that tabs have open, and how many tabs have each."""
        return Counter(
            item.path
            for session in list(self.session_data.values())
            for value in list(session.state_data.values())
            if isinstance(value, Queue)
            for item in value.items
        )

    def delete_all_expired_state(self) -> None:
        """Forget tabs that were closed a while ago, and let Gradio drop what expires earlier."""
        super().delete_all_expired_state()  # type: ignore[no-untyped-call]
        now = datetime.now()
        for key, session in list(self.session_data.items()):
            used = self.time_last_used.get(key, now)
            if session.is_closed and (now - used).total_seconds() > CLOSED_FOR:
                self.session_data.pop(key, None)
                self.time_last_used.pop(key, None)


FOLLOWED: Final = 1000
"""Uploads of which somebody has asked how far they are; the least recently asked for goes first."""


class UploadSignals(LRUCache[str, asyncio.Event]):
    """What wakes those who follow an upload, by its name; Gradio keeps all names ever asked for."""

    def __missing__(self, name: str) -> asyncio.Event:
        found = asyncio.Event()
        if len(name) <= LONGEST_NAME:
            self[name] = found
        return found


_INFO: Final = "/gradio_api/info"


class OwnPages:
    """Keeps from Gradio which page an address names: it looks for one of its own and fails.

    What it tells programs of is asked for by the name of its one page, "". Otherwise it makes that
    once, with the name under which the first caller asked for this server.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on without ``page``, which the page's own script reads."""
        if scope["type"] == "http" and scope["path"] in ("/", _INFO):
            asked = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
            kept = [pair for pair in asked if pair[0] != "page"]
            named = urlencode([*kept, ("page", "")] if scope["path"] == _INFO else kept)
            # In place: those around this one read from it afterwards which route has answered.
            scope["query_string"] = named.encode("latin-1")
        await self._app(scope, receive, send)


SWEPT_EVERY: Final = 600.0


def build_lifespan(studio: Studio) -> Callable[[App], AbstractAsyncContextManager[None]]:
    """Return a lifespan that puts doors before everything else, and own sessions behind.

    Gradio puts its own layers outside all middleware that it is handed, and answers a foreign
    page's question beforehand there; so the doors go around the finished whole.
    """
    settings = studio.settings
    own = frozenset({settings.host, *map(host_name, settings.hosts)})

    @asynccontextmanager
    async def lifespan(app: App) -> AsyncIterator[None]:
        assert app.middleware_stack is not None  # it is what runs this
        blocks = app.get_blocks()
        sessions = app.state_holder = Sessions(blocks)
        file_upload_statuses._signals = UploadSignals(FOLLOWED)  # type: ignore[assignment]
        studio.uploads.open(Path(app.uploaded_file_dir), sessions.held, blocks.upload_file_set.add)
        app.middleware_stack = Doors(
            app.middleware_stack,
            proxies=Proxies(trusted=settings.proxies, private=settings.space),
            names=own if settings.loopback or settings.hosts else None,
            hosts=settings.hosts,
            framed=settings.space,
        )
        sweeping = asyncio.create_task(_sweep(studio.uploads, app))
        try:
            yield
        finally:
            sweeping.cancel()
            with suppress(asyncio.CancelledError):
                await sweeping

    return lifespan


async def _sweep(uploads: UploadFolder, app: App) -> None:
    blocks = app.get_blocks()
    while True:
        await asyncio.sleep(SWEPT_EVERY)
        await asyncio.to_thread(uploads.sweep, LIVE)
        # Gradio remembers the name of every file that it was ever sent,
        for names in blocks.temp_file_sets:
            names.difference_update([name for name in names if not os.path.lexists(name)])
        # and of every event that was cancelled as it ran.
        app.iterators_to_reset.intersection_update(blocks._queue.event_ids_to_events)
