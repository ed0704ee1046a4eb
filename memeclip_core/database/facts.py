"""Single facts about the home by name, such as what was taken over from an earlier release."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from memeclip_core.database.schema import fact
from memeclip_core.database.upsert import upsert


def read_fact(connection: Connection, name: str) -> Any:
    """Return a fact's value; ``None`` if it was never written."""
    return connection.execute(select(fact.c.value).where(fact.c.name == name)).scalar()


def write_fact(connection: Connection, name: str, value: Any) -> None:
    """Write a fact, in place of what it was before."""
    upsert(connection, fact, [{"name": name, "value": value}])
