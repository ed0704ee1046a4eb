"""The one job runner: work in the background, which any process can follow, stop and take up.

Invariants: a job is a row of ``job``, and whoever claims it there carries it out: within one
transaction it is seen that no other of its kind runs on the same subject. While it runs,
``JobHandle`` holds the truth, guarded by its mutex; a thread beside the work writes it down a few
times a second at most, says with it that the process is alive, and learns whether the work is to
end. A job whose process is gone, or has said nothing for ``LOST_SECONDS``, is let go of by whoever
looks at it: one of the kinds ``RESUMED`` waits to be taken up, any other is closed as interrupted.
A process that comes back from such a silence ends its work. Every change names the worker that the
job had when it was read, so that of two who want it one gets it. ``Jobs._mutex`` guards the list
of what this object carries out.

A job is done once all that belongs to it is: nothing follows its end.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection

from memeclip_core.database.engine import Database
from memeclip_core.database.job_handle import STOPPED, JobHandle, Work, repeating
from memeclip_core.database.queries import (
    Claim,
    delete_ended,
    insert_job,
    insert_old_jobs,
    select_counts,
    select_jobs,
    update_again,
    update_beat,
    update_end,
    update_owner,
    update_stop,
)
from memeclip_core.database.workers import is_lost, name_worker
from memeclip_core.errors import JobError, NotFound, StoreError
from memeclip_core.records.clock import utc_now
from memeclip_core.records.decision import Person
from memeclip_core.records.job import RESUMED, Job, JobKind, JobState, Progress

BEAT_SECONDS = 0.4
"""How often a running job is written down."""

LOOK_SECONDS = 5.0
"""How often a server looks for jobs to take up."""

TRIES: Final = 3
"""How many processes take a job up: one that ends each of them would end all servers in turn."""

INTERRUPTED: Final = (
    "The program ended before this did. What was finished stays, and all else is unchanged: "
    "start it again."
)
REPLACED: Final = "Another was started in its place."
GIVEN_UP: Final = (
    f"The program ended {TRIES + 1} times while it did this; its log may say why. What was "
    "finished stays. Start it again to try once more."
)
_NOUNS: Final[dict[str, str]] = {"retrain": "retraining", "predict": "prediction"}
_log = logging.getLogger("memeclip")

Reaches = Callable[[Job], bool]


class Jobs:
    """Start, follow, stop and take up the jobs of some kinds; those of others are none to it.

    All methods raise StoreError if the database cannot be used.

    Args:
        database: where they stand.
        kinds: which.
        place: whose files they work on, where several servers share the database: a job is taken
            up by servers of the same place alone.
        alone: whether one of them runs at a time at all, and not one for each subject.
    """

    def __init__(
        self, database: Database, kinds: Sequence[JobKind], *, place: str = "", alone: bool = False
    ) -> None:
        self._database = database
        self._kinds = tuple(kinds)
        self._place = place
        self._alone = alone
        self._duties: dict[JobKind, tuple[Work, Reaches]] = {}
        self._serving = False
        self._worker = name_worker()
        self._mutex = threading.Lock()
        self._own: dict[str, JobHandle] = {}

    def register(self, kind: JobKind, work: Work, reaches: Reaches = lambda job: True) -> None:
        """Say what carries out the jobs of a kind, from the subject and the arguments of a job.

        Args:
            kind: which.
            work: does it; called in a thread of its own.
            reaches: whether what a job of another process works on is there for this one too.
        """
        self._duties[kind] = work, reaches

    def start(
        self,
        who: Person,
        kind: JobKind,
        subject: str,
        *,
        arguments: Mapping[str, str] | None = None,
        again: bool = False,
    ) -> Job:
        """Begin a job of a registered kind in the background and return it.

        Args:
            who: who started it.
            kind: what it does.
            subject: what it works on.
            arguments: what else it has to know, here or on another server.
            again: whether one that runs already does its work once more at its end.

        Raises:
            JobError: if one of this kind is running on the subject.
        """
        handle = self.claim(who, kind, subject, arguments=arguments, again=again)
        self.begin(handle)
        return handle.job

    def claim(
        self,
        who: Person,
        kind: JobKind,
        subject: str,
        *,
        arguments: Mapping[str, str] | None = None,
        again: bool = False,
    ) -> JobHandle:
        """Write a job down as running here; ``begin``, ``carry_out`` or ``finish`` has to follow.

        One that waits to be taken up is closed instead of it.

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
        handle = self._keep(job)
        try:
            running: Job | None = None
            with self._database.write("jobs") as connection:
                on = None if self._alone else subject
                while running is None and (live := select_jobs(connection, [kind], on, live=True)):
                    kept = (c.job for c in live if not self._replace(connection, c, again))
                    running = next(kept, None)
                if running is None:
                    insert_job(connection, job, self._worker, time.time(), self._place)
            if running is not None:
                raise JobError(
                    f"The {_NOUNS.get(kind, kind)} of '{running.subject}' is running already "
                    f"({running.id}), and one runs at a time. Wait for it, or stop it."
                )
        except BaseException:
            self._forget(job.id)
            raise
        return handle

    def begin(self, handle: JobHandle, work: Work | None = None) -> None:
        """Carry out a claimed job in a thread of its own; see ``carry_out``."""
        threading.Thread(
            target=self.carry_out, args=(handle, work), name=handle.job.kind, daemon=True
        ).start()

    def carry_out(self, handle: JobHandle, work: Work | None = None) -> Job:
        """Carry out a claimed job here; whatever happens ends in a state and a reason.

        The work is the registered one where none is given.
        """
        work = work or self._duties[handle.job.kind][0]
        try:
            while True:
                with repeating(partial(self._beat, handle), BEAT_SECONDS):
                    outcome = handle.do(work)
                job = self.finish(handle, *outcome)
                if not job.live:
                    return job
        except BaseException:
            self.finish(handle, "cancelled", "The program was stopped.")
            raise

    def serve(self) -> None:
        """Take jobs up from now on, in a thread of its own: those that a kill left, and that wait.

        A home of its own has them all to itself; a server that shares a database looks every few
        seconds for those of another one that is gone.
        """
        if not self._serving:
            self._serving = True
            own = weakref.ref(self)
            threading.Thread(target=_serve, args=(own,), name="jobs", daemon=True).start()

    def take_up(self) -> tuple[Job, ...]:
        """Begin here whatever waits and can be done here; return it."""
        if not self._look(None, live=True):  # lets go of what a process that is gone had
            return ()
        with self._database.write() as connection:
            waiting = select_jobs(connection, list(self._duties), live=True, locked=True)
            taken = [claim.job.take_up() for claim in waiting if self._may_take(claim)]
            for job in taken:
                update_owner(connection, job, "", self._worker, time.time())
            handles = [self._keep(job) for job in taken]
        for handle in handles:
            _log.info("%s %s of %s is taken up", handle.job.kind, handle.job.id, handle.job.subject)
            self.begin(handle)
        return tuple(taken)

    def write_down(self, handle: JobHandle) -> None:
        """Write down how a claimed job stands, and learn whether it is to end."""
        job = handle.job
        with self._database.write(lasting=False) as connection:
            changed = job is not handle.written
            if update_beat(connection, job, self._worker, time.time(), changed=changed):
                handle.stop()
        handle.written = job

    def finish(self, handle: JobHandle, state: JobState, reason: str) -> Job:
        """Close a claimed job and return it as it ended.

        One that is done, and is to be done once more, stays open.
        """
        job = handle.job.end(state, reason)
        try:
            with self._database.write() as connection:
                if not update_end(connection, job, self._worker) and update_again(
                    connection, job.id, self._worker, wanted=False
                ):
                    return handle.job
        except StoreError as error:
            _log.warning("the end of %s %s is not on record: %s", job.kind, job.id, error)
        ended = ("state", "reason", "ended", "log", "candidate")
        handle.change(**{name: getattr(job, name) for name in ended})
        # Taken off the list at last: whoever sees the end may start the next at once.
        self._forget(job.id)
        _log.info("%s %s of %s: %s", job.kind, job.id, job.subject, state)
        return job

    def get(self, job_id: str, subject: str | None = None) -> Job:
        """Return a job as it stands now; raise NotFound if there is none, or not of the subject."""
        found = self._look(subject, job_id=job_id)
        if not found:
            raise NotFound(f"There is no job '{job_id[:80]}' here.")
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
                # One that nobody has begun ends at once.
                if not update_end(connection, job.end("cancelled", STOPPED), ""):
                    update_stop(connection, job_id)
        return self.get(job_id, subject)

    def counts(self, subject: str) -> dict[str, int]:
        """Return what the newest job of a subject counted that was not interrupted, or nothing."""
        with self._database.read() as connection:
            return select_counts(connection, self._kinds, subject)

    def sweep(self, older: timedelta) -> None:
        """Forget the jobs that ended longer ago, where what they made is gone by then."""
        with self._database.write("jobs", lasting=False) as connection:
            delete_ended(connection, self._kinds, utc_now() - older)

    def recover(self, old: Iterable[Job]) -> None:
        """Let go of what a kill left, and take over, once, an earlier release's files."""
        with self._database.write("jobs") as connection:
            self._let_go(connection, select_jobs(connection, self._kinds, live=True))
            insert_old_jobs(
                connection,
                (job.end("interrupted", INTERRUPTED) if job.live else job for job in old),
            )

    def _look(self, subject: str | None, **which: Any) -> tuple[Job, ...]:
        with self._database.read() as connection:
            claims = select_jobs(connection, self._kinds, subject, **which)
        if any(self._is_dead(claim) for claim in claims):
            with self._database.write("jobs") as connection:
                self._let_go(connection, select_jobs(connection, self._kinds, subject, live=True))
                claims = select_jobs(connection, self._kinds, subject, **which)
        with self._mutex:
            own = {job_id: handle.job for job_id, handle in self._own.items()}
        return tuple(own.get(claim.job.id, claim.job) for claim in claims)

    def _let_go(self, connection: Connection, live: Iterable[Claim]) -> None:
        """Have the jobs of processes that died wait for another one, or close them."""
        for claim in filter(self._is_dead, live):
            job = claim.job
            if job.kind not in RESUMED:
                update_end(connection, job.end("interrupted", INTERRUPTED), claim.worker)
            elif job.tries == TRIES:
                update_end(connection, job.end("failed", GIVEN_UP), claim.worker)
            else:
                update_owner(connection, job.wait(), claim.worker, "", claim.beat)

    def _replace(self, connection: Connection, claim: Claim, again: bool) -> bool:
        """Close a job for another of its kind if nobody works on it, or else have it done again.

        Return whether it has ended, or is another's by now.
        """
        if self._is_dead(claim) or not claim.worker:
            reason = REPLACED if claim.job.kind in RESUMED else INTERRUPTED
            if update_end(connection, claim.job.end("interrupted", reason), claim.worker):
                return True
        return again and not update_again(connection, claim.job.id, claim.worker, wanted=True)

    def _may_take(self, claim: Claim) -> bool:
        """Say whether a job can be carried out here: it waits, and its files can be reached."""
        if claim.worker or claim.place != self._place:
            return False
        return self._database.embedded or self._duties[claim.job.kind][1](claim.job)

    def _is_dead(self, claim: Claim) -> bool:
        """Say whether a job is under way and nobody is at it any more."""
        if not claim.job.live or not claim.worker:
            return False
        if claim.worker == self._worker:
            with self._mutex:
                return claim.job.id not in self._own
        return is_lost(claim.worker, claim.beat)

    def _beat(self, handle: JobHandle) -> None:
        try:
            self.write_down(handle)
        except StoreError as error:
            _log.warning("%s could not be written down: %s", handle.job.id, error)

    def _keep(self, job: Job) -> JobHandle:
        """Note a job as one that is carried out here."""
        handle = JobHandle(job)
        with self._mutex:
            self._own[job.id] = handle
        return handle

    def _forget(self, job_id: str) -> None:
        with self._mutex:
            self._own.pop(job_id, None)


def _serve(known: weakref.ref[Jobs]) -> None:
    """Take jobs up again and again, until nobody needs them any more."""
    while (jobs := known()) is not None:
        try:
            jobs.take_up()
        except StoreError as error:
            _log.warning("jobs that wait were not looked at: %s", error)
        del jobs
        time.sleep(LOOK_SECONDS)
