"""Retrainings, one JSON file each."""

from __future__ import annotations

from memeclip_core.errors import JobError
from memeclip_core.records.job import Job
from memeclip_core.records.plain import job_from_plain, job_to_plain
from memeclip_core.storage.home import Home
from memeclip_core.storage.job_files import JobFiles


class JobStore:
    """The retrainings of one home."""

    def __init__(self, home: Home) -> None:
        self._folder = home.jobs
        self._files = JobFiles[Job](to_plain=job_to_plain, from_plain=job_from_plain)

    def write(self, job: Job) -> None:
        """Write a job; raise StoreError if that fails."""
        self._files.write(self._folder, job)

    def read(self, job_id: str) -> Job:
        """Return a job; raise JobError if there is none of this id, or its file is damaged."""
        job = self._files.find(self._folder, job_id)
        if job is None:
            raise JobError(f"There is no job '{job_id[:80]}'.")
        return job

    def list(self) -> tuple[Job, ...]:
        """Return all readable jobs, newest first."""
        return self._files.list(self._folder)

    def ask_to_stop(self, job_id: str) -> None:
        """Leave a mark that the job's own process looks for, whichever process that is."""
        self._files.ask_to_stop(self._folder, job_id)

    def is_asked_to_stop(self, job_id: str) -> bool:
        """Say whether somebody asked the job to stop."""
        return self._files.is_asked_to_stop(self._folder, job_id)

    def forget_mark(self, job_id: str) -> None:
        """Remove the mark of a job that has ended."""
        self._files.forget_mark(self._folder, job_id)
