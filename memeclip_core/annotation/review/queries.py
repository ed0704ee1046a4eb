"""The SQL of reviews: the decisions that count, how far people are, what is to be decided for all.

All functions run within the transaction of the connection that they are given. ``project`` is a
project's key, ``task_set`` that of its label set.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Row,
    Select,
    Text,
    and_,
    case,
    func,
    select,
    type_coerce,
)

from memeclip_core.annotation.decisions.standing import PersonCounts
from memeclip_core.database.schema import answer, comment, decision, item, mark, meme, progress
from memeclip_core.records.case import Which

FIELD, RECORD = "\x1f", "\x1e"
"""What parts the fields of an answer, and the answers, where several are told in one text."""


def select_items(connection: Connection, project: str, task_set: str, since: int) -> Sequence[Any]:
    """Return what is decided of the memes to which something happened after a number.

    Columns: ``meme``, ``changed``, ``adjudicated``, ``complete``, ``settled``, and ``said``: the
    answers that have labels, each a task and a JSON list; ``None`` without any.
    """
    answers = and_(
        answer.c.project == item.c.project,
        answer.c.task_set == item.c.task_set,
        answer.c.meme == item.c.meme,
        answer.c.labels.is_not(None),
    )
    facts = [item.c[name] for name in ("meme", "changed", "adjudicated", "complete", "settled")]
    said = func.aggregate_strings(answer.c.task + FIELD + _plain(answer.c.labels), RECORD)
    found = (
        select(*facts, said.label("said"))
        .join_from(item, answer, answers, isouter=True)
        .where(item.c.project == project, item.c.task_set == task_set, item.c.changed > since)
        .group_by(*facts)
        .order_by(item.c.changed)
    )
    return connection.execute(found).all()


def select_votes(connection: Connection, project: str, task_set: str, since: int) -> Sequence[Any]:
    """Return every decision that counts on the memes to which something happened after a number.

    Columns: ``meme``, ``person``, ``model``, ``time`` in milliseconds since 1970, ``seconds``,
    ``version``, and ``said``: its answers, each a task, a verdict and a JSON list.
    """
    said = decision.c.task + FIELD + decision.c.verdict + FIELD + _plain(decision.c.labels)
    found = (
        select(
            mark.c.meme,
            mark.c.person,
            func.max(decision.c.model).label("model"),
            func.max(type_coerce(decision.c.time, BigInteger)).label("time"),
            func.max(decision.c.seconds).label("seconds"),
            func.max(decision.c.version).label("version"),
            func.aggregate_strings(said, RECORD).label("said"),
        )
        .join_from(item, mark, _same(item, mark))
        .join(
            decision,
            and_(
                decision.c.save == mark.c.save,
                decision.c.meme == mark.c.meme,
                decision.c.annotator == mark.c.person,
                decision.c.action == "label",
            ),
        )
        .where(
            item.c.project == project,
            item.c.task_set == task_set,
            item.c.changed > since,
            mark.c.state == "done",
        )
        .group_by(mark.c.meme, mark.c.person)
        .order_by(func.min(decision.c.number))
    )
    return connection.execute(found).all()


def count_people(connection: Connection, project: str, task_set: str) -> dict[str, PersonCounts]:
    """Return how many memes are in which state for everybody who did something, by name."""
    found = select(
        mark.c.person,
        *(_count(mark.c.state == state).label(state) for state in ("done", "skipped", "draft")),
        _count(mark.c.flagged).label("flagged"),
        _count(mark.c.returned).label("returned"),
        func.max(func.coalesce(progress.c.late, 0)).label("late"),
    ).where(mark.c.project == project, mark.c.task_set == task_set)
    own = and_(*(progress.c[name] == mark.c[name] for name in ("project", "task_set", "person")))
    found = found.select_from(mark.outerjoin(progress, own))
    rows = connection.execute(found.group_by(mark.c.person).order_by(func.min(mark.c.since)))
    people = {row.person: PersonCounts(**_but(row, "person")) for row in rows}
    return {name: counts for name, counts in people.items() if counts != PersonCounts()}


def count_missing(connection: Connection, project: str, task_set: str) -> int:
    """Return how many decisions are wanted until every meme has enough of them.

    What a reviewer has decided needs nobody any more.
    """
    needed = case(
        (item.c.adjudicated != "", 0),
        (item.c.decided >= meme.c.wanted, 0),
        else_=meme.c.wanted - func.coalesce(item.c.decided, 0),
    )
    decided = and_(
        item.c.project == meme.c.project, item.c.task_set == task_set, item.c.meme == meme.c.id
    )
    found = select(func.sum(needed)).join_from(meme, item, decided, isouter=True)
    return connection.scalar(found.where(meme.c.project == project, ~meme.c.removed)) or 0


def page_cases(
    connection: Connection, project: str, task_set: str, which: Which, *, page: int, size: int
) -> tuple[list[str], int, int]:
    """Return the memes of one page, its number, and how many memes there are.

    Open disagreements come with the most tasks in dispute first, and of equally many those on which
    people differ most; flagged memes in the order of their first flag, those with open
    threads in that of the first of them, decided ones newest first. A page beyond either end is
    that end.
    """
    found = _CASES[which](project, task_set)
    total = connection.scalar(select(func.count()).select_from(found.order_by(None).subquery()))
    pages = max(1, -(-(total or 0) // size))
    page = min(max(1, page), pages)
    rows = connection.execute(found.limit(size).offset((page - 1) * size))
    return [row[0] for row in rows], page, total or 0


def _select_open(project: str, task_set: str) -> Select[Any]:
    # A dispute is at most 1: tasks count first.
    score = func.sum(1000 + answer.c.dispute)
    return (
        select(answer.c.meme)
        .join(item, _same(item, answer))
        .where(
            answer.c.project == project,
            answer.c.task_set == task_set,
            answer.c.dispute > 0,
            item.c.adjudicated == "",
        )
        .group_by(answer.c.meme)
        .order_by(score.desc(), func.min(item.c.changed), answer.c.meme)
    )


def _select_flagged(project: str, task_set: str) -> Select[Any]:
    found = _select_by(project, task_set, decision.c.action == "flag", item.c.flags > 0)
    return found.order_by(func.min(decision.c.number))


def _select_adjudicated(project: str, task_set: str) -> Select[Any]:
    last = and_(decision.c.save == item.c.adjudicated, decision.c.action == "adjudicate")
    found = _select_by(project, task_set, last, item.c.adjudicated != "")
    return found.order_by(func.max(decision.c.number).desc())


def _select_talked(project: str, task_set: str) -> Select[Any]:
    here = comment.c.project == project, comment.c.thread == 0, comment.c.resolved_by == ""
    found = select(comment.c.meme).where(*here).group_by(comment.c.meme)
    return found.order_by(func.min(comment.c.number))


def _select_by(
    project: str, task_set: str, rows: ColumnElement[bool], where: ColumnElement[bool]
) -> Select[Any]:
    """Return the memes that are so, with these rows of the log."""
    own = and_(decision.c.project == item.c.project, decision.c.meme == item.c.meme, rows)
    found = select(item.c.meme).join(decision, own)
    here = item.c.project == project, item.c.task_set == task_set
    return found.where(*here, where).group_by(item.c.meme)


_CASES = {
    "open": _select_open,
    "flagged": _select_flagged,
    "talked": _select_talked,
    "adjudicated": _select_adjudicated,
}


def _same(one: Any, other: Any) -> ColumnElement[bool]:
    """Say that two rows are about the same meme of the same place."""
    return and_(*(one.c[name] == other.c[name] for name in ("project", "task_set", "meme")))


def _plain(labels: ColumnElement[Any]) -> ColumnElement[str]:
    return type_coerce(labels, Text)


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


def _but(row: Row[Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in row._mapping.items() if key != name}
