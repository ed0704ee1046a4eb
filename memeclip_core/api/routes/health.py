"""Whether the server answers, and to whom."""

from __future__ import annotations

from fastapi import APIRouter, Request

from memeclip_core.api.identity import Call
from memeclip_core.api.schemas import Health, Me

ROUTES = APIRouter(tags=["health"])


@ROUTES.get("/health")
def health(request: Request) -> Health:
    """Say that the server answers; takes no sign-in."""
    studio = request.app.state.studio
    return Health(status="ok", ready=studio.status(studio.task_sets[0].key).warm)


@ROUTES.get("/me")
def me(call: Call) -> Me:
    """Return who asks, with the role that they have now."""
    return Me(person=call.who, write_reason=call.studio.write_reason(call.who))
