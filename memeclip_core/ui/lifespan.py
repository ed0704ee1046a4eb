"""What is laid around the page when it starts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from gradio.routes import App

from memeclip_core.config import Settings
from memeclip_core.ui.sessions import Sessions
from memeclip_core.web.caller import Proxies
from memeclip_core.web.doors import Doors


def build_lifespan(settings: Settings) -> Callable[[App], AbstractAsyncContextManager[None]]:
    """Return a lifespan that puts the doors before everything else, and sessions of our own behind.

    Gradio puts its own layers outside all middleware that it is handed, and answers a foreign
    page's question beforehand there; so the doors go around the finished whole.
    """

    @asynccontextmanager
    async def lifespan(app: App) -> AsyncIterator[None]:
        app.state_holder = Sessions(app.get_blocks())
        assert app.middleware_stack is not None  # it is what runs this
        app.middleware_stack = Doors(
            app.middleware_stack,
            proxies=Proxies(trusted=settings.proxies, private=settings.space),
            names=frozenset({settings.host}) if settings.loopback else None,
            hosts=settings.hosts,
            framed=settings.space,
        )
        yield

    return lifespan
