"""The SQL of a project's team: its members, what is assigned to whom, and who has qualified.

All functions run within the transaction of the connection that they are given.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    and_,
    bindparam,
    delete,
    exists,
    false,
    func,
    insert,
    select,
    true,
    update,
)

from memeclip_core.annotation.queue.filters import Pool
from memeclip_core.database.parts import split_values
from memeclip_core.database.prepared import Prepared
from memeclip_core.database.schema import (
    assignment,
    gold_answer,
    item,
    lease,
    mark,
    member,
    meme,
    progress,
    project,
    qualification,
)
from memeclip_core.database.upsert import insert_missing, upsert
from memeclip_core.records.project import Labels
from memeclip_core.records.team import Member

_HIDDEN = Prepared(
    select(project.c.key).where(
        project.c.members_only,
        ~exists().where(member.c.project == project.c.key, member.c.person == bindparam("person")),
    )
)


def select_hidden(connection: Connection, person: str) -> frozenset[str]:
    """Return the keys of the projects that only members see, and this person is none of."""
    return frozenset(row[0] for row in _HIDDEN.rows(connection, person=person))


def select_members(connection: Connection, project: str, task_set: str) -> tuple[Member, ...]:
    """Return a project's members with how far they are, by name."""
    here = and_(
        progress.c.project == member.c.project,
        progress.c.task_set == task_set,
        progress.c.person == member.c.person,
    )
    numbers = [func.coalesce(progress.c[name], 0).label(name) for name in ("done", "assigned")]
    found = (
        select(
            member.c.person,
            func.coalesce(member.c.quota, 0).label("quota"),
            member.c.since,
            member.c.by,
            *numbers,
        )
        .select_from(member.outerjoin(progress, here))
        .where(member.c.project == project)
        .order_by(member.c.person)
    )
    return tuple(Member(**row) for row in connection.execute(found).mappings())


def insert_members(
    connection: Connection, project: str, people: Iterable[str], *, since: datetime, by: str
) -> None:
    """Add members; those who are known stay as they are."""
    rows = [{"project": project, "person": name, "since": since, "by": by} for name in people]
    insert_missing(connection, member, rows)


def update_quotas(connection: Connection, project: str, quotas: Mapping[str, int]) -> None:
    """Change how many memes members decide at most; 0 is any number."""
    for person, quota in quotas.items():
        own = update(member).where(member.c.project == project, member.c.person == person)
        connection.execute(own.values(quota=quota or None))


def delete_members(connection: Connection, project: str, people: Sequence[str]) -> None:
    """Delete members and what they hold; their decisions stay."""
    for table in (member, lease):
        own = (table.c.project == project) & table.c.person.in_(people)
        connection.execute(delete(table).where(own))


def select_free(
    connection: Connection, pool: Pool, conditions: Sequence[ColumnElement[bool]], now: float
) -> list[tuple[str, int]]:
    """Return the memes that meet some conditions, are open and assigned to nobody.

    Those that somebody holds are left out. Each comes with how many people more it takes.
    """
    held = exists(lease.c.number).where(
        lease.c.project == meme.c.project, lease.c.meme == meme.c.id, lease.c.until > now
    )
    here = and_(
        item.c.project == meme.c.project,
        item.c.task_set == pool.project.tasks.key,
        item.c.meme == meme.c.id,
    )
    taken = func.coalesce(item.c.decided + item.c.awaited, 0)
    found = (
        select(meme.c.id, meme.c.wanted - taken)
        .select_from(pool.join(meme).outerjoin(item, here))
        .where(
            meme.c.project == pool.project.key,
            meme.c.open == true(),
            meme.c.assigned == false(),
            ~held,
            *conditions,
        )
        .order_by(meme.c.place)
    )
    return [(row[0], row[1]) for row in connection.execute(found, pool.values)]


def select_engaged(
    connection: Connection, project: str, task_set: str, people: Sequence[str]
) -> frozenset[tuple[str, str]]:
    """Return memes with the persons who have decided them, or to whom they were sent back."""
    found = select(mark.c.meme, mark.c.person).where(
        mark.c.project == project,
        mark.c.task_set == task_set,
        mark.c.person.in_(people),
        (mark.c.state == "done") | (mark.c.returned == true()),
    )
    return frozenset((row[0], row[1]) for row in connection.execute(found))


def insert_assignments(
    connection: Connection, project: str, pairs: Sequence[tuple[str, str]]
) -> None:
    """Give memes to people, each a pair of both; nobody else is given them."""
    rows: list[dict[str, Any]] = [
        {"project": project, "meme": one, "person": person} for one, person in pairs
    ]
    if rows:
        connection.execute(insert(assignment), rows)
    for part in split_values(dict.fromkeys(one for one, _ in pairs)):
        own = update(meme).where(meme.c.project == project, meme.c.id.in_(part))
        connection.execute(own.values(assigned=True))


def select_assignments(connection: Connection, project: str) -> dict[str, list[str]]:
    """Return the memes that are assigned to people, by name."""
    own = select(assignment.c.person, assignment.c.meme).where(assignment.c.project == project)
    found = dict[str, list[str]]()
    for person, one in connection.execute(own.order_by(assignment.c.person, assignment.c.meme)):
        found.setdefault(person, []).append(one)
    return found


def count_assigned(connection: Connection, person: str) -> dict[str, int]:
    """Return how many memes assigned to somebody are left for them, by project."""
    left = func.sum(progress.c.assigned)
    own = select(progress.c.project, left).where(progress.c.person == person)
    found = own.group_by(progress.c.project).having(left > 0).order_by(progress.c.project)
    return {key: int(count) for key, count in connection.execute(found)}


def delete_assignments(connection: Connection, project: str, people: Sequence[str]) -> int:
    """Take assigned memes from people; return how many go to everybody again."""
    own = assignment.c.person.in_(people)
    connection.execute(delete(assignment).where(assignment.c.project == project, own))
    left = exists().where(assignment.c.project == project, assignment.c.meme == meme.c.id)
    nobody = update(meme).where(meme.c.project == project, meme.c.assigned == true(), ~left)
    return connection.execute(nobody.values(assigned=False)).rowcount


# --- the qualification round --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    """How far somebody is in a round; see ``database.schema.qualification``."""

    passed: bool = False
    attempt: int = 0
    forgiven: int = 0

    @property
    def tries(self) -> int:
        """How many tries have ended since an admin last let the person begin anew."""
        return self.attempt - self.forgiven


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A row of ``gold_answer``."""

    project: str
    person: str
    attempt: int
    meme: str
    save: str
    time: datetime
    labels: Labels
    gold: Labels
    asked: int
    hits: int


_STANDING = tuple(field.name for field in fields(Standing))
_ANSWERED = tuple(field.name for field in fields(Answered))


def read_standing(connection: Connection, project: str, person: str) -> Standing | None:
    """Return how far somebody is in a project's round; ``None`` at its beginning."""
    row = connection.execute(
        select(*(qualification.c[name] for name in _STANDING)).where(
            qualification.c.project == project, qualification.c.person == person
        )
    ).first()
    return None if row is None else Standing(*row)


def select_standings(
    connection: Connection, project: str
) -> list[tuple[str, Standing, datetime, str]]:
    """Return how far everybody is who has begun, by name, since when, and who decided it."""
    rows = connection.execute(
        select(qualification)
        .where(qualification.c.project == project)
        .order_by(qualification.c.person)
    )
    return [
        (row.person, Standing(row.passed, row.attempt, row.forgiven), row.changed, row.by)
        for row in rows
    ]


def write_standing(
    connection: Connection, project: str, person: str, one: Standing, time: datetime, by: str
) -> None:
    """Keep how far somebody is in a project's round, and who decided it."""
    row = {"project": project, "person": person, "changed": time, "by": by}
    upsert(connection, qualification, [row | {name: getattr(one, name) for name in _STANDING}])


def select_answers(
    connection: Connection,
    project: str,
    person: str | None = None,
    *,
    attempt: int | None = None,
    meme: str = "",
) -> list[Answered]:
    """Return what somebody answered in a project's round, in turn: all, of a try, or to a meme.

    Without a person, it is what everybody answered, by name.
    """
    own = gold_answer
    where = [own.c.project == project]
    if person is not None:
        where.append(own.c.person == person)
    if attempt is not None:
        where.append(own.c.attempt == attempt)
    if meme:
        where.append(own.c.meme == meme)
    found = select(*(own.c[name] for name in _ANSWERED)).where(*where)
    turn = own.c.person, own.c.attempt, own.c.time, own.c.meme
    rows = connection.execute(found.order_by(*turn)).mappings()
    return [_read_answered(row) for row in rows]


def find_answer(connection: Connection, save: str) -> Answered | None:
    """Return the answer of an id; ``None`` without one."""
    found = select(*(gold_answer.c[name] for name in _ANSWERED)).where(gold_answer.c.save == save)
    row = connection.execute(found).mappings().first()
    return None if row is None else _read_answered(row)


def insert_answer(connection: Connection, one: Answered) -> None:
    """Add an answer."""
    row = {name: getattr(one, name) for name in _ANSWERED}
    row |= {name: {key: list(names) for key, names in row[name].items()} for name in _PLAIN}
    connection.execute(insert(gold_answer), [row])


def was_held(connection: Connection, project: str, person: str, meme: str) -> bool:
    """Say whether somebody holds a meme, or held it until lately."""
    found = exists().where(
        lease.c.project == project, lease.c.person == person, lease.c.meme == meme
    )
    return bool(connection.scalar(select(found)))


_PLAIN = ("labels", "gold")


def _read_answered(row: RowMapping) -> Answered:
    read = {name: {key: tuple(names) for key, names in row[name].items()} for name in _PLAIN}
    return Answered(**{**row, **read})
