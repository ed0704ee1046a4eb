"""A label set that changes leaves nothing half done."""

from __future__ import annotations

from dataclasses import replace

import pytest

from memeclip_core.annotation.projects.store import ProjectStore
from memeclip_core.errors import InputError, StoreError
from tests.annotation.projects.test_projects import HATE, decide
from tests.factories.projects import make_cats
from tests.factories.workbench import shipped_tasks


def without_oppose():
    tasks = shipped_tasks("pridemm")
    stance = tasks.task("stance")
    fewer = replace(stance, labels=stance.labels[:2])
    return replace(tasks, tasks=tuple(fewer if t.key == "stance" else t for t in tasks))


@pytest.fixture
def studio(tiny_studio, tmp_path):
    make_cats(tiny_studio, tmp_path / "in", 2)
    decide(tiny_studio, 0, HATE)
    return tiny_studio


def test_a_disk_that_fails_in_between_can_be_tried_again(studio, monkeypatch):
    who, projects = studio.owner(), studio.projects
    write = ProjectStore.write
    monkeypatch.setattr(
        ProjectStore, "write", lambda self, project: (_ for _ in ()).throw(StoreError("full"))
    )
    with pytest.raises(StoreError, match="full"):
        projects.migrate(who, "cats", without_oppose(), {})
    assert projects.project(who, "cats").version == 1
    log = studio.settings.home / "corrections.csv"
    rows = log.read_bytes().count(b"\n")
    monkeypatch.setattr(ProjectStore, "write", write)
    projects.migrate(who, "cats", without_oppose(), {})
    assert projects.project(who, "cats").version == 2
    assert log.read_bytes().count(b"\n") == rows  # sent back once, not twice


def test_two_changes_at_once_are_one_and_a_refusal(studio):
    who, projects = studio.owner(), studio.projects
    projects.migrate(who, "cats", without_oppose(), {}, version=1)
    with pytest.raises(InputError, match="version 2 by now"):
        projects.migrate(who, "cats", shipped_tasks("pridemm"), {}, version=1)
    back = projects.migrate(who, "cats", shipped_tasks("pridemm"), {}, version=2)
    assert back.project.version == 3
