"""Projects, their memes and their jobs as JSON values, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from memeclip_core.records.job import Progress
from memeclip_core.records.meme import Failure
from memeclip_core.records.plain import without_nan
from memeclip_core.records.project import Labels, Migration, Project, ProjectJob, ProjectMeme
from memeclip_core.storage.documents import load_json
from memeclip_core.tasks import Condition, Label, Task, TaskSet

SCHEMA = 1


def project_to_plain(project: Project) -> dict[str, Any]:
    """Return a project as JSON values."""
    plain = asdict(project)
    plain["created"] = project.created.isoformat()
    for step, migration in zip(plain["migrations"], project.migrations, strict=True):
        step["time"] = migration.time.isoformat()
    return {"schema": SCHEMA, **plain}


def project_from_plain(plain: Mapping[str, Any]) -> Project:
    """Rebuild a project; KeyError, TypeError, ValueError or ConfigError if it is of no use."""
    rest = {name: value for name, value in plain.items() if name != "schema"}
    rest["tasks"] = task_set_from_plain(rest["tasks"])
    rest["created"] = datetime.fromisoformat(rest["created"])
    rest["migrations"] = tuple(
        Migration(**{**step, "time": datetime.fromisoformat(step["time"])})
        for step in rest["migrations"]
    )
    return Project(**rest)


def task_set_from_plain(plain: Mapping[str, Any]) -> TaskSet:
    """Rebuild a task set from ``asdict``; TaskFileError if it does not hold together."""
    return TaskSet(**{**plain, "tasks": tuple(_task(task) for task in plain["tasks"])})


def meme_to_line(meme: ProjectMeme) -> bytes:
    """Return a meme as one line of JSON, with its line feed."""
    plain = {name: value for name, value in asdict(meme).items() if value not in ("", {}, False)}
    plain["added"] = meme.added.isoformat()
    return (json.dumps(plain, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def meme_from_line(line: bytes) -> ProjectMeme:
    """Rebuild a meme; KeyError, TypeError or ValueError if the line is of no use."""
    plain = load_json(line)
    return ProjectMeme(
        id=plain["id"],
        filename=plain.get("filename", ""),
        text=plain.get("text", ""),
        text_source=plain["text_source"],
        image=plain.get("image", ""),
        width=plain.get("width", 0),
        height=plain.get("height", 0),
        given=_labels(plain.get("given", {})),
        gold=plain.get("gold", False),
        split=plain.get("split", ""),
        added=datetime.fromisoformat(plain["added"]),
    )


def project_job_to_plain(job: ProjectJob) -> dict[str, Any]:
    """Return a job as JSON values."""
    plain = asdict(job)
    plain["started"] = job.started.isoformat()
    plain["ended"] = job.ended.isoformat() if job.ended else None
    plain["progress"] = without_nan(asdict(job.progress))
    return plain


def project_job_from_plain(plain: Mapping[str, Any]) -> ProjectJob:
    """Rebuild a job; KeyError, TypeError or ValueError if something is missing or of no use."""
    ended = plain["ended"]
    return ProjectJob(
        **{
            **plain,
            "started": datetime.fromisoformat(plain["started"]),
            "ended": None if ended is None else datetime.fromisoformat(ended),
            "progress": Progress(**plain["progress"]),
            "failures": tuple(Failure(**failure) for failure in plain["failures"]),
        }
    )


def _labels(plain: Mapping[str, Any]) -> Labels:
    return {task: tuple(names) for task, names in plain.items()}


def _task(plain: Mapping[str, Any]) -> Task:
    applies = plain["applies"]
    return Task(
        **{
            **plain,
            "labels": tuple(Label(**label) for label in plain["labels"]),
            "aliases": tuple(plain["aliases"]),
            "missing": tuple(plain["missing"]),
            "applies": None
            if applies is None
            else Condition(task=applies["task"], labels=tuple(applies["labels"])),
        }
    )
