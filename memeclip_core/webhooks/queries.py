"""The rows of webhooks and of what they are told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, func, insert, select, update

from memeclip_core.database.schema import (
    decision,
    delivery,
    job,
    model_change,
    model_version,
    webhook,
)
from memeclip_core.records.project import DEMO
from memeclip_core.records.webhook import Delivery, Webhook

_TOLD = tuple(delivery.c[name] for name in Delivery.__dataclass_fields__)
_KNOWN = tuple(webhook.c[name] for name in Webhook.__dataclass_fields__)


class Due(NamedTuple):
    """What is sent now, and whereto."""

    number: int
    url: str
    secret: str
    event: str
    time: datetime
    body: Any
    tries: int


_DUE = tuple((webhook if name in ("url", "secret") else delivery).c[name] for name in Due._fields)


def select_webhooks(connection: Connection) -> tuple[Webhook, ...]:
    """Return all webhooks, oldest first."""
    rows = connection.execute(select(*_KNOWN).order_by(webhook.c.number))
    return tuple(Webhook(**row._mapping) for row in rows)


def insert_webhook(connection: Connection, values: Mapping[str, Any]) -> int:
    """Add a webhook and return its number."""
    made = insert(webhook).values(values).returning(webhook.c.number)
    return int(connection.execute(made).scalar_one())


def delete_webhook(connection: Connection, number: int) -> bool:
    """Delete a webhook with all that it was told; say whether there was one."""
    connection.execute(delete(delivery).where(delivery.c.webhook == number))
    return bool(connection.execute(delete(webhook).where(webhook.c.number == number)).rowcount)


def insert_deliveries(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add what is to be told."""
    if rows:
        connection.execute(insert(delivery), list(rows))


def select_deliveries(connection: Connection, number: int, limit: int) -> tuple[Delivery, ...]:
    """Return the last things that a webhook was told, newest first."""
    found = select(*_TOLD).where(delivery.c.webhook == number)
    rows = connection.execute(found.order_by(delivery.c.number.desc()).limit(limit))
    return tuple(Delivery(**row._mapping) for row in rows)


def claim_due(connection: Connection, now: float, until: float, limit: int) -> tuple[Due, ...]:
    """Return what is due, and keep it from others until then; each counts as one try more."""
    due = delivery.c.state == "waiting", delivery.c.due <= now
    numbers = select(delivery.c.number).where(*due).order_by(delivery.c.due).limit(limit)
    mine = connection.execute(numbers.with_for_update(skip_locked=True)).scalars().all()
    if not mine:
        return ()
    connection.execute(
        update(delivery)
        .where(delivery.c.number.in_(mine))
        .values(due=until, tries=delivery.c.tries + 1)
    )
    found = select(*_DUE).join(webhook, webhook.c.number == delivery.c.webhook)
    rows = connection.execute(found.where(delivery.c.number.in_(mine)).order_by(delivery.c.number))
    return tuple(Due(**row._mapping) for row in rows)


def update_delivery(connection: Connection, number: int, **values: Any) -> None:
    """Write down what became of a try."""
    connection.execute(update(delivery).where(delivery.c.number == number).values(**values))


def delete_old(connection: Connection, before: datetime) -> None:
    """Delete what was told before, and is not to be sent any more."""
    old = delivery.c.time < before, delivery.c.state != "waiting"
    connection.execute(delete(delivery).where(*old))


def read_marks(connection: Connection) -> dict[str, int]:
    """Return the numbers of the last decision and the last change of models."""
    last = {"decision": decision, "model_change": model_change}
    return {
        name: connection.execute(select(func.max(table.c.number))).scalar() or 0
        for name, table in last.items()
    }


def select_saved(connection: Connection, after: int, until: int) -> Iterable[Any]:
    """Yield who decided on which meme of which project, save by save, without demos."""
    columns = decision.c.project, decision.c.task_set, decision.c.meme, decision.c.annotator
    wanted = decision.c.action.in_(("label", "adjudicate"))
    number = decision.c.number
    found = select(*columns, decision.c.save).distinct().where(
        number > after, number <= until, wanted, decision.c.task_set.not_like(f"{DEMO}%")
    )  # fmt: skip
    return connection.execute(found.order_by(*columns, decision.c.save)).all()


def select_model_changes(connection: Connection, after: int, until: int) -> Iterable[Any]:
    """Yield the changes of models after one number up to another, with who had what retrained.

    ``job`` and ``started_by`` are ``None`` where no retraining wrote the model.
    """
    number = model_change.c.number
    found = (
        select(model_change, job.c.id.label("job"), job.c.by.label("started_by"))
        .outerjoin(model_version, model_version.c.version == model_change.c.version)
        .outerjoin(job, job.c.id == model_version.c.job)
        .where(number > after, number <= until)
    )
    return connection.execute(found.order_by(number)).all()
