"""What people say to one another about a meme."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field

from memeclip_core.api.identity import Call
from memeclip_core.api.schemas import MemeOfPath, ProjectKey, SaveId, Sent, Text
from memeclip_core.records.comment import Comment, Talk, TalkCounts, Talking, Thread

ROUTES = APIRouter(prefix="/projects/{project}", tags=["comments"])


class Commented(Sent):
    """Plain text about a meme; ``thread`` is the number of that which it answers in, 0 of none."""

    save: SaveId
    text: Annotated[Text, Field(max_length=2000)]
    thread: Annotated[int, Field(ge=0, le=2**53)] = 0


class Settled(Sent):
    """Whether a thread is resolved."""

    resolved: bool = True


@ROUTES.get("/comments")
def threads(
    call: Call,
    project: ProjectKey,
    which: Talking = "open",
    limit: Annotated[int, Query(ge=1, le=100)] = 100,
) -> tuple[Thread, ...]:
    """Return the newest threads that one may read; answered are those that wait for oneself."""
    return call.studio.comments.threads(call.who, project, which=which, limit=limit)


@ROUTES.get("/comments/counts")
def counts(call: Call, project: ProjectKey) -> TalkCounts:
    """Return how many memes have an open thread, and how many of one's own an answer."""
    return call.studio.comments.counts(call.who, project)


@ROUTES.post("/comments/{thread}/resolve", status_code=204)
def resolve(
    call: Call, project: ProjectKey, thread: Annotated[int, Path(ge=1, le=2**53)], sent: Settled
) -> None:
    """Say that a thread is settled, or open it again."""
    call.studio.comments.resolve(call.who, project, thread=thread, resolved=sent.resolved)


@ROUTES.get("/memes/{meme}/comments")
def talk(
    call: Call,
    project: ProjectKey,
    meme: MemeOfPath,
    blind: Annotated[bool, Query(description="Whether to hide who said what.")] = False,
) -> Talk:
    """Return the threads of a meme, as far as one may read them by now."""
    return call.studio.comments.talk(call.who, project, meme, blind=blind)


@ROUTES.post("/memes/{meme}/comments")
def say(call: Call, project: ProjectKey, meme: MemeOfPath, sent: Commented) -> Comment:
    """Begin a thread on a meme, or answer in one."""
    return call.studio.comments.say(call.who, project, meme=meme, **sent.model_dump())
