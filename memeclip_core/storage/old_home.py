"""What releases up to 0.1 kept in files of the home and the database holds now."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from memeclip_core.errors import StoreError
from memeclip_core.records.job import Job
from memeclip_core.records.schemas import from_plain
from memeclip_core.storage.files import load_json, store_error
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


def read_old_pointer(home: Home) -> tuple[dict[str, str], list[dict[str, str]]]:
    """Return which version was active by task set, and what led to that, the oldest first.

    Raises:
        StoreError: if the file cannot be read, or is damaged.
    """
    path = home.active
    try:
        pointer: Any = load_json(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return {}, []
    except OSError as error:
        raise store_error("read", path, error) from None
    except ValueError:
        pointer = None
    names = ("time", "task_set", "version", "by", "action")
    try:
        active = {str(key): str(version) for key, version in dict(pointer["active"]).items()}
        history = [{name: str(line[name]) for name in names} for line in pointer["history"]]
        known = pointer["schema"] == 1
    except (KeyError, TypeError, ValueError):
        known = False
    if not known:
        raise StoreError(
            f"{path.name} is damaged, so the models that were active before are not known. Repair "
            "it and start again, or promote one anew: the starters answer until then."
        )
    return active, history
