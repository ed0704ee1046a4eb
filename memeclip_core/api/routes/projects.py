"""Labelling projects: their questions, their rules, and how far they are."""

from __future__ import annotations

from fastapi import APIRouter

from memeclip_core.api.identity import Call
from memeclip_core.api.schemas import ProjectKey, ProjectRules
from memeclip_core.records.project import Project, ProjectFacts

ROUTES = APIRouter(prefix="/projects", tags=["projects"])


@ROUTES.get("")
def projects(call: Call) -> tuple[Project, ...]:
    """Return all projects, oldest first."""
    return call.studio.projects.list(call.who)


@ROUTES.get("/{project}")
def project(call: Call, project: ProjectKey) -> ProjectRules:
    """Return a project's questions, guidelines and rules."""
    return ProjectRules(
        project=call.studio.projects.project(call.who, project),
        reviews=call.studio.can(call.who, "reviewer"),
        models=call.studio.projects.models(call.who, project),
    )


# Its jobs have a route of their own.
@ROUTES.get("/{project}/facts", response_model_exclude={"jobs"})
def facts(call: Call, project: ProjectKey) -> ProjectFacts:
    """Return how far a project is."""
    return call.studio.projects.facts(call.who, project)
