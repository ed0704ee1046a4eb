"""Work on projects in the background: one of each kind per project, followed, stopped, resumed.

Invariants: a job holds the lock of its kind and project from start to end, in the thread that
works. The lock dies with its process, so a job that says "running" while the lock is free was
interrupted. ``ProjectJobs._mutex`` guards the list of this process's own jobs, ``JobHandle._mutex``
one job's record; nothing else is called while they are held.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from memeclip_core.errors import JobError, MemeclipError, StoreError, without_folders
from memeclip_core.records.decision import Person
from memeclip_core.records.job import JobState, Progress
from memeclip_core.records.meme import Failure
from memeclip_core.records.project import MAX_FAILURES, ProjectJob
from memeclip_core.storage.files import locked
from memeclip_core.storage.home import Home
from memeclip_core.storage.job_files import JobFiles

Kind = Literal["import", "export", "predict"]
WRITE_SECONDS = 0.5
"""How often a running job's file is replaced, and the mark to stop looked for, at most."""

INTERRUPTED = (
    "The program ended before this did. Nothing that was finished is lost: start it again, and it "
    "goes on from there."
)
_log = logging.getLogger("memeclip")


class Stopped(JobError):
    """Somebody asked the job to stop."""


class JobHandle:
    """What the work says of itself while it runs; the job that people see follows it."""

    def __init__(self, job: ProjectJob, files: JobFiles[ProjectJob]) -> None:
        self._job = job
        self._files = files
        self._mutex = threading.Lock()
        self._stop = threading.Event()
        self._written = time.monotonic()

    @property
    def job(self) -> ProjectJob:
        """The job as it stands now."""
        return self._job

    def stop(self) -> None:
        """Ask the work to stop at its next step."""
        self._stop.set()

    def report(self, done: int, total: int, message: str) -> None:
        """Say how far the work has come.

        Raises:
            Stopped: if somebody asked for that.
            StoreError: if the job's file cannot be written.
        """
        progress = Progress(done=done, total=total, message=message)
        with self._mutex:
            self._job = replace(self._job, progress=progress)
        now = time.monotonic()
        if now - self._written >= WRITE_SECONDS:
            self._written = now
            self._files.write(self._job)
            if self._files.is_asked_to_stop(self._job.id):
                self._stop.set()
        if self._stop.is_set():
            raise Stopped("Stopped on request; what was finished before stays.")

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

    def name_file(self, name: str) -> None:
        """Say which file the work has made."""
        with self._mutex:
            self._job = replace(self._job, file=name)


Work = Callable[[JobHandle], None]


class ProjectJobs:
    """Start, follow and stop the jobs of all projects of a home."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._stores: dict[str, JobFiles[ProjectJob]] = {}
        self._mutex = threading.Lock()
        self._own: dict[str, JobHandle] = {}

    def start(
        self,
        who: Person,
        kind: Kind,
        project: str,
        work: Work,
        *,
        arguments: Mapping[str, str] | None = None,
        on_end: Callable[[ProjectJob], None] | None = None,
    ) -> ProjectJob:
        """Begin a job in the background and return it.

        Args:
            who: who started it.
            kind: what it does.
            project: the project's key.
            work: does it; called once, in a thread of its own.
            arguments: what it takes to start it again.
            on_end: called with the job at its end.

        Raises:
            JobError: if one of this kind is running in the project.
            StoreError: if its file cannot be written.
        """
        with ExitStack() as stack:
            try:
                stack.enter_context(locked(self._lock(kind, project), timeout=0))
            except StoreError:
                raise JobError(
                    f"An {kind} of '{project}' is running already. Wait for it, or stop it."
                    if kind != "predict"
                    else f"The predictions of '{project}' are being computed already."
                ) from None
            self._close_interrupted(kind, project)
            now = datetime.now(UTC)
            job = ProjectJob(
                id=f"{now:%Y%m%dT%H%M%S%f}-{secrets.token_hex(2)}",
                kind=kind,
                project=project,
                state="running",
                started=now,
                by=who.name,
                progress=Progress(done=0, total=0, message="starting"),
                arguments=dict(arguments or {}),
            )
            files = self._files(project)
            files.write(job)
            handle = JobHandle(job, files)
            with self._mutex:
                self._own[job.id] = handle
            release = stack.pop_all()
        threading.Thread(
            target=self._run, args=(handle, work, release, on_end), name=kind, daemon=True
        ).start()
        return handle.job

    def get(self, project: str, job_id: str) -> ProjectJob:
        """Return a job as it stands now; raise JobError if there is none."""
        with self._mutex:
            handle = self._own.get(job_id)
        if handle is not None:
            return handle.job
        job = self._files(project).read(job_id)
        if job.live and self._is_free(job.kind, project):
            self._close_interrupted(job.kind, project)
            job = self._files(project).read(job_id)
        return job

    def list(self, project: str) -> tuple[ProjectJob, ...]:
        """Return a project's jobs, newest first."""
        with self._mutex:
            own = set(self._own)
        return tuple(
            self.get(project, job.id) if job.live or job.id in own else job
            for job in self._files(project).list()
        )

    def stop(self, project: str, job_id: str) -> ProjectJob:
        """Ask a job to stop, in whichever process it runs."""
        job = self.get(project, job_id)
        if not job.live:
            raise JobError(f"The job '{job_id}' is {job.state} and cannot be stopped any more.")
        with self._mutex:
            handle = self._own.get(job_id)
        if handle is not None:
            handle.stop()
        self._files(project).ask_to_stop(job_id)
        return self.get(project, job_id)

    def _run(
        self,
        handle: JobHandle,
        work: Work,
        release: ExitStack,
        on_end: Callable[[ProjectJob], None] | None,
    ) -> None:
        """Carry out a job whose lock is held; whatever happens ends in a state and a reason."""
        job = handle.job
        state: JobState = "failed"
        reason = "Something unexpected went wrong; the log says what."
        # Taken off the list after the lock: whoever sees the end may start the next at once.
        with self._listed(job.id), release:
            try:
                work(handle)
                state, reason = "done", ""
            except Stopped as error:
                state, reason = "cancelled", str(error)
            except MemeclipError as error:
                reason = without_folders(str(error))
            except Exception:
                _log.exception("the %s %s failed", job.kind, job.id)
            except BaseException:
                state, reason = "cancelled", "The program was stopped."
                raise
            finally:
                ended = self._finish(handle.job, state, reason)
        if on_end is not None:
            on_end(ended)

    @contextmanager
    def _listed(self, job_id: str) -> Iterator[None]:
        try:
            yield
        finally:
            with self._mutex:
                self._own.pop(job_id, None)

    def _finish(self, job: ProjectJob, state: JobState, reason: str) -> ProjectJob:
        ended = replace(job, state=state, reason=reason, ended=datetime.now(UTC))
        try:
            self._files(job.project).write(ended)
            self._files(job.project).forget_mark(job.id)
        except StoreError as error:
            _log.warning("the end of %s %s is not on record: %s", job.kind, job.id, error)
        _log.info("%s %s of %s: %s", job.kind, job.id, job.project, state)
        return ended

    def _close_interrupted(self, kind: Kind, project: str) -> None:
        """Close the jobs of processes that died; nobody holds the lock but the caller."""
        with self._mutex:
            own = set(self._own)
        for job in self._files(project).list():
            if job.kind == kind and job.live and job.id not in own:
                self._finish(job, "interrupted", INTERRUPTED)

    def _is_free(self, kind: Kind, project: str) -> bool:
        try:
            with locked(self._lock(kind, project), timeout=0):
                return True
        except StoreError:
            return False

    def _files(self, project: str) -> JobFiles[ProjectJob]:
        """Return a project's job files; StoreError if its key cannot be the name of a folder."""
        if project not in self._stores:
            folder = self._home.project(project) / "jobs"
            self._stores[project] = JobFiles(ProjectJob, folder, f"The project '{project}'")
        return self._stores[project]

    def _lock(self, kind: Kind, project: str) -> Path:
        return self._home.lock(f"project-{project}-{kind}")
