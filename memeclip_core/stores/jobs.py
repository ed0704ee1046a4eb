"""Jobs, one JSON file each, replaced as a whole."""

from __future__ import annotations

import json
import logging
from pathlib import Path

from memeclip_core.errors import JobError, StoreError
from memeclip_core.records import Job
from memeclip_core.stores.files import atomic_write, make_folder, store_error
from memeclip_core.stores.paths import Home, check_name
from memeclip_core.stores.plain import job_from_plain, job_to_plain

_log = logging.getLogger("memeclip")


class JobStore:
    """The jobs of one home."""

    def __init__(self, home: Home) -> None:
        self._folder = home.jobs
        self._known: dict[str, tuple[tuple[int, int], Job]] = {}

    def write(self, job: Job) -> None:
        """Write a job; raise StoreError if that fails."""
        make_folder(self._folder)
        text = json.dumps(job_to_plain(job), indent=1, ensure_ascii=False, allow_nan=False)
        atomic_write(self._path(job.id), (text + "\n").encode())

    def read(self, job_id: str) -> Job:
        """Return a job; costs one look at its file if nobody changed it.

        Raises:
            JobError: if there is none of this id, or its file is damaged.
        """
        try:
            path = self._path(job_id)
            facts = path.stat()
            # Files are replaced as a whole, so another one has another number.
            stamp = (facts.st_mtime_ns, facts.st_ino)
            known = self._known.get(job_id)
            if known is not None and known[0] == stamp:
                return known[1]
            job = job_from_plain(json.loads(path.read_bytes()))
            self._known[job_id] = (stamp, job)
            return job
        except (FileNotFoundError, StoreError):
            raise JobError(f"There is no job '{job_id[:80]}'.") from None
        except OSError as error:
            raise store_error("read", self._folder, error) from None
        except (KeyError, TypeError, ValueError, AttributeError):
            raise JobError(f"The file of job '{job_id}' is damaged. Delete it.") from None

    def list(self) -> tuple[Job, ...]:
        """Return all readable jobs, newest first."""
        jobs = []
        for path in self._folder.glob("*.json"):
            try:
                jobs.append(self.read(path.stem))
            except JobError as error:
                _log.warning("%s", error)
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

    def _path(self, job_id: str) -> Path:
        return self._folder / f"{check_name(job_id, 'job')}.json"

    def _mark(self, job_id: str) -> Path:
        return self._folder / f"{check_name(job_id, 'job')}.stop"
