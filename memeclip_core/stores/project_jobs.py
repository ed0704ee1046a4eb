"""The jobs of projects, one JSON file each in the project's folder."""

from __future__ import annotations

import json
import logging
from pathlib import Path

from memeclip_core.errors import JobError, StoreError
from memeclip_core.labelling import ProjectJob
from memeclip_core.stores.files import atomic_write, make_folder, store_error
from memeclip_core.stores.paths import Home, check_name
from memeclip_core.stores.project_rows import project_job_from_plain, project_job_to_plain

_log = logging.getLogger("memeclip")


class ProjectJobStore:
    """Imports, exports and predictions of the projects of one home."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def write(self, job: ProjectJob) -> None:
        """Write a job; raise StoreError if that fails."""
        path = self._path(job.project, job.id)
        make_folder(path.parent)
        text = json.dumps(project_job_to_plain(job), ensure_ascii=False, allow_nan=False)
        atomic_write(path, (text + "\n").encode())

    def read(self, project: str, job_id: str) -> ProjectJob:
        """Return a job.

        Raises:
            JobError: if there is none of this id, or its file is damaged.
        """
        try:
            return project_job_from_plain(json.loads(self._path(project, job_id).read_bytes()))
        except (FileNotFoundError, StoreError):
            raise JobError(f"The project '{project}' has no job '{job_id[:80]}'.") from None
        except OSError as error:
            raise store_error("read", self._home.projects, error) from None
        except (KeyError, TypeError, ValueError, AttributeError):
            raise JobError(f"The file of job '{job_id}' is damaged. Delete it.") from None

    def list(self, project: str) -> tuple[ProjectJob, ...]:
        """Return all readable jobs of a project, newest first."""
        jobs = []
        for path in (self._home.project(project) / "jobs").glob("*.json"):
            try:
                jobs.append(self.read(project, path.stem))
            except JobError as error:
                _log.warning("%s", error)
        return tuple(sorted(jobs, key=lambda job: job.id, reverse=True))

    def ask_to_stop(self, project: str, job_id: str) -> None:
        """Leave a mark that the job's own process looks for, whichever process that is."""
        atomic_write(self._mark(project, job_id), b"")

    def is_asked_to_stop(self, project: str, job_id: str) -> bool:
        """Say whether somebody asked the job to stop."""
        return self._mark(project, job_id).exists()

    def forget_mark(self, project: str, job_id: str) -> None:
        """Remove the mark of a job that has ended."""
        self._mark(project, job_id).unlink(missing_ok=True)

    def _path(self, project: str, job_id: str) -> Path:
        return self._home.project(project) / "jobs" / f"{check_name(job_id, 'job')}.json"

    def _mark(self, project: str, job_id: str) -> Path:
        return self._path(project, job_id).with_suffix(".stop")
