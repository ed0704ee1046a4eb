"""What happens on the page Review."""

import re

import gradio as gr
import pytest

from memeclip_core.config import Settings
from memeclip_core.ui.pages.review import handlers
from memeclip_core.ui.pages.review.layout import build_review
from tests.factories.page_records import visit
from tests.factories.reviewed import KEY, NO, YES, make_reviewed, meme_id, say
from tests.factories.studios import build_tiny_studio

SAVE = "review-00000001"


def event(**data):
    from types import SimpleNamespace

    return SimpleNamespace(_data=data)


def build(studio):
    with gr.Blocks(), gr.Tabs(), gr.Tab("Review") as tab:
        return build_review(studio, tab)


@pytest.fixture
def page(tiny_studio):
    return build(make_reviewed(tiny_studio))


@pytest.fixture
def studio(page):
    return page._studio


def test_opening_shows_the_newest_project_and_the_most_disputed_meme(page):
    updates = page.on_open(None, "open", True, 0, visit())
    w = page.w
    assert updates[w.project]["value"] == KEY
    assert updates[w.body]["visible"] is True
    assert f'data-meme="{meme_id(1)}"' in updates[w.case]
    assert "1 of 2" in updates[w.position]
    assert (updates[w.back]["interactive"], updates[w.forward]["interactive"]) == (False, True)


def test_without_a_project_it_says_what_to_do(tiny_studio):
    page = build(tiny_studio)
    updates = page.on_open(None, "open", True, 0, visit())
    assert "Nothing to review yet" in updates[page.w.message]
    assert updates[page.w.body]["visible"] is False


def test_a_visitor_sees_nothing_but_why(tiny_settings: Settings):
    from dataclasses import replace

    make_reviewed(build_tiny_studio(tiny_settings))
    page = build(build_tiny_studio(replace(tiny_settings, host="0.0.0.0")))
    updates = page.on_open(None, "open", True, 0, visit())
    assert set(updates) == {page.w.body, page.w.project, page.w.demo, page.w.message}
    assert updates[page.w.project]["visible"] is False
    assert "This page only predicts" in updates[page.w.message]
    for call in (
        lambda: page.on_project(KEY, "open", False, 0, visit()),
        lambda: page.on_pick(KEY, "open", False, 0, event(meme=meme_id(1)), visit()),
        lambda: page.on_done(KEY, "open", False, 0, event(act="resolve", rows=1), visit()),
    ):
        updates = call()
        assert set(updates) == {page.w.message}
        assert "cannot" in updates[page.w.message]
    assert page.on_agreement(KEY, visit()) == {page.w.agreement: ""}
    assert page.on_quality(KEY, visit()) == {page.w.quality: ""}


def decide(studio, number=1, save=SAVE):
    """Decide a meme for all, as the page's script has it done over the API."""
    who, meme = studio.owner(), meme_id(number)
    return studio.review.adjudicate(who, KEY, save=save, meme=meme, labels=YES, version=1)


def test_after_a_decision_the_next_meme_is_shown(page, studio):
    decide(studio)
    updates = page.on_done(KEY, "open", True, 0, event(act="adjudicate", rows=4), visit())
    assert "Decided for all (4 rows in the log)" in updates[page.w.message]
    assert f'data-meme="{meme_id(2)}"' in updates[page.w.case]


def test_after_the_last_meme_the_list_says_that_nothing_is_left(page, studio):
    decide(studio)
    decide(studio, 2, "review-00000002")
    updates = page.on_done(KEY, "open", True, 1, event(act="adjudicate", rows=4), visit())
    w = page.w
    assert updates[w.case] == ""
    assert "Nothing is in dispute" in updates[w.cases]
    assert updates[w.turner]["visible"] is False


def talk(studio, *numbers):
    """Begin a thread of comments on memes, one after the other."""
    for number in numbers:
        save = f"comment-{number:08}"
        studio.comments.say(studio.owner(), KEY, save=save, meme=meme_id(number), text="Hm.")


def opened(page, updates):
    """Return which meme is open, and its place."""
    meme = re.findall(r'data-meme="(\w+)"', updates[page.w.case])[0]
    return [meme_id(n) for n in range(4)].index(meme), updates[page.w.index]


def test_among_open_comments_the_page_stays_where_it_has_gone_on(page, studio):
    talk(studio, 0, 1)
    decide(studio, 0)
    done = event(act="adjudicate", rows=4, meme=meme_id(1))
    updates = page.on_done(KEY, "talked", True, 0, done, visit())
    assert opened(page, updates) == (1, 1)
    assert "2 of 2" in updates[page.w.position]
    decide(studio, 1, "review-00000002")
    updates = page.on_done(KEY, "talked", True, 1, done, visit())
    assert opened(page, updates) == (1, 1)  # the end holds


def test_among_decided_memes_the_page_stays_where_it_has_gone_on(page, studio):
    for number in range(3):
        decide(studio, number, f"review-1000000{number}")
    decide(studio, 1, "review-20000001")  # the newest stand first: 1, 2, 0
    done = event(act="adjudicate", rows=4, meme=meme_id(0))
    updates = page.on_done(KEY, "adjudicated", True, 1, done, visit())
    assert opened(page, updates) == (0, 2)
    decide(studio, 0, "review-20000000")
    updates = page.on_done(KEY, "adjudicated", True, 2, done, visit())
    assert opened(page, updates) == (0, 0)  # nothing came after it


def test_the_next_meme_is_there_at_the_end_of_a_page_of_the_list(page, studio, monkeypatch):
    monkeypatch.setattr(handlers, "SIZE", 1)
    talk(studio, 0, 1, 2)
    updates = page.on_project(KEY, "talked", True, 0, visit())
    first, after = updates[page.w.case].split("<template>")
    assert meme_id(0) in first and meme_id(1) in after
    decide(studio, 0)
    done = event(act="adjudicate", rows=4, meme=meme_id(1))
    assert opened(page, page.on_done(KEY, "talked", True, 0, done, visit())) == (1, 1)


def test_what_is_taken_back_is_open_again_with_the_next_one_behind_it(page, studio):
    updates = page.on_done(KEY, "open", True, 1, event(act="undo", meme=meme_id(1)), visit())
    assert opened(page, updates) == (1, 0) and "<template>" in updates[page.w.case]
    # Nobody differs on this one: no list has it.
    updates = page.on_done(KEY, "open", True, 1, event(act="undo", meme=meme_id(0)), visit())
    assert opened(page, updates) == (0, 1)


@pytest.mark.parametrize(
    "data", [{}, {"act": ["x"], "rows": "x", "meme": ["x"]}, {"rows": -1, "meme": "<b>"}]
)
def test_whatever_a_browser_says_was_done_is_answered_in_a_sentence(page, data):
    updates = page.on_done(KEY, "open", True, 0, event(**data), visit())
    assert updates[page.w.message].startswith('<div class="mc-message"><p>')


def test_a_page_that_somebody_else_opened_shows_nothing(page):
    updates = page.on_project(KEY, "open", True, 0, visit(opener="ada"))
    assert set(updates) == {page.w.message}
    assert "opened by &#x27;ada" in updates[page.w.message]


def test_lists_and_places_that_do_not_exist(page):
    w = page.w
    assert "no list" in page.on_project(KEY, "secret", True, 0, visit())[w.message]
    assert "no project" in page.on_project("dogs", "open", True, 0, visit())[w.message]
    far = page.on_pick(KEY, "open", True, 0, event(index=99), visit())
    assert far[w.index] == 1
    assert page.on_pick(KEY, "open", True, 1, event(index="x"), visit())[w.index] == 1


def test_turning_holds_at_both_ends(page):
    w = page.w
    assert page.on_forward(KEY, "open", True, 0, visit())[w.index] == 1
    assert page.on_forward(KEY, "open", True, 1, visit())[w.index] == 1
    assert page.on_back(KEY, "open", True, 0, visit())[w.index] == 0


def test_names_are_shown_only_when_asked(page):
    w = page.w
    hidden = page.on_project(KEY, "open", True, 0, visit())[w.case]
    shown = page.on_project(KEY, "open", False, 0, visit())[w.case]
    assert "Annotator A" in hidden
    assert "<strong>ann</strong>" not in hidden
    assert "<strong>ann</strong>" in shown


def test_numbers_follow(page, studio):
    w = page.w
    assert "6 decisions of 2 people" in page.on_agreement(KEY, visit())[w.agreement]
    assert "Measured by" in page.on_quality(KEY, visit())[w.quality]
    say(studio, "ann", 3, NO)
    assert "7 decisions" in page.on_agreement(KEY, visit())[w.agreement]
    assert page.on_agreement(None, visit()) == {w.agreement: ""}


def test_what_is_not_text_of_the_page_is_escaped(page):
    w = page.w
    updates = page.on_project(KEY, "open", True, 0, visit())
    for html in (updates[w.case], updates[w.cases]):
        assert "<img src=x" not in html
        assert "&lt;img src=x" in html
