"""A retraining that is carried out: followed, logged, stopped.

Invariants: of a job that runs, ``RunningJob`` holds the truth, guarded by its mutex; its file is
replaced a few times a second at most, by the thread that works. Any thread, and through a mark on
the disk any process, may ask it to stop.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import replace
from typing import Any

from memeclip_core.errors import JobError
from memeclip_core.records.clock import utc_now
from memeclip_core.records.job import Job, JobState, Progress
from memeclip_core.storage.job_files import JobFiles

WRITE_SECONDS = 0.3
"""How often a running job's file is replaced, at most."""

MAX_LINES = 400
"""Lines of a job's log that are kept: the first ones, and those of its end."""

_log = logging.getLogger("memeclip")


class RunningJob:
    """A job that this process carries out; its lock is held by whoever made it."""

    def __init__(self, job: Job, jobs: JobFiles[Job]) -> None:
        self._jobs = jobs
        self._mutex = threading.Lock()
        self._job = job
        self._stop = threading.Event()
        self._looked = 0.0
        self._written = 0.0

    @property
    def job(self) -> Job:
        """The job as it stands now."""
        with self._mutex:
            return self._job

    def stop(self) -> None:
        """Ask the work to end at its next step."""
        self._stop.set()

    def stopped(self) -> bool:
        """Say whether somebody asked to stop; looks at the disk a few times a second at most."""
        now = time.monotonic()
        if not self._stop.is_set() and now - self._looked >= WRITE_SECONDS:
            self._looked = now
            if self._jobs.is_asked_to_stop(self.job.id):
                self._stop.set()
        return self._stop.is_set()

    def report(self, progress: Progress) -> None:
        """Keep how far it is; a step that is new becomes a line of the log.

        Raises:
            JobError: if somebody asked to stop.
        """
        if self.stopped():
            raise JobError("The retraining was cancelled; the model in service is unchanged.")
        new = progress.message != self.job.progress.message
        self.change(progress=progress)
        if new:
            facts = [progress.message]
            if progress.loss is not None:
                facts.append(f"loss {progress.loss:.4f}")
            if progress.score is not None:
                facts.append(f"validation score {progress.score:.3f}")
            self.say(", ".join(facts))
        if time.monotonic() - self._written >= WRITE_SECONDS:
            self._jobs.write(self.job)
            self._written = time.monotonic()

    def say(self, line: str) -> None:
        """Add a line to the log, unless it is long already."""
        with self._mutex:
            if len(self._job.log) < MAX_LINES:
                self._job = add_line(self._job, line)

    def change(self, **facts: Any) -> None:
        """Exchange attributes of the job."""
        with self._mutex:
            self._job = replace(self._job, **facts)

    def finish(self, state: JobState, reason: str) -> Job:
        """Close the job and return it as it ended."""
        job = end_job(self.job, state, reason)
        close_job(self._jobs, job)
        with self._mutex:
            self._job = job
        return job


def add_line(job: Job, line: str) -> Job:
    """Return a job with one more line in its log, after the time in UTC."""
    return replace(job, log=(*job.log, f"{utc_now():%H:%M:%S} {line}"))


def end_job(job: Job, state: JobState, reason: str) -> Job:
    """Return a job as it ended; only one that is done has a candidate."""
    candidate = job.candidate if state == "done" else ""
    ended = replace(job, state=state, reason=reason, ended=utc_now(), candidate=candidate)
    return add_line(ended, f"{state}: {reason}" if reason else state)


def close_job(jobs: JobFiles[Job], job: Job) -> None:
    """Write down how a job ended, and forget that somebody may have asked it to stop."""
    jobs.write(job)
    jobs.forget_mark(job.id)
    _log.info("retraining %s: %s", job.id, job.state)
