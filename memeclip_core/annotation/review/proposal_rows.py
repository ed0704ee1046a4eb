"""The rows of visitors' suggestions: the SQL that finds, adds, decides and deletes them.

Functions run within the transaction of the connection that they are given.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, or_, select, update

from memeclip_core.database.schema import proposal
from memeclip_core.records.project import Labels, Suggestion
from memeclip_core.records.proposal import Proposal

_SHOWN = (
    "number", "time", "task_set", "meme", "text", "text_source", "predicted", "labels", "notes",
    "sessions", "size",
)  # fmt: skip
_WAITS = proposal.c.state == "waiting"


class Row(Protocol):
    """A row of ``proposal`` with the file that was handed in."""

    number: int
    time: datetime
    task_set: str
    meme: str
    text: str
    text_source: Any
    predicted: Any
    labels: Any
    sessions: list[str]
    state: str
    by: str
    save: str
    image: bytes


class Waiting(NamedTuple):
    """How many wait, with how many bytes, and how many of them one session sent."""

    number: int
    size: int
    own: int


def count_waiting(connection: Connection, session: str) -> Waiting:
    """Return how full the queue is."""
    rows = connection.execute(select(proposal.c.size, proposal.c.sessions).where(_WAITS)).all()
    return Waiting(
        number=len(rows),
        size=sum(row.size for row in rows),
        own=sum(session in row.sessions for row in rows),
    )


def find_same(connection: Connection, task_set: str, meme: str, text: str, labels: Labels) -> Any:
    """Return the number, the notes and the sessions of an equal one that waits, or ``None``."""
    columns = (proposal.c[name] for name in ("number", "labels", "notes", "sessions"))
    found = connection.execute(
        select(*columns).where(
            _WAITS,
            proposal.c.task_set == task_set,
            proposal.c.meme == meme,
            proposal.c.text == text,
        )
    )
    return next((row for row in found if read_labels(row.labels) == labels), None)


def add_proposal(connection: Connection, **values: Any) -> None:
    """Add one that waits."""
    connection.execute(insert(proposal).values(values))


def change_proposal(connection: Connection, number: int, **values: Any) -> None:
    """Change values of a row."""
    connection.execute(update(proposal).where(proposal.c.number == number).values(values))


def select_waiting(
    connection: Connection, task_sets: Collection[str], since: datetime, *, start: int, limit: int
) -> tuple[int, list[Proposal]]:
    """Return how many wait that were sent since then, and some of them, the oldest first."""
    where = and_(_WAITS, proposal.c.task_set.in_(task_sets), proposal.c.time >= since)
    total = connection.scalar(select(func.count()).select_from(proposal).where(where)) or 0
    columns = (proposal.c[name] for name in _SHOWN)
    found = select(*columns).where(where).order_by(proposal.c.number).offset(start).limit(limit)
    return total, [_read(row) for row in connection.execute(found)]


def find_row(connection: Connection, number: int) -> Row | None:
    """Return a row by its number."""
    found: Any = connection.execute(select(proposal).where(proposal.c.number == number)).first()
    return found  # type: ignore[no-any-return]


def claim(connection: Connection, number: int, **values: Any) -> bool:
    """Write down what became of one that waits; say whether it did wait."""
    waits = update(proposal).where(proposal.c.number == number, _WAITS).values(values)
    return bool(connection.execute(waits).rowcount)


def delete_old(connection: Connection, sent: datetime, ended: datetime) -> int:
    """Delete what was sent before one time and still waits, and what ended before another."""
    old: ColumnElement[bool] = or_(
        and_(_WAITS, proposal.c.time < sent), and_(~_WAITS, proposal.c.ended < ended)
    )
    return int(connection.execute(delete(proposal).where(old)).rowcount)


def delete_all(connection: Connection) -> int:
    """Delete everything and return how many rows that were."""
    return int(connection.execute(delete(proposal)).rowcount)


def read_labels(plain: Mapping[str, list[str]]) -> Labels:
    """Return labels as they were before they were written."""
    return {task: tuple(names) for task, names in plain.items()}


def write_predicted(predicted: Mapping[str, Suggestion | None]) -> dict[str, Any]:
    """Return what a model said as it is written."""
    return {
        task: {
            "labels": list(said.labels),
            "probabilities": dict(said.probabilities),
            "model": said.model,
        }
        for task, said in predicted.items()
        if said is not None
    }


def read_predicted(plain: Mapping[str, Any]) -> dict[str, Suggestion]:
    """Return what a model said as it was before it was written."""
    return {
        task: Suggestion(
            labels=tuple(said["labels"]),
            probabilities=said["probabilities"],
            model=said["model"],
        )
        for task, said in plain.items()
    }


def _read(row: Any) -> Proposal:
    return Proposal(
        number=row.number,
        time=row.time,
        task_set=row.task_set,
        meme=row.meme,
        has_image=row.size > 0,
        text=row.text,
        text_source=row.text_source,
        predicted=read_predicted(row.predicted),
        labels=read_labels(row.labels),
        notes=tuple(row.notes),
        count=len(row.sessions),
    )
