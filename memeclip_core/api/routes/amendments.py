"""What an admin mends of a project's memes."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from memeclip_core.api.identity import Call
from memeclip_core.api.schemas import MemeOfPath, ProjectKey, Reason, Sent, Text
from memeclip_core.records.meme import MemeChange

ROUTES = APIRouter(prefix="/projects/{project}", tags=["amendments"])


class Corrected(Sent):
    """Another text for a meme."""

    text: Annotated[Text, Field(max_length=10_000)]


class Removed(Sent):
    """Why a meme is removed."""

    reason: Reason


@ROUTES.get("/changes")
def changes(
    call: Call,
    project: ProjectKey,
    meme: Annotated[str, Query(pattern="^([0-9a-f]{64})?$", description="Of one meme only.")] = "",
) -> tuple[MemeChange, ...]:
    """Return which texts were corrected and which memes removed or restored, newest first."""
    return call.studio.projects.amendments.changes(call.who, project, meme)


@ROUTES.post("/memes/{meme}/text")
def correct(call: Call, project: ProjectKey, meme: MemeOfPath, sent: Corrected) -> MemeChange:
    """Give a meme another text; what models say of it is computed anew."""
    return call.studio.projects.amendments.correct(call.who, project, meme, sent.text)


@ROUTES.post("/memes/{meme}/remove")
def remove(call: Call, project: ProjectKey, meme: MemeOfPath, sent: Removed) -> MemeChange:
    """Take a meme out of a project; the decisions on it stay in the log."""
    return call.studio.projects.amendments.remove(call.who, project, meme, sent.reason)


@ROUTES.post("/memes/{meme}/restore")
def restore(call: Call, project: ProjectKey, meme: MemeOfPath) -> MemeChange:
    """Put a removed meme back, with what was decided on it."""
    return call.studio.projects.amendments.restore(call.who, project, meme)
