"""The embedded database as a file to keep elsewhere, and what is asked before one is put back."""

from __future__ import annotations

import hashlib
import logging
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Select, Table, func, insert, or_, select

from memeclip_core.database.deletions import DEMOS, OF_DEMO, list_deletions
from memeclip_core.database.engine import FILE, Database
from memeclip_core.database.schema import (
    PEOPLE_TAKEN,
    PRIVATE,
    active_model,
    answer,
    assignment,
    bookmark,
    comment,
    dealt,
    decision,
    fact,
    gold_answer,
    item,
    job,
    label_set,
    lease,
    lesson,
    mark,
    member,
    meme,
    meme_change,
    model_change,
    model_version,
    prediction,
    progress,
    project,
    proposal,
    qualification,
    rank,
    ranking,
    reading,
    suggestion,
    tally,
    vector,
)
from memeclip_core.errors import StoreError

_log = logging.getLogger("memeclip")


def write_snapshot(root: Path, target: Path) -> None:
    """Copy a home's database as it is at one moment; others may write on.

    Who may sign in, and demos, are left out.

    Raises:
        StoreError: if that fails.
    """
    try:
        with (
            closing(sqlite3.connect(root / FILE)) as source,
            closing(sqlite3.connect(target, isolation_level=None)) as copy,
        ):
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
            for table in (*reversed(PRIVATE), lease):
                copy.execute(f"DELETE FROM {table.name}")
            copy.execute(f"DELETE FROM {fact.name} WHERE name = ?", (PEOPLE_TAKEN,))
            for deletion in list_deletions(DEMOS):
                literal = deletion.compile(compile_kwargs={"literal_binds": True})
                copy.execute(str(literal))
            copy.execute("VACUUM")  # what was deleted would stay readable in the file
    except sqlite3.Error as error:
        raise StoreError(f"The database could not be copied ({error}). Try again.") from None


def read_revision(root: Path) -> tuple[int, int]:
    """Return the number of the last decision, and one that stands for all else that was done.

    Neither changes while people only look on: what they hold, sign-ins, heartbeats and orders,
    which are written all the time, count for nothing. It costs some milliseconds.

    Raises:
        StoreError: if the database cannot be read.
    """
    database, seen = Database.of_home(root), hashlib.sha256()
    try:
        with database.read() as connection:
            for table, query in WATCHED.items():
                seen.update(table.name.encode())
                for row in connection.execute(query):
                    seen.update(repr(tuple(row)).encode())
            number = connection.scalar(select(func.max(decision.c.number))) or 0
    finally:
        database.close()
    return number, int.from_bytes(seen.digest()[:6])


def _all(table: Table, *without: str) -> Select[Any]:
    columns = [column for column in table.c if column.name not in without]
    return select(*columns).order_by(*table.primary_key)


_ASSIGNED: Final = (assignment.c.project, assignment.c.person)
_LAST_COMMENT: Final = select(func.max(comment.c.number)).scalar_subquery()

WATCHED: Final[Mapping[Table, Select[*tuple[Any, ...]]]] = {
    project: _all(project),
    # Memes that are changed are those of a project's revision, or of a job that ends.
    meme: select(func.count()).select_from(meme),
    meme_change: select(func.max(meme_change.c.number)),
    member: _all(member),
    # There may be as many as memes: those of a person come in one text.
    assignment: select(*_ASSIGNED, func.group_concat(assignment.c.meme))
    .group_by(*_ASSIGNED)
    .order_by(*_ASSIGNED),
    qualification: _all(qualification),
    gold_answer: select(func.count(), func.max(gold_answer.c.time)),
    comment: select(comment.c.number, comment.c.resolved_by)
    .where(or_(comment.c.resolved_by != "", comment.c.number == _LAST_COMMENT))
    .order_by(comment.c.number),
    proposal: _all(proposal, "text", "predicted", "image"),
    job: select(func.count(), func.max(job.c.started), func.max(job.c.ended)),
    active_model: _all(active_model),
    model_change: select(func.max(model_change.c.number)),
    model_version: select(func.count()).select_from(model_version),
    prediction: select(func.max(prediction.c.changed), func.sum(prediction.c.revision)),
    reading: select(func.count()).select_from(reading),
    fact: _all(fact),
}
"""What is asked of each table that people's work lies in, besides that of decisions."""

FOLLOWING: Final = (label_set, item, answer, tally, mark, progress, suggestion, vector, lesson)
"""Tables that change in the transaction that changes one of those, or are made anew from them."""

PASSING: Final = (lease, dealt, ranking, rank, bookmark)
"""Tables that are written for people who only look on."""


def holds_work(root: Path) -> bool:
    """Say whether somebody decided or set up anything in a home's database; a demo is nothing."""
    if not (root / FILE).exists():
        return False
    database = Database.of_home(root)
    try:
        with database.read() as connection:
            work = (
                select(project.c.key).where(~OF_DEMO),
                select(decision.c.number).where(decision.c.project.not_in(DEMOS)),
                select(model_version.c.version),
            )
            return any(connection.execute(one.limit(1)).first() for one in work)
    finally:
        database.close()


def is_open(root: Path) -> bool:
    """Say whether a program has a home's database open; how it is written cannot change then."""
    if not (root / FILE).exists():
        return False
    try:
        with closing(sqlite3.connect(root / FILE, timeout=0)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.OperationalError as error:
        return "locked" in str(error)
    except sqlite3.DatabaseError:  # damaged, which may be why another is put in its place
        return False
    return False


def keep_people(old: Path, new: Path) -> None:
    """Put who may sign in from one home's database into another's, which has nobody.

    Both are brought to the tables of today. Where the first is damaged, nobody comes along.

    Raises:
        StoreError: if the second cannot be used.
    """
    source, target = Database.of_home(old), Database.of_home(new)
    try:
        with target.write() as into:
            if (old / FILE).exists():
                for table, rows in _read_people(source):
                    into.execute(insert(table), rows)
    finally:
        source.close()
        target.close()


def _read_people(source: Database) -> list[tuple[Table, list[dict[str, Any]]]]:
    try:
        with source.read() as connection:
            asked = [(t, select(t)) for t in PRIVATE]
            asked.append((fact, select(fact).where(fact.c.name == PEOPLE_TAKEN)))
            found = [(t, connection.execute(query).mappings().all()) for t, query in asked]
    except StoreError as error:
        _log.warning("who may sign in could not be read: %s", error)
        return []
    return [(table, [dict(row) for row in rows]) for table, rows in found if rows]
