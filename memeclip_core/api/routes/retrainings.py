"""Retrainings: start one, look at it, stop it."""

from __future__ import annotations

from fastapi import APIRouter

from memeclip_core.api.identity import Call
from memeclip_core.api.routes.models import OfTasks
from memeclip_core.api.schemas import OfTaskSet
from memeclip_core.records.job import Job

ROUTES = APIRouter(prefix="/retrainings", tags=["jobs"])


@ROUTES.post("", status_code=202)
def retrain(call: Call, sent: OfTaskSet) -> Job:
    """Start a retraining; one that makes no sense now is ``refused``, with the reason."""
    return call.studio.start_retrain(call.who, sent.task_set)


@ROUTES.get("")
def retrainings(call: Call, task_set: OfTasks) -> tuple[Job, ...]:
    """Return the retrainings of a task set, newest first."""
    return call.studio.jobs(task_set)


@ROUTES.get("/{job}")
def retraining(call: Call, job: str) -> Job:
    """Return one retraining as it stands now."""
    return call.studio.job(job)


@ROUTES.post("/{job}/stop")
def stop_retraining(call: Call, job: str) -> Job:
    """Ask a retraining to stop at its next step."""
    return call.studio.cancel(call.who, job)
