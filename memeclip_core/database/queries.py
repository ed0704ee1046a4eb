"""The table ``job`` in SQL: see ``jobs``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, RowMapping, insert, select, update

from memeclip_core.database.facts import read_fact, write_fact
from memeclip_core.database.schema import job
from memeclip_core.records.job import LIVE, Job
from memeclip_core.records.schemas import from_plain, to_plain

_PLAIN: Final = ("arguments", "progress", "counts")
_FACTS: Final = ("failures", "file", "base", "candidate", "comparison", "log")
"""Fields of a job that stand together in one column."""
_TAKEN: Final = "old jobs"


class Claim(NamedTuple):
    """A job with who carries it out, and when that process last said so."""

    job: Job
    worker: str
    beat: float


def insert_job(connection: Connection, made: Job, worker: str = "", beat: float = 0.0) -> None:
    """Add a job."""
    values = {
        name: getattr(made, name)
        for name in ("id", "kind", "subject", "state", "started", "ended", "by", "reason")
    }
    connection.execute(insert(job).values(**values, **_work(made), worker=worker, beat=beat))


def select_jobs(
    connection: Connection,
    kinds: Sequence[str],
    subject: str | None = None,
    *,
    job_id: str | None = None,
    live: bool = False,
    limit: int | None = None,
) -> list[Claim]:
    """Return jobs, newest first: of some kinds, and perhaps of one subject, of one id, or live."""
    wanted = select(job).where(job.c.kind.in_(kinds))
    if subject is not None:
        wanted = wanted.where(job.c.subject == subject)
    if job_id is not None:
        wanted = wanted.where(job.c.id == job_id)
    if live:
        wanted = wanted.where(job.c.state.in_(LIVE))
    wanted = wanted.order_by(job.c.started.desc(), job.c.id.desc()).limit(limit)
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


def update_end(connection: Connection, ended: Job, worker: str) -> None:
    """Close a job that nobody else has closed."""
    own = (job.c.id == ended.id) & (job.c.worker == worker) & job.c.state.in_(LIVE)
    values = {"state": ended.state, "reason": ended.reason, "ended": ended.ended}
    connection.execute(update(job).where(own).values(**values, **_work(ended)))


def update_stop(connection: Connection, job_id: str) -> None:
    """Ask for the end of a job's work, in whichever process that is done."""
    connection.execute(update(job).where(job.c.id == job_id).values(stop=True))


def insert_old_jobs(connection: Connection, old: Iterable[Job]) -> None:
    """Take jobs over from files; nothing happens if that was done before."""
    if not read_fact(connection, _TAKEN):
        for one in old:
            insert_job(connection, one)
        write_fact(connection, _TAKEN, True)


def _work(known: Job) -> dict[str, Any]:
    """Return what changes while a job runs, as the columns hold it."""
    facts = {name: to_plain(getattr(known, name)) for name in _FACTS}
    return {name: to_plain(getattr(known, name)) for name in _PLAIN} | {"facts": facts}


def _read(row: RowMapping) -> Claim:
    return Claim(from_plain(Job, {**row, **row["facts"]}), row["worker"], row["beat"] or 0.0)
