"""Labelling projects: their questions, their rules, and how far they are."""

from __future__ import annotations

from fastapi import APIRouter

from memeclip_core.api.identity import Call
from memeclip_core.api.schemas import ProjectCounts, ProjectKey, ProjectLine, ProjectRules
from memeclip_core.app.guidelines import render_guidelines
from memeclip_core.records.project import Project, ProjectFacts

ROUTES = APIRouter(prefix="/projects", tags=["projects"])


@ROUTES.get("", response_model=tuple[ProjectLine, ...])
def projects(call: Call) -> tuple[Project, ...]:
    """Return all projects, oldest first, without their questions and guidelines."""
    return call.studio.projects.list(call.who)


@ROUTES.post("/demo", response_model=ProjectLine)
def demo(call: Call) -> Project:
    """Return the project of samples with made-up votes, made if there is none; takes an admin."""
    return call.studio.demo.make(call.who)


@ROUTES.post("/demo/remove", status_code=204)
def remove_demo(call: Call) -> None:
    """Delete the demo with all that was done in it; takes an admin."""
    call.studio.demo.remove(call.who)


@ROUTES.get("/{project}")
def project(call: Call, project: ProjectKey) -> ProjectRules:
    """Return a project's questions, guidelines and rules."""
    found = call.studio.projects.project(call.who, project)
    return ProjectRules(
        project=found,
        guidelines=render_guidelines(found.guidelines, project),
        reviews=call.studio.can(call.who, "reviewer"),
        models=call.studio.projects.models(call.who, project),
    )


@ROUTES.get("/{project}/facts", response_model=ProjectCounts)
def facts(call: Call, project: ProjectKey) -> ProjectFacts:
    """Return how far a project is."""
    return call.studio.projects.facts(call.who, project)
