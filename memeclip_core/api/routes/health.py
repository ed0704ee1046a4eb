"""Whether the server answers, and to whom."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request, Response
from starlette.routing import Route

from memeclip_core.api.identity import Call
from memeclip_core.api.schemas import Me
from memeclip_core.app.studio import Studio
from memeclip_core.records.health import Health
from memeclip_core.records.schemas import to_json

ROUTES = APIRouter(tags=["health"])
FAILING: Final = 503


@ROUTES.get("/health", responses={FAILING: {"model": Health}})
def health(request: Request, response: Response) -> Health:
    """Say that the server answers, what is ready and what is backed up; takes no sign-in."""
    found: Health = request.app.state.studio.health()
    if found.status == "failing":
        response.status_code = FAILING
    return found


def health_route(studio: Studio) -> Route:
    """Return the same under the path that containers and those who watch over them ask for."""

    def answer(request: Request) -> Response:
        found = studio.health()
        code = FAILING if found.status == "failing" else 200
        headers = {"Cache-Control": "no-store"}
        return Response(to_json(found), code, headers, "application/json")

    return Route("/healthz", answer)


@ROUTES.get("/me")
def me(call: Call) -> Me:
    """Return who asks, with the role that they have now."""
    return Me(person=call.who, write_reason=call.studio.write_reason(call.who))
