"""What releases up to 0.1 kept in files of the home and the database holds now."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from memeclip_core.records.job import Job
from memeclip_core.records.schemas import from_plain
from memeclip_core.storage.files import load_json
from memeclip_core.storage.home import Home

_log = logging.getLogger("memeclip")


def read_old_jobs(home: Home) -> Iterator[Job]:
    """Yield the jobs of all files: retrainings, and those of projects. Damaged ones are named."""
    for path in sorted([*home.jobs.glob("*.json"), *home.projects.glob("*/jobs/*.json")]):
        try:
            plain = load_json(path.read_bytes())
            subject = plain.get("task_set") or plain["project"]
            yield from_plain(Job, {"kind": "retrain", **plain, "subject": subject})
        except (OSError, KeyError, TypeError, ValueError, AttributeError):
            _log.warning("the job %s of an earlier release could not be read", path.stem)
