"""The rows of comments: who may read which, and the SQL that finds and adds them.

A thread is a comment with ``thread`` 0 and those that name its number. Functions run within the
transaction of the connection that they are given; ``project`` is a project's key.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from itertools import chain
from typing import Any, Protocol

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    case,
    exists,
    func,
    insert,
    or_,
    select,
    true,
    update,
)

from memeclip_core.database.parts import split_values
from memeclip_core.database.schema import comment, mark
from memeclip_core.records.project import Project


class Said(Protocol):
    """A row of ``comment``."""

    number: int
    project: str
    meme: str
    thread: int
    time: datetime
    person: str
    reviewer: bool
    text: str
    resolved_by: str


def order_of(project: str) -> str:
    """Return the order of the transactions that write a project's comments."""
    return f"comments-{project}"


def see_thread(said: Sequence[Said], person: str, *, everything: bool) -> list[Said]:
    """Return what a person may read of a thread, oldest first.

    What other people say of a meme waits until the person has decided it (``everything``): only
    what reviewers answer to the person's own question does not.
    """
    if everything:
        return list(said)
    if not said or said[0].person != person:
        return []
    return [one for one in said if one.person == person or one.reviewer]


def select_decided(
    connection: Connection, project: Project, person: str, memes: Collection[str]
) -> set[str]:
    """Return which of these memes a person has decided, those that were sent back included."""
    found: set[str] = set()
    for part in split_values(memes):
        rows = connection.scalars(select(mark.c.meme).where(
            *_own(project, person), mark.c.meme.in_(part)
        ))  # fmt: skip
        found.update(rows)
    return found


def select_talk(connection: Connection, project: str, memes: Sequence[str]) -> list[list[Said]]:
    """Return the threads of some memes (at most 500), oldest first."""
    found = connection.execute(_select(project).where(comment.c.meme.in_(memes)))
    return _group(found.all())


def select_threads(
    connection: Connection, project: str, numbers: Iterable[int]
) -> list[list[Said]]:
    """Return threads by their numbers, the newest first."""
    parts = (
        connection.execute(_select(project).where(or_(_is_root(part), comment.c.thread.in_(part))))
        for part in split_values(numbers)
    )
    found = _group(chain.from_iterable(part.all() for part in parts))
    return sorted(found, key=lambda thread: -thread[0].number)


def list_threads(
    connection: Connection, project: Project, person: str, *,
    everything: bool, resolved: bool, limit: int,
) -> list[int]:  # fmt: skip
    """Return the numbers of the newest threads of a project that a person may read, as they are."""
    found = _roots(project.key, resolved=resolved)
    if not everything:
        decided = exists(mark.c.meme).where(*_own(project, person), mark.c.meme == comment.c.meme)
        found = found.where(or_(comment.c.person == person, decided))
    return list(connection.scalars(found.order_by(comment.c.number.desc()).limit(limit)))


def list_own_threads(connection: Connection, project: str, person: str) -> list[int]:
    """Return the numbers of the open threads in which a person said something."""
    said = select(case((comment.c.thread == 0, comment.c.number), else_=comment.c.thread)).where(
        comment.c.project == project, comment.c.person == person
    )
    return list(
        connection.scalars(_roots(project, resolved=False).where(comment.c.number.in_(said)))
    )


def count_open(connection: Connection, project: str, person: str = "") -> int:
    """Return how many threads are open: all, or those that a person began."""
    found = _roots(project, resolved=False)
    if person:
        found = found.where(comment.c.person == person)
    return connection.scalar(select(func.count()).select_from(found.subquery())) or 0


def select_resolved(connection: Connection, project: str) -> list[tuple[int, str]]:
    """Return the numbers of the threads that are resolved, and who resolved each."""
    found = select(comment.c.number, comment.c.resolved_by).where(
        comment.c.project == project, comment.c.resolved_by != ""
    )
    return [(row[0], row[1]) for row in connection.execute(found.order_by(comment.c.number))]


def find_comment(connection: Connection, event: str) -> Said | None:
    """Return the comment that its sender called so."""
    found: Any = connection.execute(select(comment).where(comment.c.event == event)).one_or_none()
    return found  # type: ignore[no-any-return]


def add_comment(connection: Connection, **row: Any) -> Said:
    """Add a comment; return it."""
    found: Any = connection.execute(insert(comment).values(**row).returning(comment)).one()
    return found  # type: ignore[no-any-return]


def mark_resolved(connection: Connection, thread: int, by: str) -> None:
    """Say who resolved a thread, or that it is open again: ""."""
    connection.execute(update(comment).where(comment.c.number == thread).values(resolved_by=by))


def _select(project: str) -> Any:
    return select(comment).where(comment.c.project == project).order_by(comment.c.number)


def _roots(project: str, *, resolved: bool) -> Any:
    state = comment.c.resolved_by != "" if resolved else comment.c.resolved_by == ""
    return select(comment.c.number).where(
        comment.c.project == project, comment.c.thread == 0, state
    )


def _is_root(numbers: Sequence[int]) -> ColumnElement[bool]:
    return and_(comment.c.number.in_(numbers), comment.c.thread == 0)


def _own(project: Project, person: str) -> tuple[ColumnElement[bool], ...]:
    return (
        mark.c.project == project.key,
        mark.c.task_set == project.tasks.key,
        mark.c.person == person,
        or_(mark.c.state == "done", mark.c.returned == true()),
    )


def _group(rows: Iterable[Any]) -> list[list[Said]]:
    threads: defaultdict[int, list[Said]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row.number):
        threads[row.thread or row.number].append(row)
    return list(threads.values())
