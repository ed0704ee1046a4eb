"""Retraining as a job: refused or started, followed, cancelled.

One retraining runs at a time per home. Its lock is held from start to end and dies with its
process, so a job that says "running" while the lock is free was interrupted.
"""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from memeclip_core.annotation.decisions.corrector import Corrector, utc_now
from memeclip_core.errors import JobError, StoreError
from memeclip_core.inference.engines import Engines
from memeclip_core.models.catalogue import Shelf
from memeclip_core.models.readiness import Readiness, RetrainFacts
from memeclip_core.models.retrain_run import RetrainRun, close_job, end_job
from memeclip_core.models.teaching import Teacher
from memeclip_core.models.versions import ModelStore
from memeclip_core.records.decision import Person
from memeclip_core.records.job import Job, Progress
from memeclip_core.storage.files import locked
from memeclip_core.storage.home import Home
from memeclip_core.storage.job_files import JobFiles
from memeclip_core.tasks import TaskSet

DECISIONS: Final = "decisions"
"""The count of a job that says how many decisions there were when it began."""

OF_PROJECT: Final = "decisions in {}"
"""The count of a job that says so of one project, by its key."""


class Retrainer:
    """Start, follow and cancel retrainings of one home."""

    def __init__(
        self,
        *,
        home: Home,
        jobs: JobFiles[Job],
        models: ModelStore,
        shelf: Shelf,
        corrector: Corrector,
        teacher: Teacher,
        engines: Engines,
    ) -> None:
        self._home = home
        self._jobs = jobs
        self._models = models
        self._shelf = shelf
        self._corrector = corrector
        self._teacher = teacher
        self._engines = engines
        self._readiness = Readiness(
            shelf=shelf, models=models, corrector=corrector, engines=engines
        )
        self._mutex = threading.Lock()
        self._own: RetrainRun | None = None

    def facts(self, tasks: TaskSet) -> RetrainFacts:
        """Return what is new, and why retraining would be refused now, or ""."""
        return self._readiness.facts(tasks, self._running())

    @property
    def busy(self) -> bool:
        """Whether this process is retraining just now; costs nothing."""
        return self._here() is not None

    def start(self, who: Person, tasks: TaskSet, *, ties: bool = False) -> Job:
        """Begin a retraining in the background.

        Args:
            who: who asks for it, or what: the name is all that is kept.
            tasks: the task set whose heads are retrained.
            ties: whether to learn, where people are even, what the latest of them decided.
        """
        job, run, release = self._begin(who, tasks, ties)
        if run is not None:
            thread = threading.Thread(
                target=self._work, args=(run, tasks, release, None), name="retrain", daemon=True
            )
            thread.start()
        return job

    def run(
        self,
        who: Person,
        tasks: TaskSet,
        on_progress: Callable[[Progress], None] | None,
        *,
        ties: bool = False,
    ) -> Job:
        """Retrain in this thread; see ``start``."""
        job, run, release = self._begin(who, tasks, ties)
        return job if run is None else self._work(run, tasks, release, on_progress)

    def job(self, job_id: str) -> Job:
        """Return a job as it stands now."""
        own = self._here()
        if own is not None and own.id == job_id:
            return own
        self._running()
        return self._jobs.read(job_id)

    def jobs(self, task_set: str) -> tuple[Job, ...]:
        """Return the jobs of a task set, newest first."""
        self._running()
        own = self._here()
        return tuple(
            own if own is not None and own.id == job.id else job
            for job in self._jobs.list()
            if job.task_set == task_set
        )

    def cancel(self, job_id: str) -> Job:
        """Ask a job to stop, in whichever process it runs."""
        job = self.job(job_id)
        if not job.live:
            raise JobError(f"The job '{job_id}' is {job.state} and cannot be cancelled any more.")
        with self._mutex:
            if self._own is not None and self._own.job.id == job_id:
                self._own.stop()
        self._jobs.ask_to_stop(job_id)
        return self.job(job_id)

    def recover(self) -> None:
        """Tidy up after a process that died: its job."""
        self._running()

    @property
    def _lock(self) -> Path:
        return self._home.lock("retrain")

    def _here(self) -> Job | None:
        """Return the job that runs in this process."""
        with self._mutex:
            return None if self._own is None else self._own.job

    def _running(self) -> Job | None:
        """Return the job that is running, here or in another process."""
        own = self._here()
        if own is not None:
            return own
        claimed = [job for job in self._jobs.list() if job.live]
        if not claimed:
            return None
        try:
            with locked(self._lock, timeout=0):
                self._mark_interrupted()
        except StoreError:
            return claimed[0]
        return None

    def _mark_interrupted(self) -> None:
        """Close the jobs of processes that died; the caller holds the lock."""
        for job in self._jobs.list():
            if job.live:
                reason = (
                    "The program ended before the retraining did. Nothing was lost but the time: "
                    "the model in service is unchanged. Start it again."
                )
                close_job(self._jobs, end_job(job, "interrupted", reason))

    def _begin(
        self, who: Person, tasks: TaskSet, ties: bool
    ) -> tuple[Job, RetrainRun | None, ExitStack]:
        """Take the lock and write down the job; the lock goes over to whoever works."""
        with ExitStack() as stack:
            try:
                stack.enter_context(locked(self._lock, timeout=0))
            except StoreError as error:
                running = self._running()
                if running is None:
                    raise JobError(str(error)) from None
                raise JobError(
                    f"The retraining '{running.id}' is running, and one runs at a time. "
                    "Wait for it, or cancel it."
                ) from None
            self._mark_interrupted()
            facts = self.facts(tasks)
            base = self._shelf.active_version(tasks.key)
            # What is not new or not enough without ties may be so with them.
            reason = "" if ties and facts.tied and base else facts.reason
            job = Job(
                id=f"{utc_now():%Y%m%dT%H%M%S}-{secrets.token_hex(3)}",
                task_set=tasks.key,
                state="running",
                started=utc_now(),
                by=who.name,
                progress=Progress(done=0, total=100, message="starting"),
                base="" if reason else base,
                candidate="" if reason else self._next_version(tasks.key),
                counts={
                    "corrected": facts.corrected,
                    "held_out": facts.held_out,
                    "unread": facts.unread,
                    "tied": 0 if ties else facts.tied,
                    **count_decisions(self._corrector, tasks.key),
                },
            )
            if reason:
                job = end_job(job, "refused", reason)
                close_job(self._jobs, job)
                return job, None, ExitStack()
            self._jobs.write(job)
            run = RetrainRun(
                job,
                ties=ties,
                jobs=self._jobs,
                models=self._models,
                shelf=self._shelf,
                corrector=self._corrector,
                teacher=self._teacher,
                engines=self._engines,
            )
            with self._mutex:
                self._own = run
            return job, run, stack.pop_all()

    def _work(
        self,
        run: RetrainRun,
        tasks: TaskSet,
        release: ExitStack,
        on_progress: Callable[[Progress], None] | None,
    ) -> Job:
        """Carry out a run; it is the own one until its lock is free again."""
        release.callback(self._forget)
        return run.work(tasks, release, on_progress)

    def _forget(self) -> None:
        with self._mutex:
            self._own = None

    def _next_version(self, task_set: str) -> str:
        """Count up past every version that was ever handed out; the caller holds the lock."""
        prefix = name_version(task_set, self._engines.encoder_name)
        used = [str(manifest.get("version")) for manifest in self._models.list()]
        used += [change.version for change in self._models.history()]
        used += [job.candidate for job in self._jobs.list()]
        ends = [version.removeprefix(prefix) for version in used if version.startswith(prefix)]
        numbers = [int(end) for end in ends if end.isdecimal()]
        return f"{prefix}{max(numbers, default=0) + 1}"


def count_decisions(corrector: Corrector, task_set: str) -> dict[str, int]:
    """Return how many decisions count on a task set, in all and in each project."""
    books = corrector.ledger().books(task_set)
    counts = {book.project: book.count.decisions + book.count.adjudicated for book in books}
    each = {OF_PROJECT.format(key): n for key, n in counts.items() if key}
    return {DECISIONS: sum(counts.values()), **each}


def name_version(task_set: str, encoder: str) -> str:
    """Return the start of a retrained model's version, safe as a folder's name.

    Of an encoder that is a folder, only its own name is taken.
    """
    last = encoder.replace("\\", "/").rstrip("/").split("/")
    is_path = encoder.startswith(("/", ".", "~")) or ":" in encoder or len(last) > 2
    parts = (task_set, last[-1] if is_path else encoder)
    words = (re.sub(r"[^A-Za-z0-9]+", "-", part).strip("-")[:50].strip("-") for part in parts)
    return "-".join(word or "x" for word in words) + "-r"
