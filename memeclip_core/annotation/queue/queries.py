"""The SQL of the queue: who holds which meme of a project, until when.

Rows are worth minutes, so their transactions need not last (``lasting=False``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update

from memeclip_core.database.schema import lease


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


def select_leases(connection: Connection, project: str, now: float) -> tuple[Lease, ...]:
    """Return the leases that have not expired, in the order in which they were given out."""
    found = (
        select(lease.c.meme, lease.c.person, lease.c.client, lease.c.query, lease.c.until)
        .where(lease.c.project == project, lease.c.until > now)
        .order_by(lease.c.number)
    )
    return tuple(Lease(*row) for row in connection.execute(found))


def hold_memes(connection: Connection, project: str, leases: Sequence[Lease], now: float) -> None:
    """Give memes out, or move the ends of leases that their persons have already.

    Expired ones of anybody are swept away.
    """
    own = lease.c.project == project
    connection.execute(delete(lease).where(own, lease.c.until <= now))
    for one in leases:
        values = {"client": one.client, "query": one.query, "until": one.until}
        where = (own, lease.c.meme == one.meme, lease.c.person == one.person)
        if not connection.execute(update(lease).where(*where).values(values)).rowcount:
            keys = {"project": project, "meme": one.meme, "person": one.person}
            connection.execute(insert(lease), {**keys, **values})


def drop_leases(connection: Connection, project: str, person: str, memes: Sequence[str]) -> None:
    """Take a person's memes back."""
    connection.execute(
        delete(lease).where(
            lease.c.project == project, lease.c.person == person, lease.c.meme.in_(memes)
        )
    )


def drop_client(connection: Connection, project: str, person: str, client: str) -> None:
    """Take back everything that one browser tab of a person holds."""
    connection.execute(
        delete(lease).where(
            lease.c.project == project, lease.c.person == person, lease.c.client == client
        )
    )
