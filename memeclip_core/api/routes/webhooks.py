"""Webhooks: other programs that are told what happens; all of it takes an admin."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field

from memeclip_core.api.identity import Call
from memeclip_core.api.schemas import Sent, Text
from memeclip_core.records.webhook import EVENTS, Delivery, MadeWebhook, Webhook

ROUTES = APIRouter(prefix="/webhooks", tags=["webhooks"])
Number = Annotated[int, Path(ge=1, le=2**31, description="A webhook's number.")]


class NewWebhook(Sent):
    """An address of the public internet that begins with https://, and what it is told of."""

    url: Annotated[Text, Field(max_length=500)]
    events: Annotated[tuple[str, ...], Field(max_length=10)] = EVENTS


@ROUTES.get("", response_model=tuple[Webhook, ...])
def webhooks(call: Call) -> object:
    """Return all webhooks, oldest first."""
    return call.studio.webhooks.list(call.who)


@ROUTES.post("", status_code=201, response_model=MadeWebhook)
def add(call: Call, sent: NewWebhook) -> object:
    """Make a webhook; its secret is in this answer and in no other."""
    return call.studio.webhooks.add(call.who, sent.url, sent.events)


@ROUTES.get("/{number}/deliveries", response_model=tuple[Delivery, ...])
def deliveries(call: Call, number: Number) -> object:
    """Return the last things that a webhook was told, newest first, and what came of them."""
    return call.studio.webhooks.deliveries(call.who, number)


@ROUTES.post("/{number}/test", response_model=Delivery)
def test(call: Call, number: Number) -> object:
    """Tell a webhook of a trial, and return what came of it."""
    return call.studio.webhooks.test(call.who, number)


@ROUTES.post("/{number}/remove", status_code=204)
def remove(call: Call, number: Number) -> None:
    """Delete a webhook with all that it was told."""
    call.studio.webhooks.remove(call.who, number)
