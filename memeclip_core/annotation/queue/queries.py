"""The SQL of the queue: which memes are meant, in which order, and who holds which until when.

Rows of leases, rounds and bookmarks are worth minutes, so their transactions need not last
(``lasting=False``). Whoever gives memes out does it in a transaction of the order that
``order_of`` names.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    Select,
    and_,
    bindparam,
    delete,
    exists,
    func,
    or_,
    select,
    true,
)

from memeclip_core.annotation.queue.filters import Pool
from memeclip_core.database.prepared import Prepared
from memeclip_core.database.schema import (
    assignment,
    bookmark,
    dealt,
    item,
    lease,
    mark,
    meme,
    rank,
)
from memeclip_core.database.upsert import insert_missing, upsert

FORGOTTEN = 24 * 3600.0
"""After how many seconds it is forgotten what a person has gone through in a round."""


_PROJECT: BindParameter[str] = bindparam("project")
_BOOKMARK = Prepared(
    select(bookmark.c.place).where(
        *(bookmark.c[name] == bindparam(name) for name in ("project", "person", "ranking"))
    )
)


@dataclass(frozen=True, slots=True)
class Lease:
    """A meme that a person holds.

    Attributes:
        client: the browser tab that holds it, in the page's own words.
        query: what was asked for when it was given out.
        until: seconds since 1970; nobody holds it from then on.
    """

    meme: str
    person: str
    client: str
    query: str
    until: float


@dataclass(frozen=True, slots=True)
class Found:
    """A meme that was found: its id, its place in the order of import, and in that asked for."""

    id: str
    place: int
    spot: int


def order_of(project: str) -> str:
    """Return the order of the transactions that give a project's memes out."""
    return f"queue-{project}"


# --- which memes --------------------------------------------------------------------------------


def search(
    pool: Pool,
    conditions: Sequence[ColumnElement[bool]],
    *,
    ranked: bool,
    few: bool = False,
    started: bool = False,
    assigned: bool = False,
) -> Select[Any]:
    """Return the statement that finds memes in an order, as ``Found`` has them.

    Its parameters are the pool's, ``limit`` and ``offset``, ``ranking`` if ranked, and ``start``
    if started.

    Args:
        pool: the memes and what they are to a person.
        conditions: which of them.
        ranked: whether the order is a ranking and not that of import.
        few: whether the conditions find few memes, so that it is better to look them up and sort
            them than to go through the order.
        started: whether it begins at a place of the order.
        assigned: whether only memes are meant that are assigned to who asks, which are ``few``.
    """
    source: FromClause = meme
    spot: Any = meme.c.place
    where = [meme.c.project == _PROJECT, *conditions]
    if few and not ranked:
        spot = spot + 0  # so that SQLite does not go through the order all the same
    elif few:
        found = select(rank.c.place).where(
            rank.c.ranking == bindparam("ranking"), rank.c.meme_place == meme.c.place
        )
        spot = found.scalar_subquery()
    elif ranked:
        here = and_(meme.c.project == _PROJECT, meme.c.place == rank.c.meme_place)
        source, spot = rank.join(meme, here), rank.c.place
        where.append(rank.c.ranking == bindparam("ranking"))
    if assigned:
        here = and_(assignment.c.project == meme.c.project, assignment.c.meme == meme.c.id)
        source = assignment.join(meme, here)
        where += [assignment.c.project == _PROJECT, assignment.c.person == bindparam("who")]
    if started:
        where.append(spot >= bindparam("start"))
    column = spot.label("spot")
    return (
        select(meme.c.id, meme.c.place, column)
        .select_from(pool.join(source))
        .where(*where)
        .order_by(column)
        .limit(bindparam("limit", type_=Integer))
        .offset(bindparam("offset", type_=Integer))
    )


def find_memes(
    connection: Connection,
    pool: Pool,
    conditions: Sequence[ColumnElement[bool]],
    ranking: int,
    *,
    limit: int,
    offset: int = 0,
    start: int = 0,
    few: bool = False,
) -> list[Found]:
    """Return memes in an order, from a place on: 0 is that of import; see ``search``."""
    found = search(pool, conditions, ranked=ranking > 0, few=few, started=start > 0)
    given = {"limit": limit, "offset": offset, "ranking": ranking, "start": start}
    return [Found(*row) for row in connection.execute(found, {**pool.values, **given})]


def is_any(memes: Iterable[str]) -> ColumnElement[bool]:
    """Return the condition that a meme is one of these."""
    return meme.c.id.in_(list(memes))


def is_named() -> ColumnElement[bool]:
    """Return the condition that a meme is among the parameter ``names``."""
    return meme.c.id.in_(bindparam("names", expanding=True))


def count_memes(
    connection: Connection, pool: Pool, conditions: Sequence[ColumnElement[bool]]
) -> int:
    """Return how many memes meet the conditions."""
    found = select(func.count()).select_from(pool.join(meme))
    return connection.scalar(found.where(meme.c.project == _PROJECT, *conditions), pool.values) or 0


def select_marks(connection: Connection, pool: Pool, memes: Sequence[str]) -> dict[str, Any]:
    """Return the marks on memes of the person whose memes are meant; {} without any."""
    theirs = pool.theirs
    found = select(theirs.c.meme, theirs.c.state, theirs.c.flagged, theirs.c.returned).where(
        theirs.c.project == pool.project.key,
        theirs.c.task_set == pool.project.tasks.key,
        theirs.c.person == pool.name,
        theirs.c.meme.in_(memes),
    )
    return {row.meme: row for row in connection.execute(found)}


def select_returned(connection: Connection, pool: Pool) -> Sequence[str]:
    """Return the memes that were sent back to the person who asks, and are not decided anew."""
    found = select(mark.c.meme).where(
        mark.c.project == pool.project.key,
        mark.c.task_set == pool.project.tasks.key,
        mark.c.person == pool.who,
        mark.c.returned == true(),
    )
    return connection.scalars(found).all()


# --- leases -------------------------------------------------------------------------------------


def count_undecided(*which: ColumnElement[bool]) -> Select[int]:
    """Return the query of how many leases those hold who have not decided the meme.

    Those to whom it was sent back are left out too.

    Args:
        which: of the leases that last in ``project`` after ``now``.
    """
    holder = mark.alias("holder")
    theirs = and_(
        holder.c.project == _PROJECT,
        holder.c.task_set == bindparam("task_set"),
        holder.c.meme == lease.c.meme,
        holder.c.person == lease.c.person,
    )
    return (
        select(func.count())
        .select_from(lease.outerjoin(holder, theirs))
        .where(
            *_ACTIVE,
            *which,
            func.coalesce(holder.c.state, "pending") != "done",
            holder.c.returned.is_not(True),
        )
    )


def is_free(pool: Pool) -> ColumnElement[bool]:
    """Return the condition that leases leave a place at a meme for the person in this tab.

    A person who decided a meme, or to whom it was sent back, always has one; nobody has in two
    tabs at once.
    """
    held = exists(lease.c.number).where(*_ACTIVE, lease.c.meme == meme.c.id)
    own = held.where(lease.c.person == bindparam("who"))
    # Those who decided it, or to whom it was sent back, are counted as such.
    others = count_undecided(
        lease.c.meme == meme.c.id, lease.c.person != bindparam("who")
    ).scalar_subquery()
    item_here = and_(
        item.c.project == _PROJECT,
        item.c.task_set == bindparam("task_set"),
        item.c.meme == meme.c.id,
    )
    taken = select(item.c.decided + item.c.awaited).where(item_here).scalar_subquery()
    return and_(
        ~own.where(lease.c.client != bindparam("client")),
        or_(
            ~held,
            own.where(lease.c.client == bindparam("client")),
            pool.is_own,
            func.coalesce(taken, 0) + others < meme.c.wanted,
        ),
    )


def select_leases(
    connection: Connection,
    project: str,
    now: float,
    *,
    person: str = "",
    memes: Sequence[str] | None = None,
) -> tuple[Lease, ...]:
    """Return the leases that have not expired, in the order in which they were given out.

    Only one person's, or only those of some memes, if they are named.
    """
    statement = _LEASES[bool(person), memes is not None]
    given = {} if memes is None else {"memes": memes}
    rows = statement.rows(connection, project=project, now=now, person=person, **given)
    return tuple(Lease(*row) for row in rows)


def hold_memes(connection: Connection, project: str, leases: Sequence[Lease], now: float) -> None:
    """Give memes out, or move the ends of leases that their persons have already.

    Those of anybody that expired long ago are swept away; a save that comes sooner is late.
    """
    _SWEEP.run(connection, [{"project": project, "now": now - FORGOTTEN}])
    for person in {one.person for one in leases}:
        own = [one.meme for one in leases if one.person == person]
        _SWEEP_OWN.run(
            connection, [{"project": project, "person": person, "memes": own, "now": now}]
        )
    rows = [{"project": project} | dict(zip(_LEASE, astuple(one), strict=True)) for one in leases]
    upsert(connection, lease, rows, keys=("project", "meme", "person"))


def count_late(
    connection: Connection, project: str, person: str, memes: Sequence[str], now: float
) -> int:
    """Return how many of some memes a person held until lately, and holds no more."""
    given = {"project": project, "person": person, "memes": memes, "now": now}
    return len(_LATE.rows(connection, **given)) if memes else 0


def drop_leases(connection: Connection, project: str, person: str, memes: Sequence[str]) -> None:
    """Take a person's memes back."""
    if memes:
        _DROP.run(connection, [{"project": project, "person": person, "memes": memes}])


def drop_client(connection: Connection, project: str, person: str, client: str) -> None:
    """Take back everything that one browser tab of a person holds; "" is all that they hold."""
    where = [lease.c.client == client] if client else []
    connection.execute(
        delete(lease).where(lease.c.project == project, lease.c.person == person, *where)
    )


_LEASE = tuple(field.name for field in fields(Lease))
_ACTIVE = (lease.c.project == _PROJECT, lease.c.until > bindparam("now"))
_OF_PERSON = lease.c.person == bindparam("person")
_OF_MEMES = lease.c.meme.in_(bindparam("memes", expanding=True))
_LEASES = {
    (person, memes): Prepared(
        select(*(lease.c[name] for name in _LEASE))
        .where(*_ACTIVE, *[_OF_PERSON] * person, *[_OF_MEMES] * memes)
        .order_by(lease.c.number)
    )
    for person in (False, True)
    for memes in (False, True)
}
_EXPIRED = (lease.c.project == _PROJECT, lease.c.until <= bindparam("now"))
_LATE = Prepared(select(lease.c.meme).where(*_EXPIRED, _OF_PERSON, _OF_MEMES))
_SWEEP = Prepared(delete(lease).where(*_EXPIRED))
_SWEEP_OWN = Prepared(delete(lease).where(*_EXPIRED, _OF_PERSON, _OF_MEMES))
_DROP = Prepared(delete(lease).where(lease.c.project == _PROJECT, _OF_PERSON, _OF_MEMES))


# --- rounds and bookmarks -----------------------------------------------------------------------


def deal(
    connection: Connection, project: str, person: str, dealt_with: Iterable[Lease], now: float
) -> None:
    """Keep what a person has dealt with in rounds, so that they go on to the next memes."""
    connection.execute(delete(dealt).where(dealt.c.project == project, dealt.c.until <= now))
    where = {"project": project, "person": person, "until": now + FORGOTTEN}
    rows = [{**where, "query": one.query, "meme": one.meme} for one in dealt_with]
    insert_missing(connection, dealt, rows)


def was_dealt() -> ColumnElement[bool]:
    """Return the condition that the person has dealt with a meme in a round."""
    return exists(dealt.c.meme).where(
        dealt.c.project == _PROJECT,
        dealt.c.person == bindparam("who"),
        dealt.c.query == bindparam("query"),
        dealt.c.meme == meme.c.id,
    )


def end_round(connection: Connection, project: str, person: str, query: str) -> None:
    """Let a round begin anew."""
    connection.execute(delete(dealt).where(*_round(project, person), dealt.c.query == query))


def take_up(connection: Connection, project: str, person: str, memes: Sequence[str]) -> None:
    """Let rounds give memes again whose save was taken back."""
    connection.execute(delete(dealt).where(*_round(project, person), dealt.c.meme.in_(memes)))


def read_bookmark(connection: Connection, project: str, person: str, ranking: int) -> int:
    """Return the place of an order before which nothing can go to a person."""
    found = _BOOKMARK.rows(connection, project=project, person=person, ranking=ranking)
    return found[0][0] if found else 0


def move_bookmark(connection: Connection, pool: Pool, ranking: int, start: int) -> None:
    """Look for the first meme of an order, from a place on, that could go to a person, held or not.

    Nothing is kept where there is none.
    """
    where = [pool.is_open, func.coalesce(pool.own.c.state, "pending") == "pending"]
    found = find_memes(connection, pool, where, ranking, limit=1, start=start)
    if found:
        row = {"project": pool.project.key, "person": pool.who, "ranking": ranking}
        upsert(connection, bookmark, [{**row, "place": found[0].spot}])


def _round(project: str, person: str) -> list[ColumnElement[bool]]:
    return [dealt.c.project == project, dealt.c.person == person]
