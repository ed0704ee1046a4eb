"""A page that is served, and what asks it by HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from memeclip_core.app.studio import Studio
from memeclip_core.ui.app import build_app, launch_options


@contextmanager
def serve_page(studio: Studio) -> Iterator[httpx.Client]:
    """Serve a studio's page on a free port of 127.0.0.1 while a client asks it."""
    app = build_app(studio)
    options = launch_options(studio) | {"server_name": "127.0.0.1", "server_port": None}
    _, url, _ = app.launch(**options, prevent_thread_lock=True, quiet=True)
    try:
        with httpx.Client(base_url=url.rstrip("/"), timeout=60) as client:
            yield client
    finally:
        app.close(verbose=False)
