"""A page that is served to a browser, or to what asks it by HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from memeclip_core.app.studio import Studio
from memeclip_core.ui.app import build_app, launch_options


@contextmanager
def serving(studio: Any) -> Iterator[str]:
    """Serve a studio's page on a free port of 127.0.0.1 and return its address."""
    app = build_app(studio)
    options = launch_options(studio) | {"server_name": "127.0.0.1", "server_port": None}
    _, url, _ = app.launch(**options, prevent_thread_lock=True, quiet=True)
    try:
        yield url.rstrip("/")
    finally:
        app.close(verbose=False)


@contextmanager
def serve_page(studio: Studio) -> Iterator[httpx.Client]:
    """Serve a studio's page and return a client that asks it."""
    with serving(studio) as url, httpx.Client(base_url=url, timeout=60) as client:
        yield client


class Exchange:
    """A studio that is another one in each test, so that one page serves them all.

    A browser takes seconds to load a page the first time, and none after it. What a handler asks
    of the studio, or of a part of it that it keeps, goes to the studio of the moment; what runs in
    the background goes on in the one that started it.
    """

    PARTS = ("projects", "queue", "loop", "backup", "review")

    def __init__(self, studio: Studio) -> None:
        self.studio = studio

    def __getattr__(self, name: str) -> Any:
        return _Part(self, name) if name in self.PARTS else getattr(self.studio, name)


class _Part:
    def __init__(self, exchange: Exchange, name: str) -> None:
        self._exchange, self._name = exchange, name

    def __getattr__(self, name: str) -> Any:
        return getattr(getattr(self._exchange.studio, self._name), name)
