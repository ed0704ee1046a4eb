"""Retrainings: start one, look at it, stop it."""

from __future__ import annotations

from fastapi import APIRouter

from memeclip_core.api.identity import Call, Counted
from memeclip_core.api.routes.models import OfTasks
from memeclip_core.api.schemas import JobFacts, OfTaskSet

ROUTES = APIRouter(prefix="/retrainings", tags=["jobs"])


@ROUTES.post("", status_code=202, response_model=JobFacts)
def retrain(call: Call, sent: OfTaskSet) -> object:
    """Start a retraining; one that makes no sense now is ``refused``, with the reason."""
    return call.studio.start_retrain(call.who, sent.task_set)


@ROUTES.get("", response_model=tuple[JobFacts, ...])
def retrainings(call: Counted, task_set: OfTasks) -> object:
    """Return the retrainings of a task set, newest first."""
    return call.studio.jobs(task_set)


@ROUTES.get("/{job}", response_model=JobFacts)
def retraining(call: Counted, job: str) -> object:
    """Return one retraining as it stands now."""
    return call.studio.job(job)


@ROUTES.post("/{job}/stop", response_model=JobFacts)
def stop_retraining(call: Call, job: str) -> object:
    """Ask a retraining to stop at its next step."""
    return call.studio.cancel(call.who, job)
