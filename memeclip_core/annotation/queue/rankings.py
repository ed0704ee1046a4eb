"""The SQL of orders that are worked out: rows of ``ranking``, and of ``rank`` for each meme."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from memeclip_core.annotation.projects.queries import count_places
from memeclip_core.database.prepared import Prepared
from memeclip_core.database.schema import bookmark, item, meme, rank, ranking
from memeclip_core.records.project import Project


class Kept(NamedTuple):
    """An order that counts: columns of ``ranking``, and how many memes the project has."""

    number: int
    project: str
    stamp: Any
    note: str
    size: int
    time: float
    cost: float
    total: int

    @property
    def whole(self) -> bool:
        """Whether every meme of the project is in it, or none."""
        return not self.size or self.size >= self.total


_TOTAL = select(func.max(meme.c.place) + 1).where(meme.c.project == bindparam("project"))
_LAST = Prepared(
    select(
        *(ranking.c[name] for name in Kept._fields[:-1]),
        func.coalesce(_TOTAL.scalar_subquery(), 0),
    )
    .where(
        *(ranking.c[name] == bindparam(name) for name in ("project", "ordering", "model")),
        ranking.c.ready,
    )
    .order_by(ranking.c.number.desc())
    .limit(1)
)
CHUNK = 10_000
"""How many memes one transaction takes: others save between two of them."""


def find_ranking(connection: Connection, project: str, order: str, model: str) -> Kept | None:
    """Return the row of an order that counts, or ``None`` while there is none."""
    found = _LAST.rows(connection, project=project, ordering=order, model=model)
    return Kept(*found[0]) if found else None


def last_change(connection: Connection, project: Project) -> int:
    """Return the number of the last row of the log that is of a project."""
    found = select(func.max(item.c.changed)).where(
        item.c.project == project.key, item.c.task_set == project.tasks.key
    )
    return connection.scalar(found) or 0


def select_material(connection: Connection, project: str) -> Sequence[Any]:
    """Return place, id, time and given labels of all memes, in the order of import."""
    columns = (meme.c.place, meme.c.id, meme.c.added, meme.c.given)
    found = select(*columns).where(meme.c.project == project).order_by(meme.c.place)
    return connection.execute(found).all()


def begin(
    connection: Connection, project: str, order: str, model: str, *, now: float, patience: float
) -> int | None:
    """Begin to work an order out; return its number, or ``None`` if somebody is at it."""
    started = select(ranking.c.number).where(
        *_of(project, order, model), ~ranking.c.ready, ranking.c.time > now - patience
    )
    newest = select(func.max(ranking.c.number)).where(*_of(project, order, model))
    if connection.scalar(started.where(ranking.c.number == newest.scalar_subquery())):
        return None
    return add(connection, project, order, model, now=now)


def add(connection: Connection, project: str, order: str, model: str, *, now: float) -> int:
    """Add a ranking that does not count yet, and return its number."""
    row = {"project": project, "ordering": order, "model": model, "stamp": {}, "note": ""}
    made = insert(ranking).values(**row, time=now, cost=0.0).returning(ranking.c.number)
    number: int = connection.execute(made).scalar_one()
    return number


def add_places(connection: Connection, number: int, first: int, places: np.ndarray) -> None:
    """Add the memes of a ranking from a place on, as many as one transaction takes."""
    part = places[first : first + CHUNK].tolist()
    rows = [
        {"ranking": number, "place": first + place, "meme_place": one}
        for place, one in enumerate(part)
    ]
    connection.execute(insert(rank), rows)


def finish(
    connection: Connection,
    number: int,
    *,
    stamp: Any,
    note: str,
    size: int,
    now: float,
    cost: float,
) -> None:
    """Let a ranking count from now on."""
    connection.execute(
        update(ranking)
        .where(ranking.c.number == number)
        .values(stamp=stamp, note=note, size=size, time=now, cost=cost, ready=True)
    )


def list_old(
    connection: Connection, project: str, order: str, model: str, *, kept: int = 2
) -> Sequence[Any]:
    """Return the rankings that nobody can be using: all before the last ones."""
    found = select(ranking.c.number, ranking.c.size).where(*_of(project, order, model))
    return connection.execute(found.order_by(ranking.c.number.desc()).offset(kept).limit(100)).all()


def find_size(connection: Connection, project: str, order: str, number: int) -> int | None:
    """Return how many memes a ranking of a project has; ``None`` if there is none of this order."""
    found = select(ranking.c.size).where(
        ranking.c.project == project, ranking.c.ordering == order, ranking.c.number == number
    )
    return connection.scalar(found)


def delete_places(connection: Connection, old: Any, first: int) -> None:
    """Delete some memes of a ranking, from a place on, and the ranking with the last of them."""
    last = first + CHUNK >= old.size
    part = [] if last else [rank.c.place < first + CHUNK]
    connection.execute(delete(rank).where(rank.c.ranking == old.number, *part))
    if last:
        connection.execute(delete(bookmark).where(bookmark.c.ranking == old.number))
        connection.execute(delete(ranking).where(ranking.c.number == old.number))


def add_the_rest(connection: Connection, kept: Kept) -> None:
    """Put the memes at a ranking's end that came after it was worked out."""
    size = connection.scalar(select(ranking.c.size).where(ranking.c.number == kept.number)) or 0
    total = count_places(connection, kept.project)
    if size and size < total:
        rows = [
            {"ranking": kept.number, "place": place, "meme_place": place}
            for place in range(size, total)
        ]
        connection.execute(insert(rank), rows)
        connection.execute(
            update(ranking).where(ranking.c.number == kept.number).values(size=total)
        )


def _of(project: str, order: str, model: str) -> tuple[Any, ...]:
    return ranking.c.project == project, ranking.c.ordering == order, ranking.c.model == model
