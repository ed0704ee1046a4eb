"""An admin deletes a project on the page Projects."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from memeclip_core.api.texts import _
from memeclip_core.app.files import describe_contents
from memeclip_core.records.project import ProjectContents
from tests.factories.page_records import visit
from tests.factories.project_page import Desk, serve_roles
from tests.factories.projects import make_cats, settle


@pytest.fixture
def cats(tiny_studio, tmp_path):
    make_cats(tiny_studio, tmp_path / "in", 3)
    settle(tiny_studio)
    return Desk(tiny_studio)


def test_everything_is_exported_first_and_the_key_is_written(cats):
    on, w = cats.on.deleting, cats.w.deleting
    shown = cats.on.on_open("cats", visit())
    assert "Memes: 3" in shown[w.contents] and "Export everything first" in shown[w.contents]
    assert (shown[w.export]["visible"], shown[w.delete]["visible"]) == (True, False)
    said = on.on_delete("cats", "cats", visit())
    assert list(said) == [w.message] and "Export everything" in said[w.message]
    assert "Export everything once more" in on.on_save("cats", visit())[w.message]
    assert "Export everything once more" in on.on_saved("cats", visit())[w.message]
    on.on_export("cats", visit())
    settle(cats.studio)
    shown = cats.on.on_tick("cats", visit())
    assert "Everything is exported" in shown[w.contents]
    assert (shown[w.export]["visible"], shown[w.save]["visible"]) == (False, True)
    assert w.delete not in shown  # not before the zip was saved; what is offered stays
    zip = Path(on.on_save("cats", visit())[w.zip]["value"])
    assert zipfile.is_zipfile(zip)
    shown = on.on_saved("cats", visit())
    assert f"{zip.stat().st_size:,} bytes" in shown[w.message]
    assert (shown[w.name]["visible"], shown[w.delete]["visible"]) == (True, True)
    shown = cats.on.on_open("cats", visit())  # as if another project had been looked at meanwhile
    assert (shown[w.zip]["visible"], shown[w.delete]["visible"]) == (False, False)
    assert "Write the key" in on.on_delete("cats", "Cats", visit())[w.message]
    done = on.on_delete("cats", " cats ", visit())
    assert "is deleted. Memes: 3" in done[cats.w.message]
    assert "no project yet" in done[cats.w.listing] and done[cats.w.body]["visible"] is False


def test_while_everything_is_exported_that_is_said_and_no_longer(cats):
    w, project = cats.w.deleting, cats.studio.projects.list(cats.studio.owner())[0]
    job = cats.studio.projects.start_export(cats.studio.owner(), "cats", "everything")
    shown = cats.on.deleting.look(cats.studio.owner(), project, job)
    assert "being exported" in shown[w.contents]
    assert [shown[one]["visible"] for one in (w.export, w.save, w.delete)] == [False] * 3
    other = replace(job, arguments={"format": "csv"})
    shown = cats.on.deleting.look(cats.studio.owner(), project, other)
    assert "under way" in shown[w.contents] and "exported" not in shown[w.contents]
    settle(cats.studio)
    shown = cats.on.on_tick("cats", visit())
    assert "being exported" not in shown[w.contents] + shown.get(w.message, "")


def test_a_demo_needs_no_export(tiny_studio):
    made, desk = tiny_studio.demo.make(tiny_studio.owner()), Desk(tiny_studio)
    shown = desk.on.on_open(made.key, visit())
    assert shown[desk.w.deleting.delete]["visible"] is True
    assert "Everything is exported" not in shown[desk.w.deleting.contents]
    done = desk.on.deleting.on_delete(made.key, made.key, visit())
    assert "is deleted" in done[desk.w.message]


def test_the_page_says_the_same_as_the_command_line():
    found = ProjectContents(memes=1200, pictures=3, decisions=40, people=2, comments=0)
    for one in (found, replace(found, left=True, asides=("corrections-replaced-1.csv",))):
        assert describe_contents(one, _) == describe_contents(one)


@pytest.mark.parametrize("who", ["annotator", "reviewer", None])
def test_admins_alone_see_it(tiny_settings, tmp_path, who):
    served = serve_roles(tiny_settings, tmp_path)
    on, w = served.on.deleting, served.w.deleting
    shown = served.on.on_open("cats", visit(who))
    assert w.panel not in shown or shown[w.panel]["visible"] is False
    assert list(on.on_delete("cats", "cats", visit(who))) == [w.message]
    assert served.on.on_open("cats", visit("admin"))[w.panel]["visible"] is True
