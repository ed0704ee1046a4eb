"""The queue of what visitors suggest."""

from __future__ import annotations

from types import SimpleNamespace

import gradio as gr
import pytest

from memeclip_core.ui.pages.review.layout import Visitors
from memeclip_core.ui.pages.review.visitors import OnVisitors
from tests.factories.page_records import visit
from tests.factories.suggested import build_visited, suggest


def build(studio):
    with gr.Blocks():
        with gr.Column() as projects:
            pass
        return OnVisitors(studio=studio, widgets=Visitors(), projects=projects)


def event(**data):
    return SimpleNamespace(_data=data)


@pytest.fixture
def visited(tiny_settings):
    return build_visited(tiny_settings)


@pytest.fixture
def page(tiny_studio):
    return build(tiny_studio)


def test_it_is_offered_where_something_waits(page, visited):
    w = page.w
    assert page.on_look("projects", 0, visit())[w.queue]["visible"] is False
    suggest(visited)
    updates = page.on_look("projects", 0, visit())
    assert updates[w.queue]["visible"] is True
    assert updates[w.queue]["choices"][1] == ("From visitors (1)", "visitors")
    assert (updates[w.body]["visible"], updates[page.projects]["visible"]) == (False, True)
    updates = page.on_look("visitors", 0, visit())
    assert (updates[w.body]["visible"], updates[page.projects]["visible"]) == (True, False)
    assert "words 0" in updates[w.case] and updates[w.clearing]["visible"] is True


def test_one_turns_decides_and_takes_back(page, visited):
    for number in range(3):
        suggest(visited, number)
    w = page.w
    second = page.on_forward("visitors", 0, visit())
    assert 'data-path="proposals/2"' in second[w.case] and "2 of 3" in second[w.position]
    assert page.on_back("visitors", 1, visit())[w.index] == 0
    page._studio.proposals.reject(page._studio.owner(), 2)
    done = page.on_done("visitors", 1, event(act="reject", where="proposals/2"), visit())
    assert "Rejected." in done[w.message] and 'data-path="proposals/2/undo"' in done[w.message]
    assert done[w.case].startswith("<article") and 'data-path="proposals/3"' in done[w.case]
    page._studio.proposals.undo(page._studio.owner(), 2)
    again = page.on_done("visitors", 0, event(act="undo", where="proposals/2"), visit())
    assert again[w.index] == 1 and "Taken back." in again[w.message]
    gone = page.on_remove("visitors", 2, visit())
    assert "Deleted 3 suggestions." in gone[w.message]
    assert "No suggestion of a visitor waits." in gone[w.case]


def test_a_visitor_sees_none_of_it(visited):
    page = build(visited)
    suggest(visited)
    updates = page.on_look("visitors", 0, visit())
    assert set(updates) == {page.w.queue} and updates[page.w.queue]["visible"] is False
    assert "mc-error" in page.on_remove("visitors", 0, visit())[page.w.message]
    assert "mc-error" not in page.on_done("visitors", 0, event(act=[1], where={}), visit())
