"""The value objects of webhooks: who is told of what, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

WebhookEvent = Literal["saved", "retrained", "promoted", "test"]
"""What is told: decisions that were saved, a model that a retraining wrote, another model that
answers from now on; and a trial."""

EVENTS: Final[tuple[WebhookEvent, ...]] = ("saved", "retrained", "promoted")
"""What a webhook may be told of; anybody of them is told of ``test``."""

DeliveryState = Literal["waiting", "sent", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """An address that is told what happens; its secret is shown once, when it is made."""

    number: int
    url: str
    events: tuple[str, ...]
    created: datetime
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeWebhook:
    """A webhook that was just made, with the secret that what it is sent is signed with."""

    webhook: Webhook
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One thing that a webhook is told.

    Attributes:
        tries: how often it was sent.
        status: the HTTP status of the last try, or ``None``.
        reason: what was wrong with that, or "".
    """

    number: int
    webhook: int
    event: str
    time: datetime
    state: DeliveryState
    tries: int
    status: int | None
    reason: str
