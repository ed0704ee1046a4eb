"""What is laid around the page when it starts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Final

from gradio.blocks import Blocks
from gradio.routes import App

from memeclip_core.api.caller import Proxies
from memeclip_core.api.doors import Doors
from memeclip_core.api.uploads import Quota, UploadFolder, Uploads
from memeclip_core.config import Settings
from memeclip_core.ui.pages.projects.layout import upload_limit
from memeclip_core.ui.sessions import Sessions

SWEPT_EVERY: Final = 600.0
LEAST: Final = 500_000_000
"""Bytes that one address may upload, however small its files must be."""


def build_lifespan(settings: Settings) -> Callable[[App], AbstractAsyncContextManager[None]]:
    """Return a lifespan that puts doors and quotas before everything else, and own sessions behind.

    Gradio puts its own layers outside all middleware that it is handed, and answers a foreign
    page's question beforehand there; so the doors go around the finished whole.
    """
    most = max(LEAST, 2 * upload_limit(settings))

    @asynccontextmanager
    async def lifespan(app: App) -> AsyncIterator[None]:
        assert app.middleware_stack is not None  # it is what runs this
        blocks = app.get_blocks()
        sessions = app.state_holder = Sessions(blocks)
        uploads = Uploads(
            app.middleware_stack,
            folder=UploadFolder(Path(app.uploaded_file_dir)),
            quota=Quota(total=2 * most, of_an_address=most),
            held=sessions.held,
        )
        app.middleware_stack = Doors(
            uploads,
            proxies=Proxies(trusted=settings.proxies, private=settings.space),
            names=frozenset({settings.host}) if settings.loopback else None,
            hosts=settings.hosts,
            framed=settings.space,
        )
        sweeping = asyncio.create_task(_sweep(uploads, blocks))
        try:
            yield
        finally:
            sweeping.cancel()
            with suppress(asyncio.CancelledError):
                await sweeping

    return lifespan


async def _sweep(uploads: Uploads, blocks: Blocks) -> None:
    while True:
        await asyncio.sleep(SWEPT_EVERY)
        gone = await uploads.sweep()
        # Gradio remembers the name of every file that it was ever sent.
        for names in blocks.temp_file_sets:
            names.difference_update(gone)
