"""The drawer Why: what is explained on demand, and of what."""

from __future__ import annotations

import pytest

from memeclip_core.ui.pages.analyse.explaining import OnWhy
from memeclip_core.ui.pages.analyse.explanations import Explained
from memeclip_core.ui.pages.analyse.opened import Queue
from tests.factories.page_records import visit
from tests.factories.studios import draw_png


@pytest.fixture
def on(page):
    return OnWhy(studio=page.studio, widgets=page.w)


@pytest.fixture
def queue(page, upload):
    return page.opening.on_files([str(upload)], Queue())[page.w.queue]


@pytest.fixture
def seen(page):
    return page.studio.predict(draw_png(), "a.png", task_set="pridemm")


def test_another_task_is_explained(page, on, seen):
    asked = on.on_why("humour", seen, None, Explained())
    assert asked[page.w.chosen] == "humour"
    assert len(asked[page.w.why.plot].data[0].x) == 2
    rule = page.studio.explain.rules(seen)["humour"]
    assert rule.sentence in asked[page.w.why.why]
    assert page.w.chosen not in on.on_why("humour", None, None, Explained())


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("words", "Without “"),
        ("modalities", "Without the text, "),
        ("neighbours", "Nearest training memes"),
    ],
)
def test_what_is_asked_for_is_kept_and_shown_with_what_was_there(page, on, queue, seen, kind, said):
    w = page.w
    kept = on.on_explain("modalities", seen, queue, "hate", Explained(), visit())[w.explained]
    kept = on.on_explain(kind, seen, queue, "hate", kept, visit())[w.explained]
    shown = on.on_explained(seen, "hate", None, kept)[w.why.explained]
    assert said in shown
    assert shown.count("<h3>Text or picture") == 1
    other = on.on_why("humour", seen, None, kept)[w.why.explained]
    assert ("Nearest" in other) is False  # those of a class are of no other
    assert "Text or picture" in other


def test_a_late_explanation_is_not_shown_under_another_answer(page, on, queue, seen):
    w = page.w
    kept = on.on_explain("words", seen, queue, "hate", Explained(), visit())[w.explained]
    edited = page.studio.predict(draw_png(), "a.png", task_set="pridemm", text="other words")
    assert w.why.explained not in on.on_explained(edited, "hate", None, kept)
    assert on.on_why("hate", edited, None, kept)[w.why.explained] == ""
    assert w.explained not in on.on_explain("words", None, queue, "hate", kept, visit())
    elsewhere = page.studio.predict(draw_png((1, 2, 3)), "b.png", task_set="pridemm")
    assert w.explained not in on.on_explain("words", elsewhere, queue, "hate", kept, visit())


def test_words_are_explained_anew_for_an_edited_text_if_they_were_before(page, on, queue, seen):
    w = page.w
    kept = on.on_explain("words", seen, queue, "hate", Explained(), visit())[w.explained]
    assert w.explained not in on.on_again(seen, queue, "hate", kept, visit())
    edited = page.studio.predict(draw_png(), "a.png", task_set="pridemm", text="other words")
    again = on.on_again(edited, queue, "hate", kept, visit())[w.explained]
    assert "other" in on.on_explained(edited, "hate", None, again)[w.why.explained]
    assert w.explained not in on.on_again(edited, queue, "hate", Explained(), visit())


def test_an_upload_that_is_gone_is_one_sentence(page, on, queue, seen, upload):
    upload.unlink()
    updates = on.on_explain("words", seen, queue, "hate", Explained(), visit())
    assert "no longer has upload.png" in updates[page.w.message]
