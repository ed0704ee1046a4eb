"""Records to plain JSON values, and back; a number that is not defined is null."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from memeclip_core.records.job import Job, Progress
from memeclip_core.records.model import ClassChange, Flip, Metric, TaskComparison


def job_to_plain(job: Job) -> dict[str, Any]:
    """Return a job as JSON values."""
    plain = asdict(job)
    plain["started"] = job.started.isoformat()
    plain["ended"] = job.ended.isoformat() if job.ended else None
    plain["comparison"] = comparison_to_plain(job.comparison)
    plain["progress"] = without_nan(asdict(job.progress))
    return plain


def job_from_plain(plain: Mapping[str, Any]) -> Job:
    """Rebuild a job; KeyError, TypeError or ValueError if something is missing or of no use."""
    ended = plain["ended"]
    return Job(
        id=plain["id"],
        task_set=plain["task_set"],
        state=plain["state"],
        started=datetime.fromisoformat(plain["started"]),
        by=plain["by"],
        progress=Progress(**plain["progress"]),
        ended=None if ended is None else datetime.fromisoformat(ended),
        base=plain["base"],
        candidate=plain["candidate"],
        counts=dict(plain["counts"]),
        reason=plain["reason"],
        comparison=tuple(_comparison(item) for item in plain["comparison"]),
        log=tuple(plain.get("log", ())),
    )


def comparison_to_plain(comparison: tuple[TaskComparison, ...]) -> list[dict[str, Any]]:
    """Return comparisons as JSON values."""
    return [without_nan(asdict(item)) for item in comparison]


def metric_to_plain(metric: Metric) -> dict[str, Any]:
    """Return a metric as JSON values."""
    plain: dict[str, Any] = without_nan(asdict(metric))
    return plain


def metric_from_plain(plain: Mapping[str, Any]) -> Metric:
    """Rebuild a metric from JSON values."""
    numbers = {k: math.nan if plain[k] is None else plain[k] for k in ("value", "low", "high")}
    note = plain.get("note", "")
    return Metric(name=plain["name"], n=plain["n"], reason=plain["reason"], note=note, **numbers)


def _comparison(plain: Mapping[str, Any]) -> TaskComparison:
    return TaskComparison(
        task=plain["task"],
        rows=plain["rows"],
        n=plain["n"],
        active=metric_from_plain(plain["active"]),
        candidate=metric_from_plain(plain["candidate"]),
        flips=plain["flips"],
        p=plain.get("p"),
        classes=tuple(_class(item) for item in plain.get("classes", ())),
        flipped=tuple(_flip(item) for item in plain.get("flipped", ())),
    )


def _flip(plain: Mapping[str, Any]) -> Flip:
    return Flip(
        meme=plain["meme"],
        truth=tuple(plain["truth"]),
        active=tuple(plain["active"]),
        candidate=tuple(plain["candidate"]),
    )


def _class(plain: Mapping[str, Any]) -> ClassChange:
    return ClassChange(
        label=plain["label"],
        n=plain["n"],
        active=metric_from_plain(plain["active"]),
        candidate=metric_from_plain(plain["candidate"]),
        p=plain["p"],
    )


def without_nan(plain: Any) -> Any:
    """Return JSON values with null for every NaN, however deep it stands."""
    if isinstance(plain, Mapping):
        return {key: without_nan(value) for key, value in plain.items()}
    if isinstance(plain, list | tuple):
        return [without_nan(value) for value in plain]
    return None if isinstance(plain, float) and math.isnan(plain) else plain
