"""The rows of projects: how they are deleted, in whatever table they lie, and what is left of them.

Of a project that an admin deleted a fact is kept, so that nothing takes its decisions in again from
a file, and what lies on the disk is cleared even if the program is killed in between.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Final

from sqlalchemy import (
    Connection,
    Delete,
    Select,
    Text,
    delete,
    exists,
    select,
    type_coerce,
)

from memeclip_core.database.facts import write_fact
from memeclip_core.database.parts import split_values
from memeclip_core.database.schema import (
    decision,
    delivery,
    fact,
    job,
    lesson,
    meme,
    metadata,
    project,
    rank,
    ranking,
    reading,
)
from memeclip_core.records.project import DEMO

OF_DEMO = project.c.task_set.like(f"{DEMO}%")
"""Of a project that is a demo."""

DEMOS = select(project.c.key).where(OF_DEMO)
"""The keys of the projects that are demos."""

_KINDS: Final = ("import", "export", "predict")
"""The jobs whose subject is a project; that of a retraining is a task set of perhaps that name."""

_DELETED: Final = "deleted project "


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """What is kept of a project that was deleted.

    Attributes:
        time: when, as ISO 8601 in UTC.
        by: who did it.
        decisions, memes: how many rows of the log and memes it had.
        left: its memes, whose pictures are still to be looked at; ``None`` once nothing is left.
        cleared: the homes in which nothing is left, where several share the database; by
            ``Home.find_place``.
    """

    time: str
    by: str
    decisions: int
    memes: int
    left: tuple[str, ...] | None
    cleared: tuple[str, ...] = ()


def list_deletions(keys: Select[tuple[str]]) -> tuple[Delete, ...]:
    """Return what deletes all that belongs to projects, in an order in which it can be carried out.

    What a meme teaches goes with it, and is gathered anew from what is decided on it elsewhere.
    """
    ranked = select(ranking.c.number).where(ranking.c.project.in_(keys))
    own: list[Any] = [table for table in metadata.sorted_tables if "project" in table.c]
    decided = exists().where(
        decision.c.project.in_(keys),
        decision.c.meme == lesson.c.meme,
        decision.c.task_set == lesson.c.task_set,
    )
    here, elsewhere = (
        select(meme.c.id).where(where)
        for where in (meme.c.project.in_(keys), meme.c.project.not_in(keys))
    )
    named = keys.subquery().c[0]
    told = type_coerce(delivery.c.body, Text).contains('"project": "' + named + '"')
    return (
        delete(lesson).where(decided),
        delete(reading).where(reading.c.meme.in_(here), reading.c.meme.not_in(elsewhere)),
        delete(delivery).where(exists(named).where(told)),
        delete(rank).where(rank.c.ranking.in_(ranked)),
        delete(job).where(job.c.subject.in_(keys), job.c.kind.in_(_KINDS)),
        *(delete(table).where(table.c.project.in_(keys)) for table in reversed(own)),
        delete(project).where(project.c.key.in_(keys)),
    )


def select_used(connection: Connection, memes: Iterable[str]) -> set[str]:
    """Return those of some memes that a project has, or on which something was decided."""
    columns = meme.c.id, decision.c.meme
    return {
        found
        for part in split_values(memes)
        for column in columns
        for found in connection.scalars(select(column).where(column.in_(part)).distinct())
    }


def write_deleted(connection: Connection, key: str, gone: Deleted) -> None:
    """Keep that a project was deleted."""
    write_fact(connection, _DELETED + key, asdict(gone))


def select_deleted(connection: Connection) -> dict[str, Deleted]:
    """Return the projects that were deleted, by key."""
    found = select(fact.c.name, fact.c.value).where(fact.c.name.startswith(_DELETED))
    return {
        name.removeprefix(_DELETED): Deleted(
            **{
                **value,
                "left": None if value["left"] is None else tuple(value["left"]),
                "cleared": tuple(value.get("cleared", ())),
            }
        )
        for name, value in connection.execute(found.order_by(fact.c.name))
    }
