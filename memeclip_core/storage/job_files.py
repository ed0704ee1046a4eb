"""Job files: JSON, replaced as a whole, and beside them the marks that ask a job to stop.

Files may be written and read by several threads and processes: a reader sees a whole one, and a
mark is seen by the process that runs the job, whichever that is.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Generic, TypeVar

from memeclip_core.errors import JobError, StoreError
from memeclip_core.records.job import Job
from memeclip_core.records.project import ProjectJob
from memeclip_core.records.schemas import from_json, to_json
from memeclip_core.storage.files import atomic_write, make_folder, store_error
from memeclip_core.storage.home import check_name

AnyJob = TypeVar("AnyJob", bound=Job | ProjectJob)
_log = logging.getLogger("memeclip")


class JobFiles(Generic[AnyJob]):
    """The jobs of one folder.

    Args:
        kind: the record that a file holds.
        folder: where they lie; made when it is needed.
        whole: what the jobs belong to, for messages.
    """

    def __init__(self, kind: type[AnyJob], folder: Path, whole: str = "") -> None:
        self._kind = kind
        self._folder = folder
        self._whole = whole
        self._known: dict[Path, tuple[tuple[int, int], AnyJob]] = {}

    def write(self, job: AnyJob) -> None:
        """Write a job; raise StoreError if that fails."""
        make_folder(self._folder)
        atomic_write(self._path(job.id), to_json(job, indent=1))

    def read(self, job_id: str) -> AnyJob:
        """Return a job; costs one look at its file if nobody changed it.

        Raises:
            JobError: if there is none of this id, or its file is damaged.
            StoreError: if it cannot be read.
        """
        job = self._find(job_id)
        if job is None:
            there = f"{self._whole} has" if self._whole else "There is"
            raise JobError(f"{there} no job '{job_id[:80]}'.")
        return job

    def list(self) -> tuple[AnyJob, ...]:
        """Return all readable jobs, newest first."""
        jobs = []
        for path in self._folder.glob("*.json"):
            try:
                job = self._find(path.stem)
            except JobError as error:
                _log.warning("%s", error)
                continue
            if job is not None:
                jobs.append(job)
        return tuple(sorted(jobs, key=lambda job: (job.started, job.id), reverse=True))

    def ask_to_stop(self, job_id: str) -> None:
        """Leave a mark that the job's own process looks for, whichever process that is."""
        atomic_write(self._mark(job_id), b"")

    def is_asked_to_stop(self, job_id: str) -> bool:
        """Say whether somebody asked the job to stop."""
        return self._mark(job_id).exists()

    def forget_mark(self, job_id: str) -> None:
        """Remove the mark of a job that has ended."""
        self._mark(job_id).unlink(missing_ok=True)

    def _find(self, job_id: str) -> AnyJob | None:
        try:
            path = self._path(job_id)
        except StoreError:
            return None
        try:
            facts = path.stat()
            # Files are replaced as a whole, so another one has another number.
            stamp = (facts.st_mtime_ns, facts.st_ino)
            known = self._known.get(path)
            if known is not None and known[0] == stamp:
                return known[1]
            job = from_json(self._kind, path.read_bytes())
            self._known[path] = (stamp, job)
            return job
        except FileNotFoundError:
            return None
        except OSError as error:
            raise store_error("read", self._folder, error) from None
        except ValueError:
            raise JobError(f"The file of job '{job_id}' is damaged. Delete it.") from None

    def _path(self, job_id: str) -> Path:
        return self._folder / f"{check_name(job_id, 'job')}.json"

    def _mark(self, job_id: str) -> Path:
        return self._path(job_id).with_suffix(".stop")
