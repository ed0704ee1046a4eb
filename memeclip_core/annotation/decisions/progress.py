"""The SQL of how far people are, and of which memes can go to one person more.

Numbers follow from what memes were before a change and are after it, in the transaction of the
change; ``open_memes`` counts anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    case,
    delete,
    exists,
    false,
    func,
    insert,
    literal,
    or_,
    select,
    true,
    update,
)

from memeclip_core.database.parts import split_values
from memeclip_core.database.prepared import Change, Prepared, run_all
from memeclip_core.database.schema import (
    assignment,
    bookmark,
    item,
    mark,
    member,
    meme,
    progress,
    tally,
)
from memeclip_core.database.upsert import prepare_upsert, upsert

Marks = Mapping[tuple[str, str], Mapping[str, Any]]
"""Rows of ``mark`` by meme and person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class States:
    """What some memes are to people, and which of them can go to one person more.

    Memes that the project does not have are not in ``is_open``; ``assigned`` says to whom those
    go that do not go to everybody.
    """

    marks: Marks
    is_open: Mapping[str, bool]
    assigned: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a person is in a project.

    Attributes:
        draft, done, skipped, flagged, returned: memes that are so to this person.
        more: how many more memes can go to this person than to somebody who has done nothing yet
            and is assigned nothing.
        assigned: memes assigned to this person that can go to them.
        total, full: memes of the project, and how many of them are not open, or are assigned.
        quota: how many memes this person decides at most; ``None`` for any number.
    """

    draft: int = 0
    done: int = 0
    skipped: int = 0
    flagged: int = 0
    returned: int = 0
    more: int = 0
    assigned: int = 0
    total: int = 0
    full: int = 0
    quota: int | None = None

    @property
    def pending(self) -> int:
        """How many memes this person could still get."""
        return self.total - self.full + self.more

    @property
    def room(self) -> int | None:
        """How many memes more this person may decide; ``None`` for any number."""
        return None if self.quota is None else max(0, self.quota - self.done - self.returned)


_COUNTED = tuple(field.name for field in fields(Progress))[:7]
_MARK = ("meme", "person", "state", "save", "flagged", "returned", "since")
_PROJECT: BindParameter[str] = bindparam("project")
_TASK_SET: BindParameter[str] = bindparam("task_set")
_MEME: BindParameter[str] = bindparam("meme")
_MARKS = Prepared(
    select(*(mark.c[name] for name in _MARK)).where(
        mark.c.project == _PROJECT, mark.c.task_set == _TASK_SET, mark.c.meme == _MEME
    )
)
_IS_OPEN = Prepared(
    select(meme.c.open, meme.c.assigned).where(meme.c.project == _PROJECT, meme.c.id == _MEME)
)
_ASSIGNED = Prepared(
    select(assignment.c.person).where(assignment.c.project == _PROJECT, assignment.c.meme == _MEME)
)
_SET_OPEN = Prepared(
    update(meme)
    .where(meme.c.project == bindparam("own_project"), meme.c.id == bindparam("own_id"))
    .values(open=bindparam("now_open"))
)
_DROP_BOOKMARKS = Prepared(delete(bookmark).where(bookmark.c.project == _PROJECT))
_DROP_OWN_BOOKMARKS = Prepared(
    delete(bookmark).where(bookmark.c.project == _PROJECT, bookmark.c.person == bindparam("person"))
)
_PLACES = select(func.max(meme.c.place) + 1).where(meme.c.project == _PROJECT)
_REMOVED = select(func.count()).where(meme.c.project == _PROJECT, meme.c.removed == true())
_ONE = select(literal(1).label("one")).subquery()
_HERE = and_(tally.c.project == _PROJECT, tally.c.task_set == _TASK_SET)
_OWN = and_(
    progress.c.project == _PROJECT,
    progress.c.task_set == _TASK_SET,
    progress.c.person == bindparam("person"),
)
_PROGRESS = Prepared(
    select(
        *(func.coalesce(progress.c[name], 0) for name in _COUNTED),
        func.coalesce(_PLACES.scalar_subquery(), 0) - _REMOVED.scalar_subquery(),
        func.coalesce(tally.c.full, 0),
        select(member.c.quota)
        .where(member.c.project == _PROJECT, member.c.person == bindparam("person"))
        .scalar_subquery(),
    ).select_from(_ONE.outerjoin(tally, _HERE).outerjoin(progress, _OWN))
)


def read_progress(connection: Connection, project: str, task_set: str, person: str) -> Progress:
    """Return how far a person is, without counting."""
    (row,) = _PROGRESS.rows(connection, project=project, task_set=task_set, person=person)
    return Progress(**dict(zip((*_COUNTED, "total", "full", "quota"), row, strict=True)))


def read_states(
    connection: Connection, project: str, task_set: str, memes: Iterable[str]
) -> States:
    """Return what memes are to people."""
    marks, is_open = list[tuple[Any, ...]](), dict[str, bool]()
    assigned = dict[str, frozenset[str]]()
    for one in memes:
        marks += _MARKS.rows(connection, project=project, task_set=task_set, meme=one)
        if found := _IS_OPEN.rows(connection, project=project, meme=one):
            is_open[one] = bool(found[0][0])
            if found[0][1]:
                people = _ASSIGNED.rows(connection, project=project, meme=one)
                assigned[one] = frozenset(row[0] for row in people)
    rows = [dict(zip(_MARK, row, strict=True)) for row in marks]
    return States(
        marks={(row["meme"], row["person"]): row for row in rows},
        is_open=is_open,
        assigned=assigned,
    )


def follow_marks(
    connection: Connection,
    project: str,
    task_set: str,
    was: States,
    now: Marks,
    open_now: Mapping[str, bool],
) -> tuple[int, list[Change]]:
    """Work out which memes open and close, and how far people are who have a mark on them.

    Args:
        connection: of the transaction that changes the marks.
        project, task_set: where.
        was: what some memes were to people.
        now: what they are now.
        open_now: by meme; those that the project does not have are passed over.

    Returns:
        By how much the memes that are not open have grown in number, for ``tally.full``, and what
        is to be written.
    """
    turned = {one: open_now[one] for one, old in was.is_open.items() if open_now[one] is not old}
    people: dict[str, Counter[str]] = {}
    chosen = {(one, person): None for one, names in was.assigned.items() for person in names}
    for sign, marks, state in ((-1, was.marks, was.is_open), (1, now, open_now)):
        for (one, person), row in {**chosen, **marks}.items():
            if one in was.is_open:
                own = people.setdefault(person, Counter())
                to = was.assigned.get(one)
                for name, number in _count(row, state[one], to, person).items():
                    own[name] += sign * number
    where = {"project": project, "task_set": task_set}
    rows = [
        {**where, "person": person, **{name: own[name] for name in _COUNTED}}
        for person, own in people.items()
        if any(own.values())
    ]
    # A meme that can be given out again may lie before the place where the next search begins.
    freed = {
        person
        for (one, person), row in now.items()
        if one in was.is_open
        and _can_go(row, open_now[one], was.assigned.get(one), person)
        and not _can_go(
            was.marks.get((one, person)), was.is_open[one], was.assigned.get(one), person
        )
    }
    opens = [{"own_project": project, "own_id": one, "now_open": on} for one, on in turned.items()]
    bookmarks: Change = _DROP_OWN_BOOKMARKS, [{**where, "person": person} for person in freed]
    if any(turned.values()):
        bookmarks = _DROP_BOOKMARKS, [where]
    changes = [(_SET_OPEN, opens), bookmarks]
    changes += prepare_upsert(connection, progress, rows, add=True)
    common = [on for one, on in turned.items() if one not in was.assigned]
    return sum(-1 if on else 1 for on in common), changes


def count_in(connection: Connection, project: str, task_set: str, fresh: Iterable[str]) -> None:
    """Count memes in that a project has got just now, if something had happened to them before.

    Args:
        connection: of the transaction that adds them.
        project, task_set: where.
        fresh: their ids.
    """
    taken = (item.c.adjudicated != "") | (item.c.decided + item.c.awaited >= meme.c.wanted)
    known = select(item.c.meme, taken).join(
        meme, and_(meme.c.project == item.c.project, meme.c.id == item.c.meme)
    )
    known = known.where(item.c.project == project, item.c.task_set == task_set)
    for part in split_values(fresh):
        found = connection.execute(known.where(item.c.meme.in_(part)))
        open_now = {row[0]: not row[1] for row in found}
        if open_now:
            states = read_states(connection, project, task_set, open_now)
            fresh_ones = States(marks={}, is_open=states.is_open, assigned={})
            full, changes = follow_marks(
                connection, project, task_set, fresh_ones, states.marks, open_now
            )
            row = {"project": project, "task_set": task_set, "full": full}
            run_all(connection, [*changes, *prepare_upsert(connection, tally, [row], add=True)])


def open_memes(connection: Connection, project: str, task_set: str) -> None:
    """Write anew which memes of a project can go to one person more, and how far people are.

    How many of a person's decisions came late stays what it is: the log does not say it.
    """
    own = (item.c.project == project, item.c.task_set == task_set)
    taken = exists().where(
        *own,
        item.c.meme == meme.c.id,
        (item.c.adjudicated != "") | (item.c.decided + item.c.awaited >= meme.c.wanted),
    )
    for value in (True, False):
        connection.execute(
            update(meme)
            .where(meme.c.project == project, meme.c.open != value, ~taken if value else taken)
            .where(meme.c.removed == false())
            .values(open=value)
        )
    count_anew(connection, project, task_set)


def count_anew(connection: Connection, project: str, task_set: str) -> None:
    """Count anew how far people are in a project, after a change of what can go to whom."""
    here = (progress.c.project == project, progress.c.task_set == task_set)
    columns = [progress.c[name] for name in ("project", "task_set", "person", "late")]
    late = connection.execute(select(*columns).where(*here, progress.c.late > 0)).mappings().all()
    connection.execute(delete(bookmark).where(bookmark.c.project == project))
    connection.execute(delete(progress).where(*here))
    people = _count_marked(project, task_set).union_all(_count_unmarked(project, task_set))
    found = people.subquery()
    rows = select(
        literal(project),
        literal(task_set),
        found.c.person,
        *(func.sum(found.c[name]) for name in _COUNTED),
    ).group_by(found.c.person)
    names = ["project", "task_set", "person", *_COUNTED]
    connection.execute(insert(progress).from_select(names, rows))
    upsert(connection, progress, [dict(row) for row in late])
    common = and_(meme.c.open == true(), meme.c.assigned == false())
    full = select(func.count()).where(meme.c.project == project, meme.c.removed == false(), ~common)
    row = {"project": project, "task_set": task_set, "full": connection.scalar(full)}
    upsert(connection, tally, [row])


def _count_marked(project: str, task_set: str) -> Select[Any]:
    """Return how far people are by the memes that something happened to."""
    mine = _is_assigned(project, mark.c.person, mark.c.meme)
    pending, is_open = mark.c.state == "pending", meme.c.open == true()
    common = and_(is_open, meme.c.assigned == false())
    can_go = and_(pending, or_(common, and_(is_open, mine), mark.c.returned == true()))
    numbers = {
        **{state: _sum_of(mark.c.state == state) for state in ("draft", "done", "skipped")},
        "flagged": _sum_of(mark.c.flagged == true()),
        "returned": _sum_of(mark.c.returned == true()),
        "more": _sum_of(can_go) - _sum_of(common),
        "assigned": _sum_of(and_(can_go, meme.c.assigned == true(), mine)),
    }
    return (
        select(mark.c.person, *(numbers[name].label(name) for name in _COUNTED))
        .join(meme, and_(meme.c.project == mark.c.project, meme.c.id == mark.c.meme))
        .where(mark.c.project == project, mark.c.task_set == task_set)
        .group_by(mark.c.person)
    )


def _count_unmarked(project: str, task_set: str) -> Select[Any]:
    """Return how far people are by the memes assigned to them that they have done nothing to."""
    known = exists(mark.c.meme).where(
        mark.c.project == project,
        mark.c.task_set == task_set,
        mark.c.meme == assignment.c.meme,
        mark.c.person == assignment.c.person,
    )
    left = _sum_of(meme.c.open == true())
    numbers = dict.fromkeys(_COUNTED, literal(0)) | {"more": left, "assigned": left}
    return (
        select(assignment.c.person, *(numbers[name].label(name) for name in _COUNTED))
        .join(meme, and_(meme.c.project == assignment.c.project, meme.c.id == assignment.c.meme))
        .where(assignment.c.project == project, ~known)
        .group_by(assignment.c.person)
    )


def _is_assigned(
    project: str, person: ColumnElement[str], one: ColumnElement[str]
) -> ColumnElement[bool]:
    return exists(assignment.c.meme).where(
        assignment.c.project == project, assignment.c.person == person, assignment.c.meme == one
    )


def _sum_of(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


def add_late(connection: Connection, project: str, task_set: str, person: str, late: int) -> None:
    """Count decisions of a person that came after the hold on their meme had ended."""
    if late:
        row = {"project": project, "task_set": task_set, "person": person, "late": late}
        upsert(connection, progress, [row], add=True)


def _count(
    row: Mapping[str, Any] | None, is_open: bool, assigned: frozenset[str] | None, person: str
) -> dict[str, int]:
    """Return what one row of ``mark``, or an assignment alone, adds to a person's numbers."""
    can_go = _can_go(row, is_open, assigned, person)
    mine = assigned is not None and person in assigned
    numbers = {
        "more": int(can_go) - int(is_open and assigned is None),
        "assigned": int(can_go and mine),
    }
    if row is None:
        return numbers
    return {
        **({} if row["state"] == "pending" else {row["state"]: 1}),
        "flagged": int(row["flagged"]),
        "returned": int(row["returned"]),
        **numbers,
    }


def _can_go(
    row: Mapping[str, Any] | None, is_open: bool, assigned: frozenset[str] | None, person: str
) -> bool:
    """Say whether a meme can go to a person, by their row of ``mark`` and its assignment."""
    is_open = is_open and (assigned is None or person in assigned)
    if row is None:
        return is_open
    return row["state"] == "pending" and (is_open or bool(row["returned"]))
