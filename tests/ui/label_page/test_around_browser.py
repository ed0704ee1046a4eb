"""Around the questions on the page Label: guidelines, history, filters, many at once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from memeclip_core.records.decision import Person
from tests.factories.browser import BROWSER_MARKS
from tests.factories.projects import GUIDELINES, HOSTILE

pytestmark = BROWSER_MARKS


def test_a_meme_that_was_sent_back_comes_first_and_says_why(sit, url, work):
    desk = sit().open(url, work)
    desk.shows("00.png")
    desk.answer()
    desk.says("Saved 1 at ")
    work.studio.review.send_back(
        work.admin, work.key, save="send-back-1", meme=work.ids()[0], annotator="local",
        reason=HOSTILE,
    )  # fmt: skip
    desk.page.click("#label-filter-toggle")
    desk.page.click("#label-clear")
    desk.shows("00.png")
    desk.says(f"Sent back to you: {HOSTILE}", "#label-marks")
    assert desk.page.evaluate("window.hacked") is None
    desk.press("Tab", "Tab", "2", "Enter") if desk.chosen() else desk.answer()
    desk.says("Saved 1 at ")
    assert work.decided() == [work.ids()[0]] * 2


def test_guidelines_history_and_the_last_ten(sit, url, project):
    work = project(guidelines=GUIDELINES)
    desk = sit().open(url, work)
    desk.shows("00.png")
    desk.says("two <img src=x onerror=x()>", "#label-guidelines li")
    assert desk.page.inner_text("#label-guidelines strong") == "whole"
    assert desk.page.locator("#label-guidelines img").count() == 0
    desk.press("g")
    desk.page.wait_for_selector("#label-guidelines", state="hidden")
    desk.answer()
    desk.says("Saved 1 at ")
    desk.page.reload()
    desk.ready().shows("01.png")
    assert not desk.page.is_visible("#label-guidelines")  # read once, it waits to be asked
    desk.press("g")
    desk.page.wait_for_selector("#label-guidelines")
    desk.page.click("#label-recent li button")
    desk.shows("00.png")
    desk.press("h")
    desk.says("local decided", "#label-history")
    desk.says("label set 1", "#label-history")
    desk.press("Escape")
    desk.page.click("#label-undo-last")
    desk.says("Undone at ")
    assert desk.page.locator("#label-recent li").count() == 0


def test_filters_and_the_own_memes_of_each_state(sit, url, work):
    desk = sit().open(url, work)
    desk.shows("00.png")
    desk.answer()
    desk.shows("01.png")
    desk.press("s", "Enter")
    desk.shows("02.png")
    desk.page.click('.mc-l-chips [data-state="skipped"]')
    desk.shows("01.png")
    desk.page.click('.mc-l-chips [data-state="done"]')
    desk.shows("00.png")
    desk.page.click('.mc-l-chips [data-state="pending"]')
    desk.page.click("#label-filter-toggle")
    desk.page.fill("#label-search", "05.png")
    desk.press("Enter")
    desk.shows("05.png")
    desk.says("1 meme found.", "#label-found")
    desk.page.fill("#label-search", "no such meme")
    desk.press("Enter")
    desk.says("Nothing is left", "#label-empty")
    desk.says("0 memes found.", "#label-found")
    desk.page.click("#label-clear")
    desk.page.wait_for_selector("#label-stage img")


@pytest.mark.parametrize("to", ["another label set", "another project"])
def test_a_filter_ends_where_the_project_is_another_one(sit, url, work, project, to):
    project(key="other")
    desk = sit().open(url, work)
    desk.page.click("#label-filter-toggle")
    desk.page.fill("#label-search", "05.png")
    desk.press("Enter")
    desk.shows("05.png")
    desk.says("1 meme found.", "#label-found")
    if to == "another project":
        desk.page.select_option("#label-project", "other")
        desk.shows("00.png")
    else:
        desk.page.evaluate("(news) => news.say('migrated')", desk.module("news"))
        desk.says("The label set of this project was changed meanwhile")
        desk.shows("05.png")
    assert desk.page.input_value("#label-search") == desk.page.inner_text("#label-found") == ""
    desk.answer()
    desk.says("Saved 1 at ")
    desk.shows("01.png" if to == "another project" else "00.png")  # and not that nothing is left


def test_many_at_once_with_shift_and_one_undo(sit, url, work):
    desk = sit().open(url, work)
    desk.shows("00.png")
    desk.page.click("#label-mode")
    cells = desk.page.locator("#label-bulk [role=option]")
    cells.nth(5).wait_for()
    desk.page.wait_for_selector("#label-bulk [role=option] img")
    cells.nth(1).click()
    cells.nth(4).click(modifiers=["Shift"])
    desk.says("4 memes chosen", "#label-chosen")
    desk.press("1", "Tab", "2", "Tab", "2", "Enter")
    desk.says("Saved 4 memes at ", "#label-bulk-status")
    assert sorted(work.decided()) == sorted(work.ids()[1:5])
    left = "document.querySelectorAll('#label-bulk [role=option]').length"
    desk.page.wait_for_function(f"{left} === 2")
    desk.press("u")
    desk.says("for 4 memes is taken back", "#label-bulk-status")
    desk.page.wait_for_function(f"{left} === 6")
    desk.page.click("#label-mode")
    desk.page.wait_for_selector("#label-stage img")


def test_keys_alone_are_enough_for_many_at_once(sit, url, work):
    desk = sit().open(url, work)
    desk.shows("00.png")
    desk.page.focus("#label-mode")
    desk.press("Space")
    desk.page.locator("#label-bulk [role=option]").nth(5).wait_for()
    desk.page.wait_for_function("document.activeElement.getAttribute('role') === 'option'")
    desk.press("Space", "ArrowRight", "ArrowRight", "Space")
    desk.says("2 memes chosen", "#label-chosen")
    desk.press("1", "Tab", "1", "Tab", "1", "Enter")
    desk.says("Saved 2 memes at ", "#label-bulk-status")
    assert sorted(work.decided()) == sorted([work.ids()[0], work.ids()[2]])


def test_keys_of_a_single_meme_say_so_among_many(sit, url, work):
    desk = sit().open(url, work)
    desk.shows("00.png")
    desk.page.click("#label-mode")
    desk.page.locator("#label-bulk [role=option]").nth(5).wait_for()
    desk.page.wait_for_function("document.activeElement.getAttribute('role') === 'option'")
    desk.press("ArrowRight", "ArrowRight")
    with desk.page.expect_request(f"**/memes/{work.ids()[2]}/history"):
        desk.press("h")
    desk.page.wait_for_selector("#label-history")
    desk.press("Escape")
    for key in ("c", "s", "f", "t", "d", "Backspace"):
        desk.page.locator("#label-bulk-status").evaluate("(line) => line.replaceChildren()")
        desk.press(key)
        desk.says("This key is for a single meme", "#label-bulk-status")
    assert desk.page.locator("dialog[open]").count() == 0
    assert work.rows() == []


def test_a_page_of_many_that_comes_late_is_not_shown_and_a_choice_ends_with_its_page(
    sit, url, work
):
    desk = sit().open(url, work)
    desk.shows("00.png")
    late: list[Any] = []

    def two_a_page(route: Any) -> None:
        asked = json.dumps({**route.request.post_data_json, "size": 2})
        held = '"page": 2' in asked
        late.append((route, asked)) if held else route.continue_(post_data=asked)

    desk.page.route("**/memes/browse", two_a_page)
    desk.page.click("#label-mode")
    desk.page.locator("#label-bulk [role=option]").nth(1).wait_for()
    desk.page.wait_for_function("document.activeElement.getAttribute('role') === 'option'")
    desk.press("Space")
    desk.says("1 meme chosen", "#label-chosen")
    desk.page.click("#label-bulk-next")
    desk.page.click("#label-bulk-next")
    desk.says("1 meme chosen on the page before is not chosen", "#label-bulk-status")
    third = " ".join(work.ids()[4:])
    grid = desk.page.locator(".mc-l-grid")
    assert grid.get_attribute("data-shows") == third
    [(route, asked)] = late
    with desk.page.expect_response("**/memes/browse") as answer:
        route.continue_(post_data=asked)
    answer.value.finished()
    desk.page.evaluate("new Promise((done) => setTimeout(done))")
    assert grid.get_attribute("data-shows") == third


def test_without_a_project_the_page_says_where_to_make_one(sit, url):
    desk = sit().open(url)
    desk.says("make a project of your own memes", "#label-empty")
    assert not desk.page.is_visible("#label-project")
    assert desk.page.is_disabled("#label-undo-last")


def test_a_question_is_asked_by_key_and_its_answer_leads_back(sit, url, work):
    desk = sit().open(url, work)
    desk.shows("00.png")
    desk.press("d")
    desk.page.wait_for_selector("#label-talk-new:focus")
    desk.page.keyboard.type(f"s f {HOSTILE}")  # no key acts
    desk.page.keyboard.press("Control+Enter")
    desk.says("Comments: 1 open thread", "#label-comments > summary")
    desk.says(HOSTILE, "#label-talk")
    assert desk.page.evaluate("window.hacked") is None
    [thread] = work.studio.comments.threads(work.admin, work.key)
    assert work.decided() == []
    rev = Person(name="rev", role="reviewer")
    work.studio.comments.say(
        rev, work.key, save="answer-1", meme=thread.meme, text="See page 2", thread=thread.number
    )
    desk.page.reload()
    desk.ready().says("1 answer to you", "#label-answers")
    desk.page.click("#label-answers")
    desk.says("See page 2", "#label-answers-dialog")
    desk.page.click("#label-answers-dialog button:text-is('Resolve')")
    desk.page.wait_for_selector("#label-answers", state="hidden")
    desk.page.keyboard.press("Escape")
    assert work.studio.comments.counts(work.admin, work.key).open == 0


def test_a_comment_on_a_meme_that_was_removed_is_kept_and_not_to_be_sent_again(sit, url, work):
    desk = sit().open(url, work)
    desk.shows("00.png")
    desk.press("d")
    desk.page.wait_for_selector("#label-talk-new:focus")
    work.studio.projects.amendments.remove(work.admin, work.key, work.ids()[0], "not ours")
    desk.page.keyboard.type("why?")
    desk.page.keyboard.press("Control+Enter")
    desk.says("An admin has removed this meme", "#label-talk-status")
    said = desk.page.inner_text("#label-talk-status")
    assert said.endswith("Go on to the next one. What you wrote is kept in this browser.")
    assert desk.page.input_value("#label-talk-new") == "why?"


def test_an_admin_sees_what_was_removed_and_nobody_is_given_it(sit, url, work):
    meme = work.ids()[2]
    desk = sit().open(url, work)
    assert desk.page.locator('.mc-l-chips [data-state="removed"]').count() == 0
    work.studio.projects.amendments.remove(work.admin, work.key, meme, "not ours to show")
    desk.page.reload()
    desk.ready().shows("00.png")
    desk.page.locator('.mc-l-chips [data-state="removed"]', has_text="1").click()
    desk.says("Removed memes are given to nobody.", "#label-empty")
    desk.page.click("#label-mode")
    desk.page.wait_for_function(
        "(meme) => document.querySelector('.mc-l-grid').dataset.shows === meme", arg=meme
    )
    desk.page.wait_for_function("document.querySelector('.mc-l-grid img')?.naturalWidth > 0")
