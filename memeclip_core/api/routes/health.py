"""Whether the server answers, and to whom."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Request, Response
from starlette.routing import Route

from memeclip_core.api.identity import Counted
from memeclip_core.api.schemas import Me
from memeclip_core.app.studio import Studio
from memeclip_core.records.health import Health
from memeclip_core.records.schemas import to_json

ROUTES = APIRouter(tags=["health"])
FAILING: Final = 503
AT_ONCE: Final = 2
"""Threads in which it is asked how the server is. Nothing else takes one, so that a server with
much to do is not taken for one that is gone."""


@ROUTES.get("/health", responses={FAILING: {"model": Health}})
async def health(request: Request, response: Response) -> Health:
    """Say that the server answers, what is ready and what is backed up; takes no sign-in."""
    found: Health = await request.app.state.look()
    if found.status == "failing":
        response.status_code = FAILING
    return found


def watch(studio: Studio) -> Callable[[], Awaitable[Health]]:
    """Return what asks how a studio is, in threads of its own."""
    threads = CapacityLimiter(AT_ONCE)

    async def look() -> Health:
        return await to_thread.run_sync(studio.health, limiter=threads)

    return look


def health_route(studio: Studio) -> Route:
    """Return the same under the path that containers and those who watch over them ask for."""
    look = watch(studio)

    async def answer(request: Request) -> Response:
        found = await look()
        code = FAILING if found.status == "failing" else 200
        headers = {"Cache-Control": "no-store"}
        return Response(to_json(found), code, headers, "application/json")

    return Route("/healthz", answer)


@ROUTES.get("/me")
def me(call: Counted) -> Me:
    """Return who asks, with the role that they have now."""
    return Me(person=call.who, write_reason=call.studio.write_reason(call.who))
