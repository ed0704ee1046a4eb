"""Label sets, and the models that answer."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from memeclip_core.api.identity import Counted
from memeclip_core.records.model import ModelInfo
from memeclip_core.tasks import TaskSet

ROUTES = APIRouter(tags=["models"])
OfTasks = Annotated[str, Query(alias="task_set", description="A task set's key.")]


@ROUTES.get("/task-sets")
def task_sets(call: Counted) -> tuple[TaskSet, ...]:
    """Return the label sets on offer: their questions, and the labels of each."""
    return call.studio.task_sets


@ROUTES.get("/models")
def models(call: Counted, task_set: OfTasks) -> tuple[ModelInfo, ...]:
    """Return the models that fit the encoder: the active one first, then the newest."""
    return call.studio.models(task_set)


@ROUTES.get("/models/active")
def active_model(call: Counted, task_set: OfTasks) -> ModelInfo | None:
    """Return the model that answers; null where the encoder answers zero-shot."""
    return call.studio.status(task_set).model
