"""A page that is served to a browser, or to what asks it by HTTP."""

from __future__ import annotations

import json
import secrets
import socket
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import gradio as gr
import httpx
from gradio_client import Client

from memeclip_core.app.studio import Studio
from memeclip_core.ui.app import build_app, launch_options


def find_free_port() -> int:
    """Return a port that nobody listens at.

    Gradio's own search takes the same one twice in two processes that start together. A port that
    the system would choose may be given to any other program until it is used: to everybody who
    connects to something. These are not.
    """
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as sock, suppress(OSError):
            sock.bind(("127.0.0.1", port))
            return port


def connect(url: str, auth: tuple[str, str] | None = None) -> Client:
    """Return a program of Gradio's, as patient as other callers: its own 5 s are too few."""
    return Client(url, auth=auth, verbose=False, httpx_kwargs={"timeout": 60})


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


class Served:
    """An app that runs in the background, and raw calls of its events."""

    def __init__(self, studio: Studio, app: gr.Blocks) -> None:
        self.studio, self.app = studio, app
        self.url = app.local_url.rstrip("/")

    def fn(self, name: str, inputs: int) -> int:
        """Return an event's number by its handler, and by how many values that one takes."""
        found = ((key, fn) for key, fn in self.app.fns.items() if fn.name == name)
        return next(key for key, fn in found if len(fn.inputs) == inputs)

    def sign_in(self, name: str, password: str) -> str:
        """Return the cookie of a person who has signed in."""
        form = urllib.parse.urlencode({"username": name, "password": password}).encode()
        with urllib.request.urlopen(f"{self.url}/login", data=form, timeout=20) as answer:
            cookies = answer.headers.get_all("Set-Cookie")
        return "; ".join(cookie.split(";")[0] for cookie in cookies)

    def post(self, name: str, data: list, cookie: str = "") -> str:
        """Call a private event as anybody could, and return everything it answers."""
        body = {"data": data, "fn_index": self.fn(name, len(data)), "session_hash": "raw"}
        signed = {"Cookie": cookie} if cookie else {}
        request = urllib.request.Request(
            f"{self.url}/gradio_api/queue/join",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json", **signed},
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            answer.read()
        found = []
        address = f"{self.url}/gradio_api/queue/data?session_hash=raw"
        stream = urllib.request.Request(address, headers=signed)
        with urllib.request.urlopen(stream, timeout=20) as lines:
            for line in lines:
                found.append(line.decode())
                if "process_completed" in found[-1]:
                    break
        return "".join(found)


class Exchange:
    """A studio that is another one in each test, so that one page serves them all.

    A browser takes seconds to load a page the first time, and none after it. What a handler asks
    of the studio, or of a part of it that it keeps, goes to the studio of the moment; what runs in
    the background goes on in the one that started it.
    """

    PARTS = ("keys", "projects", "queue", "loop", "backup", "review")

    def __init__(self, studio: Studio) -> None:
        self.studio = studio

    def __getattr__(self, name: str) -> Any:
        return _Part(self, name) if name in self.PARTS else getattr(self.studio, name)


class _Part:
    def __init__(self, exchange: Exchange, name: str) -> None:
        self._exchange, self._name = exchange, name

    def __getattr__(self, name: str) -> Any:
        return getattr(getattr(self._exchange.studio, self._name), name)
