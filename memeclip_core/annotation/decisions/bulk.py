"""The SQL of many memes at once: what happened to all of a place, and what it adds up to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, case, delete, func, insert, select

from memeclip_core.annotation.decisions.queries import (
    COUNTS,
    MEME_ROWS,
    TALLIED,
    Numbered,
    select_memes,
    write_states,
)
from memeclip_core.database.parts import split_values
from memeclip_core.database.prepared import Prepared
from memeclip_core.database.schema import answer, decision, item, mark, tally
from memeclip_core.database.upsert import upsert
from memeclip_core.records.decision import Decision

_SAID = (
    "save", "annotator", "time", "task_set", "meme", "image", "text", "text_source", "labels",
    "note", "project", "version", "action",
)  # fmt: skip
"""What a decision says that counts, beside its tasks."""
_COUNTING = Prepared(
    MEME_ROWS.where(COUNTS)
    .with_only_columns(decision.c.number, decision.c.task, *(decision.c[name] for name in _SAID))
)  # fmt: skip
_ADD = {
    table: Prepared(insert(table), [column.name for column in table.columns])
    for table in (item, answer, mark)
}


def iterate_memes(
    connection: Connection, task_set: str, project: str
) -> Iterator[dict[str, list[Numbered]]]:
    """Yield the rows of all memes of a place by id, in pieces of some hundred memes."""
    found = select(decision.c.meme).distinct().order_by(decision.c.meme)
    here = found.where(decision.c.project == project, decision.c.task_set == task_set)
    for part in split_values(connection.scalars(here).all()):
        yield select_memes(connection, task_set, part, project)


def select_counting(
    connection: Connection, task_set: str, memes: Iterable[str]
) -> dict[str, list[Decision]]:
    """Return the decisions on memes that count, of the page and of all projects, oldest first.

    A person's own, and those of reviewers; without verdicts, times and models.
    """
    parts = split_values(dict.fromkeys(memes))
    rows = chain.from_iterable(
        _COUNTING.rows(connection, task_set=task_set, memes=part) for part in parts
    )
    saves: dict[tuple[str, ...], dict[str, Any]] = {}
    for number, task, *said in sorted(rows, key=itemgetter(0)):
        row = dict(zip(_SAID, said, strict=True))
        key = (row["meme"], row["project"], row["annotator"], row["action"])
        before = saves.pop(key, None)
        labels = {} if before is None else before["labels"]
        saves[key] = {**row, "labels": {**labels, task: row["labels"]}, "revision": number}
    found: dict[str, list[Decision]] = {}
    for own in saves.values():
        found.setdefault(own["meme"], []).append(Decision(**own))
    return found


def find_event(connection: Connection, event: str) -> str:
    """Return the save that a row is of, by its event; "" where there is no such row."""
    found = select(decision.c.save).where(decision.c.event == event)
    return connection.scalar(found) or ""


def clear_states(connection: Connection, project: str, task_set: str) -> None:
    """Delete what the decisions of a place add up to."""
    for table in (item, answer, mark, tally):
        here = (table.c.project == project) & (table.c.task_set == task_set)
        connection.execute(delete(table).where(here))


def add_states(
    connection: Connection,
    project: str,
    task_set: str,
    items: Sequence[Mapping[str, Any]],
    answers: Sequence[Mapping[str, Any]],
    marks: Sequence[Mapping[str, Any]],
) -> None:
    """Write what the decisions on some memes add up to where nothing was; see ``write_states``.

    ``count_states`` counts once all are written.
    """
    where = {"project": project, "task_set": task_set}
    for table, rows in ((item, items), (answer, answers), (mark, marks)):
        _ADD[table].run(connection, [{**where, **row} for row in rows])


def drop_states(connection: Connection, project: str, task_set: str, meme: str) -> None:
    """Delete what the decisions on one meme add up to, and count it out, as if it were new."""
    nothing = {
        "meme": meme, "decided": 0, "awaited": 0, "flags": 0, "adjudicated": "", "changed": 0,
        "complete": False, "settled": False,
    }  # fmt: skip
    write_states(
        connection, project, task_set, items=[nothing], answers=(), marks=(), open_now={meme: True}
    )
    for table in (item, mark):
        here = (table.c.project == project) & (table.c.task_set == task_set)
        connection.execute(delete(table).where(here, table.c.meme == meme))


def count_states(connection: Connection, project: str, task_set: str) -> None:
    """Count what the rows of ``item`` of a place add up to."""
    conditions = (
        (item.c.decided > 0) | (item.c.adjudicated != ""), item.c.adjudicated != "",
        item.c.flags > 0,
    )  # fmt: skip
    sums = [func.sum(case((condition, 1), else_=0)) for condition in conditions]
    found = select(func.sum(item.c.decided), *sums).where(
        item.c.project == project, item.c.task_set == task_set
    )
    counts = [value or 0 for value in connection.execute(found).one()]
    if any(counts):
        row = dict(zip(TALLIED, counts, strict=True), project=project, task_set=task_set)
        upsert(connection, tally, [row])
