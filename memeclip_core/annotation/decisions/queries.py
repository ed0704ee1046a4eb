"""The SQL of decisions: rows of the log, and what they add up to.

Rows come with their numbers, which grow in the order of the log; that order decides, not the
clocks of two machines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from itertools import chain, repeat
from operator import itemgetter
from typing import Any, TypeVar

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Select,
    Table,
    and_,
    bindparam,
    case,
    delete,
    exists,
    false,
    func,
    insert,
    select,
)

from memeclip_core.annotation.decisions.progress import follow_marks, read_states
from memeclip_core.annotation.decisions.standing import UNDOABLE
from memeclip_core.database.parts import split_values
from memeclip_core.database.prepared import Prepared, run_all
from memeclip_core.database.schema import answer, decision, item, mark, tally
from memeclip_core.database.upsert import insert_missing, prepare_upsert
from memeclip_core.records.decision import Correction
from memeclip_core.records.project import DEMO

ORDER = "decisions"
"""Of the transactions that add rows, or write what they add up to."""

T = TypeVar("T")
Numbered = tuple[int, Correction]
"""A row of the log with its number."""

_FIELDS = tuple(field.name for field in fields(Correction))
_COLUMNS = (decision.c.number, *(decision.c[name] for name in _FIELDS))
_PIECE = 5_000
_PROJECT: BindParameter[str] = bindparam("project")
_TASK_SET: BindParameter[str] = bindparam("task_set")
_MEME: BindParameter[str] = bindparam("meme")
_MEMES: BindParameter[Sequence[str]] = bindparam("memes", expanding=True)
_ROWS = select(*_COLUMNS)
_APPEND = Prepared(insert(decision), _FIELDS)
_SAVES = Prepared(_ROWS.where(decision.c.save.in_(bindparam("saves", expanding=True))))
# What is joined to a text is not looked up: SQLite would rather read all rows of a task set, or of
# a project.
MEME_ROWS = _ROWS.where(decision.c.meme.in_(_MEMES), decision.c.task_set.concat("") == _TASK_SET)
_OF_MEMES = Prepared(MEME_ROWS)
_HERE = MEME_ROWS.where(decision.c.project.concat("") == _PROJECT)
_OF_MEMES_HERE = Prepared(_HERE)
_OF_PERSON = Prepared(_HERE.where(decision.c.annotator.concat("") == bindparam("annotator")))
REAL = decision.c.task_set.not_like(f"{DEMO}%")
"""Of a row that is of no demo."""
_AFTER = (
    _ROWS.where(decision.c.number > bindparam("after"))
    .where(REAL)  # what is decided in a demo goes into no file
    .order_by(decision.c.number)
    .limit(bindparam("piece"))
)


def _same(table: Table) -> ColumnElement[bool]:
    keys = ("project", "task_set", "meme")
    return and_(*(table.c[key] == decision.c[key] for key in keys))


COUNTS = case(
    (
        decision.c.action == "label",
        exists().where(
            _same(mark), mark.c.person == decision.c.annotator, mark.c.save == decision.c.save
        ),
    ),
    (
        decision.c.action == "adjudicate",
        exists().where(_same(item), item.c.adjudicated == decision.c.save),
    ),
    else_=false(),
)
"""Whether the save of a row counts now."""
_ROWS_AFTER = Prepared(_AFTER)
_EVENTS_AFTER = Prepared(_AFTER.with_only_columns(decision.c.number, decision.c.event))
# Of one meme at a time: of several SQLite would look through all those of the project.
_ITEM = Prepared(
    select(item.c.decided, item.c.adjudicated, item.c.flags).where(
        item.c.project == _PROJECT, item.c.task_set == _TASK_SET, item.c.meme == _MEME
    )
)
_DROP_ANSWERS = Prepared(
    delete(answer).where(
        answer.c.project == _PROJECT, answer.c.task_set == _TASK_SET, answer.c.meme == _MEME
    )
)
_ADD_ANSWERS = Prepared(insert(answer), [column.name for column in answer.columns])


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
    _APPEND.run(connection, [_values(row) for row in rows])


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
    return _group(_read_all(_SAVES.rows(connection, saves=saves)), lambda row: row.save)


def select_memes(
    connection: Connection,
    task_set: str,
    memes: Iterable[str],
    project: str | None = None,
    annotator: str = "",
) -> dict[str, list[Numbered]]:
    """Return the rows of memes by id: in one project ("": on the page), or wherever they are.

    Everybody's, or, in a project, one person's.
    """
    statement, where = _OF_MEMES, {"task_set": task_set}
    if project is not None:
        statement, where = _OF_MEMES_HERE, {"task_set": task_set, "project": project}
    if project is not None and annotator:
        statement, where = _OF_PERSON, {**where, "annotator": annotator}
    rows = (
        statement.rows(connection, memes=part, **where)
        for part in split_values(dict.fromkeys(memes))
    )
    return _group(_read_all(chain.from_iterable(rows)), lambda row: row.meme)


def select_meme(connection: Connection, project: str, meme_id: str) -> list[Numbered]:
    """Return the rows of one meme in a project, or on the page, on whatever task set."""
    here = decision.c.project.concat("") == project
    return select_rows(connection, here, decision.c.meme == meme_id)


def select_last(
    connection: Connection, task_set: str, limit: int, annotator: str = ""
) -> list[Numbered]:
    """Return the last rows on a task set, oldest first: everybody's, or one person's."""
    where = [decision.c.annotator == annotator] if annotator else []
    return select_rows(connection, decision.c.task_set == task_set, *where, last=limit)


def iterate_rows(connection: Connection, after: int = 0) -> Iterator[list[Numbered]]:
    """Yield the rows behind a number in pieces, so that a long log never lies in memory.

    Those of a demo are left out, as in ``iterate_events``.
    """
    return _iterate(connection, _ROWS_AFTER, _read, after)


def iterate_events(connection: Connection) -> Iterator[list[tuple[int, str]]]:
    """Yield the number and the event of every row, in order and in pieces."""
    return _iterate(connection, _EVENTS_AFTER, lambda row: (row[0], row[1]))


def iterate_counting(
    connection: Connection, task_set: str
) -> Iterator[list[tuple[Correction, bool]]]:
    """Yield the rows on a task set in pieces, each with whether its save counts now."""
    found = _AFTER.add_columns(COUNTS).where(decision.c.task_set == task_set)
    return _iterate(connection, Prepared(found), lambda row: (_read(row[:-1])[1], bool(row[-1])))


def find_number(connection: Connection, event: str) -> int | None:
    """Return the number of the row of an event; ``None`` if there is none."""
    return connection.execute(select(decision.c.number).where(decision.c.event == event)).scalar()


def last_number(connection: Connection, task_set: str | None = None) -> int:
    """Return the number of the last row of the log, or of a task set; 0 where there is none."""
    here = REAL if task_set is None else decision.c.task_set == task_set
    found = select(decision.c.number).where(here).order_by(decision.c.number.desc()).limit(1)
    return connection.scalar(found) or 0


def last_time(connection: Connection) -> datetime | None:
    """Return when the latest decision was made; ``None`` where there is none."""
    found: datetime | None = connection.scalar(select(func.max(decision.c.time)))
    return found


def select_touched(connection: Connection, task_set: str, since: int) -> list[tuple[str, int]]:
    """Return the memes to which something happened after a number, and when it last did, in order.

    They are those of the page and of all projects.
    """
    last = func.max(decision.c.number)
    found = select(decision.c.meme, last).where(
        decision.c.task_set == task_set, decision.c.number > since
    )
    rows = connection.execute(found.group_by(decision.c.meme).order_by(last))
    return [(meme, number) for meme, number in rows]


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


# --- what it adds up to -------------------------------------------------------------------------


def write_states(
    connection: Connection,
    project: str,
    task_set: str,
    *,
    items: Sequence[Mapping[str, Any]],
    answers: Sequence[Mapping[str, Any]],
    marks: Sequence[Mapping[str, Any]],
    open_now: Mapping[str, bool],
) -> None:
    """Write what the decisions on some memes add up to, in place of what was there.

    Args:
        connection: of the transaction that has changed them.
        project, task_set: where.
        items, answers, marks: rows of these tables without ``project`` and ``task_set``; all of
            each meme that ``items`` names.
        open_now: which of the memes can go to one person more.
    """
    where = {"project": project, "task_set": task_set}
    memes = [row["meme"] for row in items]
    counted = [_ITEM.rows(connection, **where, meme=meme) for meme in memes]
    before = [dict(zip(_SUMMED, row, strict=True)) for rows in counted for row in rows]
    was = read_states(connection, project, task_set, memes)
    now = {(row["meme"], row["person"]): row for row in marks}
    filled, changes = follow_marks(connection, project, task_set, was, now, open_now)
    then = _sum(before)
    change = {name: value - then[name] for name, value in _sum(items).items()}
    fresh = [row for key, row in now.items() if was.marks.get(key) != row]
    changes.extend(
        (_DROP_ANSWERS, [{**where, "meme": meme}]) for meme in (memes if project else ())
    )
    changes.append((_ADD_ANSWERS, [{**where, **row} for row in answers]))
    written = [
        (item, [{**where, **row} for row in items], False),
        (mark, [{**where, **row} for row in fresh], False),
        (tally, [{**where, **change, "full": filled}] * any([filled, *change.values()]), True),
    ]
    for table, rows, add in written:
        changes += prepare_upsert(connection, table, rows, add=add)
    run_all(connection, changes)


_SUMMED = ("decided", "adjudicated", "flags")


def read_tally(connection: Connection, project: str, task_set: str) -> Tally:
    """Return how much there is, without counting."""
    where = {"project": project, "task_set": task_set}
    rows = _READ_TALLY.rows(connection, **where)
    return Tally(**dict(zip(TALLIED, rows[0], strict=True))) if rows else Tally()


def read_tallies(connection: Connection, task_set: str) -> dict[str, Tally]:
    """Return how much there is on a task set, by project; "" is the page."""
    rows = connection.execute(
        select(tally.c.project, *(tally.c[name] for name in TALLIED)).where(
            tally.c.task_set == task_set
        )
    )
    return {row[0]: Tally(**dict(zip(TALLIED, row[1:], strict=True))) for row in rows}


TALLIED = tuple(field.name for field in fields(Tally))
_READ_TALLY = Prepared(
    select(*(tally.c[name] for name in TALLIED)).where(
        tally.c.project == _PROJECT, tally.c.task_set == _TASK_SET
    )
)


def _sum(rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Return what rows of ``item`` add up to, as columns of ``tally``."""
    counts = [
        (
            row["decided"],
            bool(row["decided"] or row["adjudicated"]),
            bool(row["adjudicated"]),
            bool(row["flags"]),
        )
        for row in rows
    ]
    sums = map(sum, zip(*counts, strict=True)) if counts else repeat(0)
    return dict(zip(TALLIED, sums, strict=False))


def _values(row: Correction) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _FIELDS}


def _read(row: Any) -> Numbered:
    return row[0], Correction(**dict(zip(_FIELDS, row[1:], strict=True)))


def _read_all(rows: Iterable[Any]) -> list[Numbered]:
    """Return rows in the order of the log."""
    return [_read(row) for row in sorted(rows, key=itemgetter(0))]


def _group(
    rows: Iterable[Numbered], name: Callable[[Correction], str]
) -> dict[str, list[Numbered]]:
    found: dict[str, list[Numbered]] = {}
    for row in rows:
        found.setdefault(name(row[1]), []).append(row)
    return found


def _iterate(
    connection: Connection, piece: Prepared, read: Callable[[Any], T], after: int = 0
) -> Iterator[list[T]]:
    while True:
        rows = piece.rows(connection, after=after, piece=_PIECE)
        if rows:
            yield [read(row) for row in rows]
            after = rows[-1][0]
        if len(rows) < _PIECE:
            return
