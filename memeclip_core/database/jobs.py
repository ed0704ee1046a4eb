"""The one job runner: work in the background, which any process can follow and stop.

Invariants: a job is a row of ``job``, and whoever claims it there carries it out: within one
transaction it is seen that no other of its kind runs on the same subject. While it runs,
``JobHandle`` holds the truth, guarded by its mutex; a thread beside the work writes it down a few
times a second at most, says with it that the process is alive, and learns whether the work is to
end. A job whose process is gone, or has said nothing for ``LOST_SECONDS``, is closed as interrupted
by whoever looks at it; a process that comes back from such a silence ends its work. ``Jobs._mutex``
guards the list of what this object carries out.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection

from memeclip_core.database.engine import Database
from memeclip_core.database.queries import (
    Claim,
    insert_job,
    insert_old_jobs,
    select_counts,
    select_jobs,
    update_beat,
    update_end,
    update_stop,
)
from memeclip_core.errors import JobError, MemeclipError, StoreError, without_folders
from memeclip_core.process import RUN, is_gone
from memeclip_core.records.clock import utc_now
from memeclip_core.records.decision import Person
from memeclip_core.records.job import MAX_FAILURES, MAX_LINES, Job, JobKind, JobState, Progress
from memeclip_core.records.meme import Failure

BEAT_SECONDS = 0.4
"""How often a running job is written down."""

LOST_SECONDS = 45.0
"""Silence after which a process is taken for dead where that cannot be seen."""

INTERRUPTED: Final = (
    "The program ended before this did. What was finished stays, and all else is unchanged: "
    "start it again."
)
STOPPED: Final = "Stopped on request. What was finished stays, and all else is unchanged."
UNEXPECTED: Final = "Something unexpected went wrong; the log says what."
_NOUNS: Final[dict[str, str]] = {"retrain": "retraining", "predict": "prediction"}
_log = logging.getLogger("memeclip")


class Stopped(JobError):
    """Somebody asked the job to stop."""


class JobHandle:
    """What the work says of itself while it runs; the job that people see follows it.

    Attributes:
        written: the job as it was last written down.
    """

    def __init__(self, job: Job) -> None:
        self._job = self.written = job
        self._mutex = threading.Lock()
        self._stop = threading.Event()

    @property
    def job(self) -> Job:
        """The job as it stands now."""
        return self._job

    def stop(self) -> None:
        """Ask the work to end at its next step."""
        self._stop.set()

    def stopped(self) -> bool:
        """Say whether somebody asked the work to end."""
        return self._stop.is_set()

    def report(self, progress: Progress) -> None:
        """Say how far the work has come; raise Stopped if somebody asked it to end."""
        self.change(progress=progress)
        if self.stopped():
            raise Stopped(STOPPED)

    def say(self, line: str) -> None:
        """Add a line to the log, unless it is long already."""
        with self._mutex:
            if len(self._job.log) < MAX_LINES:
                self._job = self._job.with_line(line)

    def count(self, name: str, more: int = 1) -> None:
        """Add to a count."""
        with self._mutex:
            counts = {**self._job.counts, name: self._job.counts.get(name, 0) + more}
            self._job = replace(self._job, counts=counts)

    def fail(self, filename: str, reason: str, *, counted: str = "failed") -> None:
        """Note something that could not be used or deserves a look."""
        self.count(counted)
        with self._mutex:
            if len(self._job.failures) < MAX_FAILURES:
                failure = Failure(filename=filename, reason=reason)
                self._job = replace(self._job, failures=(*self._job.failures, failure))

    def change(self, **facts: Any) -> None:
        """Exchange attributes of the job."""
        with self._mutex:
            self._job = replace(self._job, **facts)


Work = Callable[[JobHandle], None]
OnEnd = Callable[[Job], None]


class Jobs:
    """Start, follow and stop the jobs of some kinds; those of others are none to it.

    All methods raise StoreError if the database cannot be used.

    Args:
        database: where they stand.
        kinds: which.
        alone: whether one of them runs at a time at all, and not one for each subject.
    """

    def __init__(
        self, database: Database, kinds: Sequence[JobKind], *, alone: bool = False
    ) -> None:
        self._database = database
        self._kinds = tuple(kinds)
        self._alone = alone
        self._worker = f"{_find_host()}|{os.getpid()}|{RUN}|{secrets.token_hex(4)}"
        self._mutex = threading.Lock()
        self._own: dict[str, JobHandle] = {}

    def start(
        self,
        who: Person,
        kind: JobKind,
        subject: str,
        work: Work,
        *,
        arguments: Mapping[str, str] | None = None,
        on_end: OnEnd | None = None,
    ) -> Job:
        """Begin a job in the background and return it.

        Args:
            who: who started it.
            kind: what it does.
            subject: what it works on.
            work: does it; called once, in a thread of its own.
            arguments: what it takes to start it again, here or on another server.
            on_end: called with the job at its end.

        Raises:
            JobError: if one of this kind is running on the subject.
        """
        handle = self.claim(who, kind, subject, arguments=arguments)
        self.begin(handle, work, on_end)
        return handle.job

    def claim(
        self,
        who: Person,
        kind: JobKind,
        subject: str,
        *,
        arguments: Mapping[str, str] | None = None,
    ) -> JobHandle:
        """Write a job down as running here; ``begin``, ``carry_out`` or ``finish`` has to follow.

        Raises:
            JobError: as ``start``.
        """
        now = utc_now()
        job = Job(
            id=f"{now:%Y%m%dT%H%M%S%f}-{secrets.token_hex(3)}",
            kind=kind,
            subject=subject,
            state="running",
            started=now,
            by=who.name,
            progress=Progress(done=0, total=0, message="starting"),
            arguments=dict(arguments or {}),
        )
        handle = JobHandle(job)
        with self._mutex:
            self._own[job.id] = handle
        try:
            with self._database.write("jobs") as connection:
                on = None if self._alone else subject
                live = self._close_dead(connection, select_jobs(connection, [kind], on, live=True))
                if live:
                    raise JobError(
                        f"The {_NOUNS.get(kind, kind)} of '{live[0].subject}' is running already "
                        f"({live[0].id}), and one runs at a time. Wait for it, or stop it."
                    )
                insert_job(connection, job, self._worker, time.time())
        except BaseException:
            self._forget(job.id)
            raise
        return handle

    def begin(self, handle: JobHandle, work: Work, on_end: OnEnd | None = None) -> None:
        """Carry out a claimed job in a thread of its own."""
        threading.Thread(
            target=self.carry_out, args=(handle, work, on_end), name=handle.job.kind, daemon=True
        ).start()

    def carry_out(self, handle: JobHandle, work: Work, on_end: OnEnd | None = None) -> Job:
        """Carry out a claimed job here; whatever happens ends in a state and a reason."""
        ended = threading.Event()
        beating = threading.Thread(target=self._beat, args=(handle, ended), daemon=True)
        beating.start()
        state: JobState = "failed"
        reason = UNEXPECTED
        try:
            work(handle)
            state, reason = "done", ""
        except MemeclipError as error:
            state, reason = "failed", without_folders(str(error))
            if handle.stopped():
                state = "cancelled"
        except Exception:
            _log.exception("the %s %s failed", handle.job.kind, handle.job.id)
        except BaseException:
            state, reason = "cancelled", "The program was stopped."
            raise
        finally:
            ended.set()
            beating.join()
            job = self.finish(handle, state, reason)
        if on_end is not None:
            on_end(job)
        return job

    def write_down(self, handle: JobHandle) -> None:
        """Write down how a claimed job stands, and learn whether it is to end."""
        job = handle.job
        with self._database.write(lasting=False) as connection:
            changed = job is not handle.written
            if update_beat(connection, job, self._worker, time.time(), changed=changed):
                handle.stop()
        handle.written = job

    def finish(self, handle: JobHandle, state: JobState, reason: str) -> Job:
        """Close a claimed job and return it as it ended."""
        job = handle.job.end(state, reason)
        try:
            with self._database.write() as connection:
                update_end(connection, job, self._worker)
        except StoreError as error:
            _log.warning("the end of %s %s is not on record: %s", job.kind, job.id, error)
        ended = ("state", "reason", "ended", "log", "candidate")
        handle.change(**{name: getattr(job, name) for name in ended})
        # Taken off the list at last: whoever sees the end may start the next at once.
        self._forget(job.id)
        _log.info("%s %s of %s: %s", job.kind, job.id, job.subject, state)
        return job

    def get(self, job_id: str, subject: str | None = None) -> Job:
        """Return a job as it stands now; raise JobError if there is none, or not of the subject."""
        found = self._look(subject, job_id=job_id)
        if not found:
            raise JobError(f"There is no job '{job_id[:80]}' here.")
        return found[0]

    def list(self, subject: str | None = None, *, limit: int | None = None) -> tuple[Job, ...]:
        """Return the jobs of a subject, or all, newest first."""
        return self._look(subject, limit=limit)

    def live(self, subject: str | None = None) -> tuple[Job, ...]:
        """Return those that are under way, in this process or another."""
        return self._look(subject, live=True)

    @property
    def busy(self) -> bool:
        """Whether this process carries one out just now; costs nothing."""
        return bool(self._own)

    def stop(self, job_id: str, subject: str | None = None) -> Job:
        """Ask a job to stop, in whichever process it runs; JobError if it has ended."""
        job = self.get(job_id, subject)
        if not job.live:
            raise JobError(f"The job '{job_id}' is {job.state} and cannot be stopped any more.")
        with self._mutex:
            handle = self._own.get(job_id)
        if handle is not None:
            handle.stop()
        else:
            with self._database.write() as connection:
                update_stop(connection, job_id)
        return self.get(job_id, subject)

    def counts(self, subject: str) -> dict[str, int]:
        """Return what the newest job of a subject counted that was not interrupted, or nothing."""
        with self._database.read() as connection:
            return select_counts(connection, self._kinds, subject)

    def recover(self, old: Iterable[Job]) -> None:
        """Close what a kill left, and take over, once, what an earlier release kept in files."""
        with self._database.write("jobs") as connection:
            self._close_dead(connection, select_jobs(connection, self._kinds, live=True))
            insert_old_jobs(
                connection,
                (job.end("interrupted", INTERRUPTED) if job.live else job for job in old),
            )

    def _look(self, subject: str | None, **which: Any) -> tuple[Job, ...]:
        with self._database.read() as connection:
            claims = select_jobs(connection, self._kinds, subject, **which)
        if any(claim.job.live and not self._is_alive(claim) for claim in claims):
            with self._database.write("jobs") as connection:
                live = select_jobs(connection, self._kinds, subject, live=True)
                self._close_dead(connection, live)
                claims = select_jobs(connection, self._kinds, subject, **which)
        with self._mutex:
            own = {job_id: handle.job for job_id, handle in self._own.items()}
        return tuple(own.get(claim.job.id, claim.job) for claim in claims)

    def _close_dead(self, connection: Connection, live: Sequence[Claim]) -> tuple[Job, ...]:
        """Close the jobs of processes that died, and return the others."""
        alive = []
        for claim in live:
            if self._is_alive(claim):
                alive.append(claim.job)
            else:
                update_end(connection, claim.job.end("interrupted", INTERRUPTED), claim.worker)
        return tuple(alive)

    def _is_alive(self, claim: Claim) -> bool:
        if claim.worker == self._worker:
            with self._mutex:
                return claim.job.id in self._own
        host, pid, run, _ = claim.worker.split("|")
        if host == _find_host() and is_gone(int(pid), run):
            return False
        return time.time() - claim.beat < LOST_SECONDS

    def _beat(self, handle: JobHandle, ended: threading.Event) -> None:
        while not ended.wait(BEAT_SECONDS):
            try:
                self.write_down(handle)
            except StoreError as error:
                _log.warning("%s could not be written down: %s", handle.job.id, error)

    def _forget(self, job_id: str) -> None:
        with self._mutex:
            self._own.pop(job_id, None)


def _find_host() -> str:
    """Return what says whether two process numbers mean the same: the machine and the container."""
    space = ""
    with suppress(OSError):
        space = str(Path("/proc/self/ns/pid").stat().st_ino)
    return f"{socket.gethostname()} {space}"
