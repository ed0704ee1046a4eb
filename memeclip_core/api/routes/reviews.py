"""Memes on which people disagree, and how a reviewer settles them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from memeclip_core.api.identity import Call
from memeclip_core.api.schemas import Adjudicated, MemeOfPath, ProjectKey, Resolved, SentBack
from memeclip_core.api.threads import saving
from memeclip_core.records.case import Case, CasePage, Which
from memeclip_core.records.decision import SaveReceipt

ROUTES = APIRouter(prefix="/projects/{project}/cases", tags=["reviews"])
Blind = Annotated[bool, Query(description="Whether to hide who said what.")]


@ROUTES.get("")
def cases(
    call: Call,
    project: ProjectKey,
    which: Which = "open",
    page: Annotated[int, Query(ge=1)] = 1,
    size: Annotated[int, Query(ge=1, le=100)] = 20,
    blind: Blind = True,
) -> CasePage:
    """Return one page of memes to decide, the most tasks in dispute first."""
    return call.studio.review.disagreements(
        call.who, project, which=which, page=page, size=size, blind=blind
    )


@ROUTES.get("/{meme}")
def case(call: Call, project: ProjectKey, meme: MemeOfPath, blind: Blind = True) -> Case:
    """Return what people and the model said of one meme."""
    return call.studio.review.case(call.who, project, meme, blind=blind)


@ROUTES.post("/{meme}/adjudicate")
@saving
def adjudicate(call: Call, project: ProjectKey, meme: MemeOfPath, sent: Adjudicated) -> SaveReceipt:
    """Decide a meme for all."""
    return call.studio.review.adjudicate(call.who, project, meme=meme, **sent.model_dump())


@ROUTES.post("/{meme}/send-back")
@saving
def send_back(call: Call, project: ProjectKey, meme: MemeOfPath, sent: SentBack) -> SaveReceipt:
    """Hand a decision back to who made it; it does not count until it is made anew."""
    return call.studio.review.send_back(call.who, project, meme=meme, **sent.model_dump())


@ROUTES.post("/{meme}/resolve")
@saving
def resolve(call: Call, project: ProjectKey, meme: MemeOfPath, sent: Resolved) -> SaveReceipt:
    """Take everybody's flags off a meme without deciding it."""
    return call.studio.review.resolve(call.who, project, meme=meme, **sent.model_dump())
