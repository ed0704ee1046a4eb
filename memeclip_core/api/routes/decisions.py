"""What people decide: saved when the answer is there, and counted once however often it is sent."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter

from memeclip_core.api.identity import Call
from memeclip_core.api.schemas import (
    Decided,
    DecidedMany,
    Drafted,
    Flagged,
    Noted,
    ProjectKey,
    Skipped,
    TakenBack,
    Undo,
)
from memeclip_core.api.threads import saving
from memeclip_core.records.queue import Recent, Saved

ROUTES = APIRouter(prefix="/projects/{project}", tags=["decisions"])
LAST: Final = 10


@ROUTES.post("/decisions")
@saving
def save(call: Call, project: ProjectKey, sent: Decided) -> Noted:
    """Save a decision; one that was made under an older label set is kept as a draft."""
    return _noted(call, project, call.studio.queue.save(call.who, project, **sent.model_dump()))


@ROUTES.post("/decisions/many")
@saving
def save_many(call: Call, project: ProjectKey, sent: DecidedMany) -> Noted:
    """Save one decision for several memes; ``refused`` names those that were left out."""
    saved = call.studio.queue.save_many(call.who, project, **sent.model_dump())
    return _noted(call, project, saved)


@ROUTES.post("/drafts")
@saving
def draft(call: Call, project: ProjectKey, sent: Drafted) -> Noted:
    """Keep labels that are not decided yet."""
    return _noted(call, project, call.studio.queue.draft(call.who, project, **sent.model_dump()))


@ROUTES.post("/skips")
@saving
def skip(call: Call, project: ProjectKey, sent: Skipped) -> Noted:
    """Pass a meme over with a reason; it stays among one's skipped, for later."""
    return _noted(call, project, call.studio.queue.skip(call.who, project, **sent.model_dump()))


@ROUTES.post("/flags")
@saving
def flag(call: Call, project: ProjectKey, sent: Flagged) -> Noted:
    """Mark a meme for attention with a reason, or unmark it."""
    return _noted(call, project, call.studio.queue.flag(call.who, project, **sent.model_dump()))


@ROUTES.post("/undo")
@saving
def undo(call: Call, project: ProjectKey, sent: Undo) -> TakenBack:
    """Take back one's last save, skip or flag; a bulk as a whole."""
    undone = call.studio.queue.undo(call.who, project, sent.client, sent.undo or "")
    return TakenBack(undone=undone, recent=_recent(call, project))


def _noted(call: Call, project: str, saved: Saved) -> Noted:
    return Noted(saved=saved, recent=_recent(call, project))


def _recent(call: Call, project: str) -> tuple[Recent, ...]:
    return call.studio.queue.recent(call.who, project, LAST)
