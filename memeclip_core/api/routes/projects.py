"""Labelling projects: their questions, their rules, and how far they are."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, File, Form, Query, UploadFile
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from memeclip_core.api.identity import Call
from memeclip_core.api.schemas import (
    MOST_MEMES,
    Filters,
    Name,
    ProjectCounts,
    ProjectKey,
    ProjectRules,
    Sent,
    Text,
)
from memeclip_core.app.files import bring_in_sent
from memeclip_core.app.guidelines import render_guidelines
from memeclip_core.records.prediction import BroughtIn
from memeclip_core.records.project import Order, Project, ProjectContents, ProjectFacts
from memeclip_core.records.team import Assigned, Member, Qualified, Share

ROUTES = APIRouter(prefix="/projects", tags=["projects"])

People = Annotated[tuple[Name, ...], Field(max_length=MOST_MEMES)]


class ProjectLine(BaseModel):
    """A project's rules, without its questions and guidelines; see ``Project``."""

    model_config = ConfigDict(from_attributes=True)
    key: str
    title: str
    created: datetime
    by: str
    overlap: int
    overlap_share: float
    hidden_share: float
    order: Order
    lease_minutes: int
    retrain_every: int
    break_minutes: int
    closed: bool
    members_only: bool
    qualify: int
    qualify_share: float
    qualify_tries: int
    version: int


class ChangedMembers(Sent):
    """Who becomes a member of a project or is one no more, and how many memes they decide."""

    add: People = ()
    remove: People = ()
    quotas: Annotated[
        dict[Name, Annotated[int, Field(ge=0, description="0 is any number.")]],
        Field(default_factory=dict, max_length=MOST_MEMES, description="Memes at most, by person."),
    ]


class ToAssign(Sent):
    """Memes that go to those alone who are named: all that the filter finds, or a share."""

    people: Annotated[People, Field(min_length=1)]
    filters: Filters = Filters(state=None)
    number: Annotated[int, Field(ge=1)] | None = None
    percent: Annotated[float, Field(gt=0, le=100)] | None = None


class Named(Sent):
    """Some people."""

    people: Annotated[People, Field(min_length=1)]


class Freed(BaseModel):
    """How many memes go to everybody again."""

    memes: int


class Duplicated(Sent):
    """What a duplicate of a project is called."""

    key: Annotated[Text, Field(max_length=60)]
    title: Name = ""


class ShownModel(Sent):
    """Whose suggestions people see; "" for the studio's own."""

    model: Name = ""


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
        shown=call.studio.suggesters.shown(call.who, project),
    )


@ROUTES.post("/{project}/suggestions", response_model=tuple[BroughtIn, ...])
async def bring_in(
    call: Call,
    project: ProjectKey,
    file: Annotated[UploadFile, File(description="What other models say, a line for each meme.")],
    model: Annotated[Name, Form(description="The model's name; blank takes the file's.")] = "",
) -> object:
    """Take in what other models say of a project's memes, all or nothing; takes an admin."""

    def work() -> object:
        name = file.filename or ""
        return bring_in_sent(call.studio, call.who, project, name, file.file, model)

    return await run_in_threadpool(work)


@ROUTES.post("/{project}/suggestions/shown", status_code=204)
def show(call: Call, project: ProjectKey, sent: ShownModel) -> None:
    """Choose whose suggestions people see; takes an admin."""
    call.studio.suggesters.show(call.who, project, sent.model)


@ROUTES.post("/{project}/duplicate", response_model=ProjectLine)
def duplicate(call: Call, project: ProjectKey, sent: Duplicated) -> Project:
    """Make a project of the same rules, label set, guidelines and memes, without decisions."""
    return call.studio.projects.copies.make(call.who, project, new=sent.key, title=sent.title)


@ROUTES.get("/{project}/contents")
def contents(call: Call, project: ProjectKey) -> ProjectContents:
    """Return what would go with a project that is deleted; takes an admin."""
    return call.studio.projects.deletions.look(call.who, project)


@ROUTES.post("/{project}/remove")
def remove(
    call: Call,
    project: ProjectKey,
    confirm: Annotated[Name, Query(description="The project's key once more.")] = "",
) -> ProjectContents:
    """Delete a project with all that was done in it, once everything is exported."""
    return call.studio.projects.deletions.make(call.who, project, confirm=confirm)


@ROUTES.get("/{project}/facts", response_model=ProjectCounts)
def facts(call: Call, project: ProjectKey) -> ProjectFacts:
    """Return how far a project is."""
    return call.studio.projects.facts(call.who, project)


@ROUTES.get("/{project}/members")
def members(call: Call, project: ProjectKey) -> tuple[Member, ...]:
    """Return a project's members and how far they are; takes an admin."""
    return call.studio.team.members(call.who, project)


@ROUTES.post("/{project}/members")
def change_members(call: Call, project: ProjectKey, sent: ChangedMembers) -> tuple[Member, ...]:
    """Add and remove members and change their quotas; takes an admin."""
    return call.studio.team.change(call.who, project, **sent.model_dump())


@ROUTES.post("/{project}/assignments")
def assign(call: Call, project: ProjectKey, sent: ToAssign) -> Assigned:
    """Deal memes to people at random, so that nobody else is given them; takes an admin."""
    share = Share(number=sent.number, percent=sent.percent)
    return call.studio.team.assign(
        call.who, project, sent.people, filters=sent.filters.read, share=share
    )


@ROUTES.post("/{project}/assignments/remove")
def unassign(call: Call, project: ProjectKey, sent: Named) -> Freed:
    """Take what is assigned to people from them; their decisions stay; takes an admin."""
    return Freed(memes=call.studio.team.unassign(call.who, project, sent.people))


@ROUTES.get("/{project}/qualification")
def qualification(call: Call, project: ProjectKey) -> tuple[Qualified, ...]:
    """Return how people have done in the qualification round; takes an admin."""
    return call.studio.team.qualification.results(call.who, project)


@ROUTES.post("/{project}/qualification/pass")
def let_pass(call: Call, project: ProjectKey, sent: Named) -> tuple[Qualified, ...]:
    """Let people pass without (the rest of) the round; takes an admin."""
    return call.studio.team.qualification.let_pass(call.who, project, sent.people)


@ROUTES.post("/{project}/qualification/reset")
def reset(call: Call, project: ProjectKey, sent: Named) -> tuple[Qualified, ...]:
    """Let people begin the round anew with all tries; takes an admin."""
    return call.studio.team.qualification.reset(call.who, project, sent.people)
