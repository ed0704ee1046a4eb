"""The table ``job`` in SQL: see ``jobs``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, RowMapping, delete, insert, select, update

from memeclip_core.database.facts import read_fact, write_fact
from memeclip_core.database.schema import job
from memeclip_core.records.job import LIVE, Job
from memeclip_core.records.schemas import from_plain, to_plain

_PLAIN: Final = ("arguments", "progress", "counts")
_FACTS: Final = ("failures", "file", "stamp", "base", "candidate", "comparison", "tries", "log")
"""Fields of a job that stand together in one column."""
_TAKEN: Final = "old jobs"


class Claim(NamedTuple):
    """A job with who carries it out, when that process last said so, and whose files it needs."""

    job: Job
    worker: str
    beat: float
    place: str


def insert_job(
    connection: Connection, made: Job, worker: str = "", beat: float = 0.0, place: str = ""
) -> None:
    """Add a job."""
    values = {
        name: getattr(made, name)
        for name in ("id", "kind", "subject", "state", "started", "ended", "by", "reason")
    }
    values |= {"worker": worker, "beat": beat, "place": place, **_work(made)}
    connection.execute(insert(job).values(**values))


def select_jobs(
    connection: Connection,
    kinds: Sequence[str],
    subject: str | None = None,
    *,
    job_id: str | None = None,
    live: bool = False,
    limit: int | None = None,
    locked: bool = False,
) -> list[Claim]:
    """Return jobs, newest first: of some kinds, and perhaps of one subject, of one id, or live.

    With ``locked`` nobody else changes them in this transaction, and those are left out that
    somebody is changing.
    """
    wanted = select(job).where(job.c.kind.in_(kinds))
    if subject is not None:
        wanted = wanted.where(job.c.subject == subject)
    if job_id is not None:
        wanted = wanted.where(job.c.id == job_id)
    if live:
        wanted = wanted.where(job.c.state.in_(LIVE))
    wanted = wanted.order_by(job.c.started.desc(), job.c.id.desc()).limit(limit)
    if locked:
        wanted = wanted.with_for_update(skip_locked=True)
    return [_read(row) for row in connection.execute(wanted).mappings()]


def select_counts(connection: Connection, kinds: Sequence[str], subject: str) -> dict[str, int]:
    """Return what the newest job of a subject counted that was not interrupted; else nothing."""
    wanted = select(job.c.counts).where(job.c.kind.in_(kinds), job.c.subject == subject)
    wanted = wanted.where(job.c.state != "interrupted").order_by(job.c.started.desc()).limit(1)
    found: dict[str, int] | None = connection.execute(wanted).scalar()
    return found or {}


def update_beat(
    connection: Connection, known: Job, worker: str, beat: float, *, changed: bool
) -> bool:
    """Say that a job is worked on, and how far it is; return whether its work is to end.

    It is also where the job has been closed, or taken over, by somebody else.
    """
    values = {"beat": beat, **(_work(known) if changed else {})}
    own = (job.c.id == known.id) & (job.c.worker == worker) & job.c.state.in_(LIVE)
    stop = connection.execute(update(job).where(own).values(**values).returning(job.c.stop))
    return stop.scalar() is not False


def update_owner(connection: Connection, known: Job, worker: str, new: str, beat: float) -> bool:
    """Hand a worker's job to another, or to none (""); say whether it was still the first's."""
    values = {"state": known.state, "worker": new, "beat": beat, **_work(known)}
    return _change(connection, known.id, worker, **values)


def update_end(connection: Connection, ended: Job, worker: str) -> bool:
    """Close a job that nobody else has closed; say whether that was so.

    One that is done, and is to be done once more, stays open.
    """
    values = {"state": ended.state, "reason": ended.reason, "ended": ended.ended}
    fresh = [~job.c.again] if ended.state == "done" else []
    return _change(connection, ended.id, worker, *fresh, **values, **_work(ended))


def update_again(connection: Connection, job_id: str, worker: str, *, wanted: bool) -> bool:
    """Have a job's work done once more at its end; or, if that was wanted, note that it begins.

    Say whether it was so.
    """
    before = [] if wanted else [job.c.again]
    return _change(connection, job_id, worker, *before, again=wanted)


def update_stop(connection: Connection, job_id: str) -> None:
    """Ask for the end of a job's work, in whichever process that is done."""
    connection.execute(update(job).where(job.c.id == job_id).values(stop=True))


def delete_ended(connection: Connection, kinds: Sequence[str], before: datetime) -> None:
    """Delete the jobs of some kinds that ended before a time."""
    connection.execute(delete(job).where(job.c.kind.in_(kinds), job.c.ended < before))


def insert_old_jobs(connection: Connection, old: Iterable[Job]) -> None:
    """Take jobs over from files; nothing happens if that was done before."""
    if not read_fact(connection, _TAKEN):
        for one in old:
            insert_job(connection, one)
        write_fact(connection, _TAKEN, True)


def _change(
    connection: Connection, job_id: str, owner: str, *more: ColumnElement[bool], **values: Any
) -> bool:
    """Change a job that is under way and a worker's; say whether it was."""
    own = (job.c.id == job_id) & (job.c.worker == owner) & job.c.state.in_(LIVE)
    return connection.execute(update(job).where(own, *more).values(**values)).rowcount > 0


def _work(known: Job) -> dict[str, Any]:
    """Return what changes while a job runs, as the columns hold it."""
    facts = {name: to_plain(getattr(known, name)) for name in _FACTS}
    return {name: to_plain(getattr(known, name)) for name in _PLAIN} | {"facts": facts}


def _read(row: RowMapping) -> Claim:
    known = from_plain(Job, {**row, **row["facts"]})
    return Claim(known, row["worker"], row["beat"] or 0.0, row["place"])
