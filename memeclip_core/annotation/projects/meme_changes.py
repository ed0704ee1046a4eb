"""The SQL of what an admin mends: texts that are corrected, memes that are removed and restored.

All functions run within the transaction of the connection that they are given.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    BindParameter,
    Connection,
    Select,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    true,
    update,
)

from memeclip_core.database.parts import split_values
from memeclip_core.database.prepared import Prepared
from memeclip_core.database.schema import bookmark, lease, meme, meme_change, project
from memeclip_core.records.meme import MemeChange
from memeclip_core.records.project import ProjectMeme

_PROJECT: BindParameter[str] = bindparam("project")
_WRITTEN = ("project", "meme", "time", "by", "action", "before", "after", "reason")
_REMOVED = Prepared(
    select(meme.c.id).where(
        meme.c.project == _PROJECT,
        meme.c.removed == true(),
        meme.c.id.in_(bindparam("memes", expanding=True)),
    )
)

SHORT = 8
"""How many characters of a content id name a meme."""


def select_removed(connection: Connection, key: str, memes: Iterable[str]) -> frozenset[str]:
    """Return those of some memes that were removed from a project."""
    parts = split_values(dict.fromkeys(memes))
    rows = (_REMOVED.rows(connection, project=key, memes=part) for part in parts)
    return frozenset(row[0] for part in rows for row in part)


def find_removal(connection: Connection, key: str, one: str) -> str:
    """Return why a meme was removed; "" if it is there, or was never."""
    if not select_removed(connection, key, [one]):
        return ""
    found = _changes(key).where(meme_change.c.meme == one, meme_change.c.action == "remove")
    return str(connection.execute(found.limit(1)).one().reason)


def is_assigned(connection: Connection, key: str, one: str) -> bool:
    """Say whether a meme goes to some people alone."""
    found = select(meme.c.assigned).where(meme.c.project == key, meme.c.id == one)
    return bool(connection.scalar(found))


def select_changes(connection: Connection, key: str, one: str = "") -> tuple[MemeChange, ...]:
    """Return what was mended in a project, or of one meme, newest first."""
    found = _changes(key).where(*([meme_change.c.meme == one] if one else []))
    return tuple(MemeChange(**row._mapping) for row in connection.execute(found))


def select_removals(connection: Connection, key: str) -> tuple[MemeChange, ...]:
    """Return the last removal of each meme that is removed from a project now, newest first."""
    found = _changes(key).where(meme.c.removed == true(), meme_change.c.action == "remove")
    last = dict[str, MemeChange]()
    for row in connection.execute(found):
        last.setdefault(row.meme, MemeChange(**row._mapping))
    return tuple(last.values())


def last_mended(connection: Connection, key: str = "") -> int:
    """Return the number of the last thing that was mended, in a project or anywhere; 0 before."""
    here = [meme_change.c.project == key] if key else []
    return connection.scalar(select(func.max(meme_change.c.number)).where(*here)) or 0


def select_mended(connection: Connection, task_set: str, since: int) -> list[str]:
    """Return the memes that were mended after a number in the projects on a task set."""
    found = (
        select(meme_change.c.meme)
        .join(project, project.c.key == meme_change.c.project)
        .where(project.c.task_set == task_set, meme_change.c.number > since)
    )
    return list(connection.scalars(found.distinct().order_by(meme_change.c.meme)))


def select_texts(connection: Connection, memes: Iterable[str]) -> dict[tuple[str, str], str]:
    """Return the texts of memes that were corrected, by project and meme."""
    corrected = select(meme_change.c.meme, meme_change.c.project)
    corrected = corrected.where(meme_change.c.action == "text").distinct()
    texts = dict[tuple[str, str], str]()
    for part in split_values(dict.fromkeys(memes)):
        said = corrected.where(meme_change.c.meme.in_(part)).subquery()
        here = (meme.c.project == said.c.project) & (meme.c.id == said.c.meme)
        found = select(meme.c.project, meme.c.id, meme.c.text).join(said, here)
        texts |= {(row.project, row.id): row.text for row in connection.execute(found)}
    return texts


def select_named(connection: Connection, key: str, name: str, most: int) -> list[str]:
    """Return the memes of a content id, of what one begins with, or of a file name, by place."""
    named = [meme.c.filename == name]
    if len(name) >= SHORT:
        named.append(meme.c.id.startswith(name.lower(), autoescape=True))
    found = select(meme.c.id).where(meme.c.project == key, or_(*named)).order_by(meme.c.place)
    return list(connection.scalars(found.limit(most)))


def add_change(connection: Connection, change: MemeChange) -> None:
    """Note what was mended; the project's revision grows."""
    connection.execute(insert(meme_change), {name: getattr(change, name) for name in _WRITTEN})
    connection.execute(
        update(project)
        .where(project.c.key == change.project)
        .values(revision=project.c.revision + 1)
    )


def change_text(connection: Connection, key: str, one: ProjectMeme) -> None:
    """Give a meme another text, by which it is found from now on."""
    words = f"{one.filename}\n{one.text}".casefold()
    connection.execute(
        update(meme)
        .where(meme.c.project == key, meme.c.id == one.id)
        .values(text=one.text, text_source=one.text_source, words=words)
    )


def take_out(connection: Connection, key: str, one: str) -> None:
    """Remove a meme that nothing has happened to any more; whoever holds it lets go of it."""
    _place(connection, key, one, removed=True)
    connection.execute(delete(lease).where(lease.c.project == key, lease.c.meme == one))


def put_back(connection: Connection, key: str, one: str) -> None:
    """Restore a meme as one that nothing has happened to."""
    _place(connection, key, one, removed=False)
    connection.execute(delete(bookmark).where(bookmark.c.project == key))


def _place(connection: Connection, key: str, one: str, *, removed: bool) -> None:
    connection.execute(
        update(meme)
        .where(meme.c.project == key, meme.c.id == one)
        .values(removed=removed, open=not removed)
    )


def _changes(key: str) -> Select[Any]:
    columns = [meme_change.c[name] for name in ("number", *_WRITTEN)]
    here = (meme.c.project == meme_change.c.project) & (meme.c.id == meme_change.c.meme)
    found = select(*columns, meme.c.filename).join(meme, here)
    return found.where(meme_change.c.project == key).order_by(meme_change.c.number.desc())
