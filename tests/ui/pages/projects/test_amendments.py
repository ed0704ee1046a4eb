"""An admin mends a meme on the page Projects."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from memeclip_core.records.meme import MemeChange
from memeclip_core.ui.pages.projects.amendments import SHOWN, render_changes
from tests.factories.page_records import visit
from tests.factories.project_page import Desk, serve_roles
from tests.factories.projects import make_cats, settle


@pytest.fixture
def cats(tiny_studio, tmp_path):
    make_cats(tiny_studio, tmp_path / "in", 3)
    return Desk(tiny_studio)


def test_a_meme_is_found_corrected_removed_and_restored(cats):
    on, w = cats.on.memes, cats.w.memes
    (first, *_) = cats.studio.projects._store.memes("cats").rows
    shown = on.on_find("cats", first.filename, visit())
    assert (shown[w.meme], shown[w.text]["value"]) == (first.id, first.text)
    assert shown[w.restore]["visible"] is False and shown[w.remove]["visible"] is True
    done = on.on_correct("cats", first.id, "new words", visit())
    assert "The text is corrected" in done[w.message] and "text corrected" in done[w.changes]
    assert "new words" not in done[w.changes]
    settle(cats.studio)
    done = on.on_remove("cats", first.id, "<b>asked</b>", visit())
    assert "&lt;b&gt;asked" in done[w.changes] and done[w.restore]["visible"] is True
    assert done[w.text]["interactive"] is False
    assert "2</" in done[cats.w.listing]
    offered = cats.on.on_open("cats", visit())[w.removed]
    assert offered["visible"] and offered["choices"][1][1] == first.id
    assert on.on_find("cats", offered["choices"][1][1], visit())[w.restore]["visible"] is True
    done = on.on_restore("cats", first.id, visit())
    assert "is back" in done[w.message] and done[w.remove]["visible"] is True
    assert done[w.removed]["visible"] is False


def test_mistakes_are_said_below_the_field(cats):
    on, w = cats.on.memes, cats.w.memes
    (first, *_) = cats.studio.projects._store.memes("cats").rows
    for updates, said in (
        (on.on_find("cats", "nothing.png", visit()), "has no meme"),
        (on.on_find(None, "x", visit()), "Choose a project first"),
        (on.on_correct("cats", first.id, first.text, visit()), "this text already"),
        (on.on_remove("cats", first.id, " ", visit()), "say why"),
        (on.on_restore("cats", first.id, visit()), "is not removed"),
    ):
        assert list(updates) == [w.message] and said in updates[w.message]


@pytest.fixture
def served(tiny_settings, tmp_path):
    return serve_roles(tiny_settings, tmp_path)


@pytest.mark.parametrize("who", ["annotator", "reviewer", None])
def test_admins_alone_see_it(served, who):
    on, w = served.on.memes, served.w.memes
    updates = served.on.on_open("cats", visit(who))
    assert w.panel not in updates or updates[w.panel]["visible"] is False
    for call in (on.on_find, on.on_restore):
        assert list(call("cats", "x", visit(who))) == [w.message]
    assert served.on.on_open("cats", visit("admin"))[w.panel]["visible"] is True


def test_only_the_last_changes_are_listed():
    one = MemeChange(
        project="cats", meme="a" * 64, filename="", time=datetime(2026, 1, 2, tzinfo=UTC),
        by="ana", action="restore",
    )  # fmt: skip
    assert render_changes([]) == ""
    html = render_changes([one] * (SHOWN + 3))
    assert html.count("restored") == SHOWN and "and 3 more before" in html
