"""What to label next, and what a project holds."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from memeclip_core.api.identity import Call
from memeclip_core.api.schemas import (
    Asked,
    Browsed,
    Given,
    MemeOfPath,
    Opened,
    ProjectKey,
    Released,
)
from memeclip_core.records.queue import Held, HistoryEntry, Page, QueueCounts, Recent, WorkItem

ROUTES = APIRouter(prefix="/projects/{project}", tags=["queue"])


@ROUTES.post("/queue/next")
def give_next(call: Call, project: ProjectKey, sent: Asked) -> Given:
    """Give out the memes to label next: the first to be shown, the others ahead."""
    queue, filters = call.studio.queue, sent.filters.read
    items = queue.next(
        call.who,
        project,
        filters=filters,
        order=sent.order,
        count=sent.count,
        client=sent.client,
    )
    nothing = not items
    return Given(
        items=items,
        held=queue.held(call.who, project, filters=filters, client=sent.client)
        if nothing
        else Held(),
        counts=queue.counts(call.who, project),
        version=call.studio.projects.project(call.who, project).version,
    )


@ROUTES.post("/queue/open")
def open_meme(call: Call, project: ProjectKey, sent: Opened) -> WorkItem:
    """Give out one meme, or keep it longer for whoever has it."""
    return call.studio.queue.open(call.who, project, sent.meme, sent.client)


@ROUTES.post("/queue/release", status_code=204)
def release(call: Call, project: ProjectKey, sent: Released) -> None:
    """Give back what one client holds, or what all of one's own do."""
    client = "" if sent.everywhere else sent.client
    call.studio.queue.release(call.who, project, client)


@ROUTES.post("/queue/held")
def held(call: Call, project: ProjectKey, sent: Asked) -> Held:
    """Return what others, and one's other clients, hold."""
    filters = sent.filters.read
    return call.studio.queue.held(call.who, project, filters=filters, client=sent.client)


@ROUTES.get("/queue/counts")
def counts(call: Call, project: ProjectKey) -> QueueCounts:
    """Return how far one is."""
    return call.studio.queue.counts(call.who, project)


@ROUTES.get("/queue/recent")
def recent(
    call: Call, project: ProjectKey, limit: Annotated[int, Query(ge=1, le=100)] = 10
) -> tuple[Recent, ...]:
    """Return one's last decisions that are not taken back, newest first."""
    return call.studio.queue.recent(call.who, project, limit)


@ROUTES.post("/memes/browse")
def browse(call: Call, project: ProjectKey, sent: Browsed) -> Page:
    """Return one page of the memes that the filter finds, without pictures."""
    return call.studio.queue.browse(
        call.who,
        project,
        filters=sent.filters.read,
        order=sent.order,
        page=sent.page,
        size=sent.size,
    )


@ROUTES.get("/memes/{meme}/history")
def history(call: Call, project: ProjectKey, meme: MemeOfPath) -> tuple[HistoryEntry, ...]:
    """Return what happened to a meme, oldest first, as far as one may know it by now."""
    return call.studio.queue.history(call.who, project, meme)
