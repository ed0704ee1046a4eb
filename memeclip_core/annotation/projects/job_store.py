"""The jobs of projects, one JSON file each in the project's folder."""

from __future__ import annotations

from pathlib import Path

from memeclip_core.annotation.projects.rows import project_job_from_plain, project_job_to_plain
from memeclip_core.errors import JobError
from memeclip_core.records.project import ProjectJob
from memeclip_core.storage.home import Home
from memeclip_core.storage.job_files import JobFiles


class ProjectJobStore:
    """Imports, exports and predictions of the projects of one home.

    All methods raise StoreError where a project's key cannot be the name of a folder.
    """

    def __init__(self, home: Home) -> None:
        self._home = home
        self._files = JobFiles[ProjectJob](
            to_plain=project_job_to_plain, from_plain=project_job_from_plain
        )

    def write(self, job: ProjectJob) -> None:
        """Write a job; raise StoreError if that fails."""
        self._files.write(self._folder(job.project), job)

    def read(self, project: str, job_id: str) -> ProjectJob:
        """Return a job; raise JobError if there is none of this id, or its file is damaged."""
        job = self._files.find(self._folder(project), job_id)
        if job is None:
            raise JobError(f"The project '{project}' has no job '{job_id[:80]}'.")
        return job

    def list(self, project: str) -> tuple[ProjectJob, ...]:
        """Return all readable jobs of a project, newest first."""
        return self._files.list(self._folder(project))

    def ask_to_stop(self, project: str, job_id: str) -> None:
        """Leave a mark that the job's own process looks for, whichever process that is."""
        self._files.ask_to_stop(self._folder(project), job_id)

    def is_asked_to_stop(self, project: str, job_id: str) -> bool:
        """Say whether somebody asked the job to stop."""
        return self._files.is_asked_to_stop(self._folder(project), job_id)

    def forget_mark(self, project: str, job_id: str) -> None:
        """Remove the mark of a job that has ended."""
        self._files.forget_mark(self._folder(project), job_id)

    def _folder(self, project: str) -> Path:
        return self._home.project(project) / "jobs"
