"""The rows of demos: how they are found, and deleted, in whatever table they lie."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Delete, delete, select

from memeclip_core.database.schema import job, metadata, project, rank, ranking
from memeclip_core.records.project import DEMO

OF_DEMO = project.c.task_set.like(f"{DEMO}%")
"""Of a project that is a demo."""


def list_deletions() -> tuple[Delete, ...]:
    """Return what deletes all that belongs to demos, in an order in which it can be carried out."""
    keys = select(project.c.key).where(OF_DEMO)
    ranked = select(ranking.c.number).where(ranking.c.project.in_(keys))
    own: list[Any] = [table for table in metadata.sorted_tables if "project" in table.c]
    return (
        delete(rank).where(rank.c.ranking.in_(ranked)),
        delete(job).where(job.c.subject.in_(keys)),
        *(delete(table).where(table.c.project.in_(keys)) for table in reversed(own)),
        delete(project).where(OF_DEMO),
    )
