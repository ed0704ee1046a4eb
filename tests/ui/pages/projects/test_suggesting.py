"""Handlers of the suggestions on the page Projects."""

from __future__ import annotations

import gradio as gr

from memeclip_core.api.texts import _
from memeclip_core.app.files import describe_brought_in
from memeclip_core.records.prediction import BroughtIn
from memeclip_core.ui.pages.projects.layout import build_projects
from memeclip_core.ui.pages.projects.suggesting import OnSuggesting
from tests.factories.page_records import visit
from tests.factories.projects import make_cats


def test_another_models_suggestions_are_brought_in_and_chosen(tiny_studio, tmp_path):
    make_cats(tiny_studio, tmp_path / "in", 3)
    with gr.Blocks(), gr.Tab("Projects") as tab:
        page = build_projects(tiny_studio, tab)
    on, w = OnSuggesting(studio=tiny_studio, widgets=page.w), page.w
    sent = tmp_path / "gpt.csv"
    sent.write_text("name,hate\n00000.png,1\n", encoding="utf-8")
    told = on.on_bring_in("cats", {"path": str(sent)}, "gpt", visit())
    assert "1 of 3 memes, on hate. Choose above" in told[w.message] and told[w.said] is None
    name = "gpt (brought in)"
    choices = told[w.shown]["choices"]
    assert choices == [("The studio's own model", ""), (name, name)]
    assert name in on.on_show("cats", name, visit())[w.message]
    assert page.on_open("cats", visit())[w.shown]["value"] == name
    assert "There is no file" in on.on_bring_in("cats", None, "", visit())[w.message]


def test_the_page_says_the_same_as_the_command_line():
    found = [BroughtIn(model=name, memes=1, total=1200, tasks=("hate",)) for name in ("a", "b")]
    assert describe_brought_in(found, _) == describe_brought_in(found)
