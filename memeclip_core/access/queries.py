"""The rows of people, of their sign-ins and of their programs' tokens."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from memeclip_core.access.records import Token, User
from memeclip_core.database.facts import read_fact, write_fact
from memeclip_core.database.schema import PEOPLE_TAKEN, person, session, token


def select_people(connection: Connection) -> tuple[User, ...]:
    """Return everybody who can sign in, by name."""
    columns = (person.c.name, person.c.role, person.c.password)
    rows = connection.execute(select(*columns).order_by(person.c.name))
    return tuple(User(name=row.name, role=row.role, password=row.password) for row in rows)


def insert_people(connection: Connection, users: Iterable[User], now: datetime) -> None:
    """Add people whose names are new."""
    values = [
        {"name": user.name, "role": user.role, "password": user.password, "created": now}
        for user in users
    ]
    connection.execute(insert(person), values)


def select_taken(connection: Connection) -> frozenset[str]:
    """Return the names that were ever taken in from a users file."""
    return frozenset(read_fact(connection, PEOPLE_TAKEN) or ())


def write_taken(connection: Connection, names: Iterable[str]) -> None:
    """Write those names down."""
    write_fact(connection, PEOPLE_TAKEN, sorted(names))


def update_person(connection: Connection, name: str, **facts: str) -> bool:
    """Give somebody another role, password or both; say whether there is such a name."""
    known = update(person).where(person.c.name == name).values(**facts)
    return bool(connection.execute(known).rowcount)


def update_hash(connection: Connection, name: str, old: str, new: str) -> None:
    """Replace a password's hash by another one of the same password."""
    known = update(person).where(person.c.name == name, person.c.password == old)
    connection.execute(known.values(password=new))


def delete_person(connection: Connection, name: str) -> bool:
    """Delete somebody with all sessions and tokens; say whether there was such a name."""
    return bool(connection.execute(delete(person).where(person.c.name == name)).rowcount)


def insert_session(
    connection: Connection, key: str, name: str, *, created: datetime, expires: datetime
) -> None:
    """Add a sign-in."""
    values = {"key": key, "person": name, "created": created, "expires": expires}
    connection.execute(insert(session).values(values))


def select_session(connection: Connection, key: str, now: datetime) -> str | None:
    """Return whose a sign-in is; ``None`` for one that is over or never was."""
    wanted = session.c.key == key, session.c.expires > now
    return connection.execute(select(session.c.person).where(*wanted)).scalar()


def delete_session(connection: Connection, key: str) -> None:
    """End a sign-in."""
    connection.execute(delete(session).where(session.c.key == key))


def delete_sessions(connection: Connection, name: str) -> None:
    """End all sign-ins of a person."""
    connection.execute(delete(session).where(session.c.person == name))


def delete_expired(connection: Connection, now: datetime) -> None:
    """Forget the sign-ins that are over."""
    connection.execute(delete(session).where(session.c.expires <= now))


def insert_token(
    connection: Connection, key: str, name: str, *, title: str, created: datetime
) -> None:
    """Add a token."""
    values = {"key": key, "person": name, "title": title, "created": created}
    connection.execute(insert(token).values(values))


def select_token(connection: Connection, key: str) -> Token | None:
    """Return a token, or ``None``."""
    row = connection.execute(select(token).where(token.c.key == key)).first()
    return None if row is None else _token(row)


def select_tokens(connection: Connection, name: str) -> tuple[Token, ...]:
    """Return a person's tokens, oldest first."""
    rows = select(token).where(token.c.person == name).order_by(token.c.created, token.c.title)
    return tuple(_token(row) for row in connection.execute(rows))


def update_used(connection: Connection, key: str, now: datetime) -> None:
    """Write down when a token was used."""
    connection.execute(update(token).where(token.c.key == key).values(used=now))


def delete_tokens(connection: Connection, name: str, title: str) -> int:
    """Delete a person's tokens of a title; return how many there were."""
    wanted = token.c.person == name, token.c.title == title
    return connection.execute(delete(token).where(*wanted)).rowcount


def _token(row: Any) -> Token:
    return Token(
        key=row.key, person=row.person, title=row.title, created=row.created, used=row.used
    )
