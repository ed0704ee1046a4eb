"""Job files: JSON, replaced as a whole, and beside them the marks that ask a job to stop."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, TypeVar

from memeclip_core.errors import JobError, StoreError
from memeclip_core.records.job import Job
from memeclip_core.records.project import ProjectJob
from memeclip_core.storage.documents import load_json
from memeclip_core.storage.files import atomic_write, make_folder, store_error
from memeclip_core.storage.home import check_name

AnyJob = TypeVar("AnyJob", bound=Job | ProjectJob)
_log = logging.getLogger("memeclip")


class JobFiles(Generic[AnyJob]):
    """Jobs of one kind, each in a folder that the caller names.

    Args:
        to_plain: returns a job as JSON values.
        from_plain: the way back; raises KeyError, TypeError, ValueError or AttributeError.
    """

    def __init__(
        self, *, to_plain: Callable[[AnyJob], dict[str, Any]], from_plain: Callable[[Any], AnyJob]
    ) -> None:
        self._to_plain = to_plain
        self._from_plain = from_plain
        self._known: dict[Path, tuple[tuple[int, int], AnyJob]] = {}

    def write(self, folder: Path, job: AnyJob) -> None:
        """Write a job; raise StoreError if that fails."""
        path = _path(make_folder(folder), job.id)
        text = json.dumps(self._to_plain(job), indent=1, ensure_ascii=False, allow_nan=False)
        atomic_write(path, (text + "\n").encode())

    def find(self, folder: Path, job_id: str) -> AnyJob | None:
        """Return a job, or ``None``; costs one look at its file if nobody changed it.

        Raises:
            JobError: if its file is damaged.
            StoreError: if it cannot be read.
        """
        try:
            path = _path(folder, job_id)
        except StoreError:
            return None
        try:
            facts = path.stat()
            # Files are replaced as a whole, so another one has another number.
            stamp = (facts.st_mtime_ns, facts.st_ino)
            known = self._known.get(path)
            if known is not None and known[0] == stamp:
                return known[1]
            job = self._from_plain(load_json(path.read_bytes()))
            self._known[path] = (stamp, job)
            return job
        except FileNotFoundError:
            return None
        except OSError as error:
            raise store_error("read", folder, error) from None
        except (KeyError, TypeError, ValueError, AttributeError):
            raise JobError(f"The file of job '{job_id}' is damaged. Delete it.") from None

    def list(self, folder: Path) -> tuple[AnyJob, ...]:
        """Return all readable jobs of a folder, newest first."""
        jobs = []
        for path in folder.glob("*.json"):
            try:
                job = self.find(folder, path.stem)
            except JobError as error:
                _log.warning("%s", error)
                continue
            if job is not None:
                jobs.append(job)
        return tuple(sorted(jobs, key=lambda job: (job.started, job.id), reverse=True))

    def ask_to_stop(self, folder: Path, job_id: str) -> None:
        """Leave a mark that the job's own process looks for, whichever process that is."""
        atomic_write(_mark(folder, job_id), b"")

    def is_asked_to_stop(self, folder: Path, job_id: str) -> bool:
        """Say whether somebody asked the job to stop."""
        return _mark(folder, job_id).exists()

    def forget_mark(self, folder: Path, job_id: str) -> None:
        """Remove the mark of a job that has ended."""
        _mark(folder, job_id).unlink(missing_ok=True)


def _path(folder: Path, job_id: str) -> Path:
    return folder / f"{check_name(job_id, 'job')}.json"


def _mark(folder: Path, job_id: str) -> Path:
    return _path(folder, job_id).with_suffix(".stop")
