"""What is written of a project reads back the same."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from memeclip_core.annotation.projects.rows import (
    meme_from_line,
    meme_to_line,
    project_from_plain,
    project_job_from_plain,
    project_job_to_plain,
    project_to_plain,
)
from memeclip_core.records.job import Progress
from memeclip_core.records.meme import Failure
from memeclip_core.records.project import ProjectJob
from tests.factories.project_records import MIGRATED, TIME, make_meme, make_project

JOB = ProjectJob(
    id="20260304T050607-ab",
    kind="import",
    project="cats",
    state="done",
    started=TIME,
    by="ana",
    progress=Progress(done=3, total=4, message="importing"),
    ended=TIME,
    counts={"added": 3},
    failures=(Failure(filename="x.png", reason="broken"),),
    arguments={"source": "memes"},
)


@pytest.mark.parametrize("tasks", ["pridemm", "propaganda", "harmeme", "axiom", "restore"])
def test_projects_of_every_shipped_task_set_read_back_the_same(tasks):
    project = make_project(tasks=tasks, guidelines="# Look\n\n*twice* ü", overlap=3)
    assert project_from_plain(json.loads(json.dumps(project_to_plain(project)))) == project


def test_migrations_read_back_the_same():
    assert project_from_plain(json.loads(json.dumps(project_to_plain(MIGRATED)))) == MIGRATED


@pytest.mark.parametrize(
    "meme",
    [
        make_meme(),
        make_meme(given={"hate": ("Hate",), "x": ()}, gold=True, split="val"),
        make_meme(image="", width=0, height=0, text_source="file"),
        make_meme(text="", text_source="none"),
        make_meme(text="line\u2028separator \x85 next"),
    ],
)
def test_memes_read_back_the_same_from_one_line(meme):
    line = meme_to_line(meme)
    assert line.endswith(b"\n") and line.count(b"\n") == 1
    assert meme_from_line(line) == meme


def test_jobs_read_back_the_same():
    for job in (JOB, replace(JOB, ended=None, state="running", failures=(), file="a.zip")):
        assert project_job_from_plain(json.loads(json.dumps(project_job_to_plain(job)))) == job
