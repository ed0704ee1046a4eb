"""The SQL of decisions: rows of the log, and what they add up to.

Rows come with their numbers, which grow in the order of the log; that order decides, not the
clocks of two machines.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)

from memeclip_core.annotation.decisions.standing import UNDOABLE
from memeclip_core.database.schema import answer, decision, item, mark, meme, tally
from memeclip_core.database.upsert import insert_missing, upsert
from memeclip_core.records.decision import Correction

Numbered = tuple[int, Correction]
"""A row of the log with its number."""

_FIELDS = tuple(field.name for field in fields(Correction))
_COLUMNS = (decision.c.number, *(decision.c[name] for name in _FIELDS))
_PIECE = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How much there is in a project, or on the page, on a task set.

    Attributes:
        decisions: those that count, of all people.
        memes: memes with such a decision or an adjudication.
        adjudicated, flagged: memes that are so.
    """

    decisions: int = 0
    memes: int = 0
    adjudicated: int = 0
    flagged: int = 0


# --- the log ------------------------------------------------------------------------------------


def append_rows(connection: Connection, rows: Iterable[Correction]) -> None:
    """Add rows at the end of the log, in order."""
    connection.execute(insert(decision), [_values(row) for row in rows])


def append_missing(connection: Connection, rows: Iterable[Correction]) -> None:
    """Add rows at the end, without those that are in the log already."""
    insert_missing(connection, decision, [_values(row) for row in rows])


def select_rows(
    connection: Connection, *conditions: ColumnElement[bool], last: int | None = None
) -> list[Numbered]:
    """Return rows in the order of the log: all that meet the conditions, or the last of these."""
    found = select(*_COLUMNS).where(*conditions)
    if last is None:
        return [_read(row) for row in connection.execute(found.order_by(decision.c.number))]
    found = found.order_by(decision.c.number.desc()).limit(last)
    return [_read(row) for row in connection.execute(found)][::-1]


def select_saves(connection: Connection, saves: Sequence[str]) -> dict[str, list[Numbered]]:
    """Return the rows of saves by id, retractions included; {} for those that are not there."""
    found: dict[str, list[Numbered]] = {}
    for part in in_parts(saves):
        for row in select_rows(connection, decision.c.save.in_(part)):
            found.setdefault(row[1].save, []).append(row)
    return found


def select_memes(
    connection: Connection, task_set: str, memes: Iterable[str], project: str | None = None
) -> dict[str, list[Numbered]]:
    """Return the rows of memes by id: in one project ("": on the page), or wherever they are."""
    found: dict[str, list[Numbered]] = {}
    where = [] if project is None else [decision.c.project == project]
    for part in in_parts(memes):
        rows = select_rows(
            connection, decision.c.meme.in_(part), decision.c.task_set == task_set, *where
        )
        for row in rows:
            found.setdefault(row[1].meme, []).append(row)
    return found


def select_meme(connection: Connection, project: str, meme_id: str) -> list[Numbered]:
    """Return the rows of one meme in a project, or on the page, on whatever task set."""
    return select_rows(connection, decision.c.project == project, decision.c.meme == meme_id)


def select_last(
    connection: Connection, task_set: str, limit: int, annotator: str = ""
) -> list[Numbered]:
    """Return the last rows on a task set, oldest first: everybody's, or one person's."""
    where = [decision.c.annotator == annotator] if annotator else []
    return select_rows(connection, decision.c.task_set == task_set, *where, last=limit)


def iterate_rows(
    connection: Connection, *conditions: ColumnElement[bool], after: int = 0
) -> Iterator[list[Numbered]]:
    """Yield the rows behind a number in pieces, so that a long log never lies in memory."""
    while True:
        found = select(*_COLUMNS).where(decision.c.number > after, *conditions)
        rows = connection.execute(found.order_by(decision.c.number).limit(_PIECE))
        piece = [_read(row) for row in rows]
        if piece:
            yield piece
        if len(piece) < _PIECE:
            return
        after = piece[-1][0]


def find_number(connection: Connection, event: str) -> int | None:
    """Return the number of the row of an event; ``None`` if there is none."""
    return connection.execute(select(decision.c.number).where(decision.c.event == event)).scalar()


def last_number(connection: Connection, task_set: str | None = None) -> int:
    """Return the number of the last row of the log, or of a task set; 0 where there is none."""
    found = select(decision.c.number).order_by(decision.c.number.desc()).limit(1)
    if task_set is not None:
        found = found.where(decision.c.task_set == task_set)
    return connection.scalar(found) or 0


def select_touched(
    connection: Connection, task_set: str, projects: Iterable[str], since: int
) -> list[str]:
    """Return the memes to which something happened after a number, each once, in its order."""
    last = func.max(decision.c.number)
    found = select(decision.c.meme).where(
        decision.c.project.in_(list(projects)),
        decision.c.task_set == task_set,
        decision.c.number > since,
    )
    return list(connection.scalars(found.group_by(decision.c.meme).order_by(last)))


def find_undoable(
    connection: Connection, *, project: str, task_set: str, annotator: str, limit: int
) -> list[str]:
    """Return the ids of the last saves that a person can take back, the last one first."""
    earlier, later = decision.alias(), decision.alias()

    def same(other: Any) -> ColumnElement[bool]:
        return and_(
            other.c.save == decision.c.save,
            other.c.meme == decision.c.meme,
            other.c.annotator == decision.c.annotator,
        )

    found: Select[tuple[str]] = (
        select(decision.c.save)
        .where(
            decision.c.task_set == task_set,
            decision.c.annotator == annotator,
            # So that the person's own rows are looked through, not the project's.
            decision.c.project.concat("") == project,
            decision.c.action.in_(UNDOABLE),
            ~exists().where(same(later), later.c.action == "retract"),
            # A save counts from its first row.
            ~exists().where(
                same(earlier),
                earlier.c.action == decision.c.action,
                earlier.c.number < decision.c.number,
            ),
        )
        .order_by(decision.c.number.desc())
        .limit(limit)
    )
    return list(connection.scalars(found))


def list_places(connection: Connection) -> list[tuple[str, str]]:
    """Return all (project, task set) in which anything was done; takes long where much was."""
    places = select(decision.c.project, decision.c.task_set).distinct()
    return [(row.project, row.task_set) for row in connection.execute(places)]


# --- what it adds up to -------------------------------------------------------------------------


def replace_states(
    connection: Connection,
    project: str,
    task_set: str,
    *,
    memes: Sequence[str],
    items: Sequence[Mapping[str, Any]],
    answers: Sequence[Mapping[str, Any]],
    marks: Sequence[Mapping[str, Any]],
) -> None:
    """Write what the decisions on some memes add up to, in place of what was there."""
    where = {"project": project, "task_set": task_set}
    before = _count_items(connection, project, task_set, memes)
    for table, rows in ((item, items), (answer, answers), (mark, marks)):
        connection.execute(
            delete(table).where(
                table.c.project == project,
                table.c.task_set == task_set,
                table.c.meme.in_(memes),
            )
        )
        if rows:
            connection.execute(insert(table), [{**where, **row} for row in rows])
    after = _sum_items(items)
    change = {name: getattr(after, name) - getattr(before, name) for name in _TALLIED}
    if any(change.values()):
        upsert(connection, tally, [{**where, **change}], add=True)
    for value in (True, False):
        named = [row["meme"] for row in items if row["complete"] is not value]
        if project and named:
            connection.execute(
                update(meme)
                .where(meme.c.project == project, meme.c.id.in_(named), meme.c.open != value)
                .values(open=value)
            )


def open_memes(connection: Connection, project: str, task_set: str) -> None:
    """Write anew which memes of a project need people, also those without any decision."""
    complete = exists().where(
        item.c.project == meme.c.project,
        item.c.task_set == task_set,
        item.c.meme == meme.c.id,
        item.c.complete,
    )
    connection.execute(
        update(meme)
        .where(meme.c.project == project, meme.c.open == complete)
        .values(open=~complete)
    )


def read_tally(connection: Connection, project: str, task_set: str) -> Tally:
    """Return how much there is, without counting."""
    row = connection.execute(
        select(*(tally.c[name] for name in _TALLIED)).where(
            tally.c.project == project, tally.c.task_set == task_set
        )
    ).first()
    return Tally() if row is None else Tally(**row._mapping)


def read_tallies(connection: Connection, task_set: str) -> dict[str, Tally]:
    """Return how much there is on a task set, by project; "" is the page."""
    rows = connection.execute(
        select(tally.c.project, *(tally.c[name] for name in _TALLIED)).where(
            tally.c.task_set == task_set
        )
    )
    return {row[0]: Tally(**dict(zip(_TALLIED, row[1:], strict=True))) for row in rows}


_TALLIED = tuple(field.name for field in fields(Tally))


def _count_items(
    connection: Connection, project: str, task_set: str, memes: Sequence[str]
) -> Tally:
    rows = connection.execute(
        select(item.c.decided, item.c.adjudicated, item.c.flags).where(
            item.c.project == project, item.c.task_set == task_set, item.c.meme.in_(memes)
        )
    )
    return _sum_items([dict(row._mapping) for row in rows])


def _sum_items(rows: Sequence[Mapping[str, Any]]) -> Tally:
    return Tally(
        decisions=sum(row["decided"] for row in rows),
        memes=sum(bool(row["decided"] or row["adjudicated"]) for row in rows),
        adjudicated=sum(bool(row["adjudicated"]) for row in rows),
        flagged=sum(bool(row["flags"]) for row in rows),
    )


def _values(row: Correction) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _FIELDS}


def _read(row: Any) -> Numbered:
    return row[0], Correction(**dict(zip(_FIELDS, row[1:], strict=True)))


def in_parts(names: Iterable[str], size: int = 500) -> Iterator[list[str]]:
    """Yield names, each once, in lists that a statement can hold."""
    found = list(dict.fromkeys(names))
    for start in range(0, len(found), size):
        yield found[start : start + size]
