"""A project's exports, and its jobs: start, look, stop, download."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import FileResponse

from memeclip_core.api.identity import Call
from memeclip_core.api.schemas import Exported, JobFacts, ProjectKey

ROUTES = APIRouter(prefix="/projects/{project}", tags=["jobs"])
JobId = Annotated[str, Path(max_length=100, description="A job's id.")]


@ROUTES.post("/exports", status_code=202, response_model=JobFacts)
def export(call: Call, project: ProjectKey, sent: Exported) -> object:
    """Export a project's labels in the background."""
    return call.studio.projects.start_export(
        call.who, project, sent.format, **sent.model_dump(exclude={"format"})
    )


@ROUTES.get("/jobs", response_model=tuple[JobFacts, ...])
def jobs(call: Call, project: ProjectKey) -> object:
    """Return a project's imports, exports and computed predictions, newest first."""
    return call.studio.projects.jobs(call.who, project)


@ROUTES.get("/jobs/{job}", response_model=JobFacts)
def job(call: Call, project: ProjectKey, job: JobId) -> object:
    """Return a job as it stands now."""
    return call.studio.projects.job(call.who, project, job)


@ROUTES.post("/jobs/{job}/stop", response_model=JobFacts)
def stop(call: Call, project: ProjectKey, job: JobId) -> object:
    """Ask a job to stop at its next step; what it finished before stays."""
    return call.studio.projects.stop(call.who, project, job)


@ROUTES.get("/jobs/{job}/file", response_class=FileResponse)
def download(call: Call, project: ProjectKey, job: JobId) -> FileResponse:
    """Return the file of a finished (or partial) export."""
    path = call.studio.projects.export_file(call.who, project, job)
    headers = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}
    return FileResponse(path, filename=path.name, headers=headers)
