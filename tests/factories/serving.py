"""A page that is served to a browser, or to what asks it by HTTP."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import gradio as gr
import httpx

from memeclip_core.app.studio import Studio
from memeclip_core.ui.app import build_app, launch_options


def find_free_port() -> int:
    """Return a port that nobody listens at; Gradio's own search takes the same one twice in two
    processes that start together."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@contextmanager
def launching(studio: Any) -> Iterator[gr.Blocks]:
    """Build a studio's page and serve it on a free port of 127.0.0.1."""
    app = build_app(studio)
    options = launch_options(studio) | {"server_name": "127.0.0.1"}
    options["server_port"] = find_free_port()
    app.launch(**options, prevent_thread_lock=True, quiet=True)
    try:
        yield app
    finally:
        app.close(verbose=False)


@contextmanager
def serving(studio: Any) -> Iterator[str]:
    """Serve a studio's page and return its address."""
    with launching(studio) as app:
        yield app.local_url.rstrip("/")


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
