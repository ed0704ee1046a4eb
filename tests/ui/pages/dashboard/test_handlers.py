"""What happens on the page Dashboard."""

from dataclasses import replace

import gradio as gr
import pytest

from memeclip_core.ui.pages.dashboard.layout import build_dashboard
from tests.factories.page_records import visit
from tests.factories.reviewed import KEY, make_reviewed
from tests.factories.studios import build_tiny_studio


def build(studio):
    with gr.Blocks(), gr.Tabs(), gr.Tab("Dashboard") as tab:
        return build_dashboard(studio, tab)


def answer(handler, *args):
    """Return everything that the page shows once all steps are done."""
    shown = {}
    for updates in handler(*args):
        shown |= updates
    return shown


@pytest.fixture
def page(tiny_studio):
    return build(make_reviewed(tiny_studio))


def test_opening_shows_the_project_and_offers_its_people(page):
    updates = answer(page.on_open, None, None, visit())
    w = page.w
    assert updates[w.project]["value"] == KEY
    assert updates[w.person] == gr.update(
        choices=[("Everybody", ""), ("ann", "ann"), ("bob", "bob")], value="", visible=True
    )
    assert "of 4 memes labelled" in updates[w.progress]
    assert updates[w.shared]["visible"] is True
    assert [updates[group]["visible"] for group in w.groups] == [True] * 4 + [False] * 2
    assert updates[w.labels[0]]["value"].data[-1].name == "People"
    assert updates[w.scores]["visible"] is False or updates[w.scores]["value"] is not None


def test_one_person(page):
    updates = answer(page.on_person, KEY, "bob", visit())
    w = page.w
    assert updates[w.person]["value"] == "bob"
    assert updates[w.shared]["visible"] is False
    assert "ann" not in updates[w.people]
    nobody = answer(page.on_person, KEY, "zoe", visit())
    assert nobody[w.person]["value"] == ""


def test_another_project_starts_with_everybody(page):
    w = page.w
    assert answer(page.on_project, KEY, visit())[w.person]["value"] == ""
    assert "no project" in answer(page.on_project, "dogs", visit())[w.message]


def test_without_a_project_or_a_role_it_says_why(tiny_settings):
    local = build(build_tiny_studio(tiny_settings))
    assert "No numbers yet" in answer(local.on_open, None, None, visit())[local.w.message]
    public = build(build_tiny_studio(replace(tiny_settings, host="0.0.0.0")))
    updates = answer(public.on_open, None, None, visit())
    assert "This page only predicts" in updates[public.w.message]
    assert updates[public.w.project]["visible"] is False
    assert updates[public.w.person]["visible"] is False
    refused = answer(public.on_project, KEY, visit())
    assert set(refused) == {public.w.message, public.w.body}
    assert refused[public.w.body]["visible"] is False


def test_nothing_of_another_project_is_shown_while_numbers_are_added_up(page):
    w = page.w
    for steps in (page.on_project(KEY, visit()), page.on_person(KEY, "bob", visit())):
        first, last = next(steps), next(steps)
        assert first[w.body]["visible"] is False
        assert "The numbers of “Cats” are being added up" in first[w.message]
        assert last[w.body]["visible"] is True
    again = next(page.on_open(KEY, "", visit()))
    assert w.body not in again  # what is there is of the same project
