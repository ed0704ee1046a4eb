"""A visitor suggests and a reviewer decides, each in a browser profile of their own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from memeclip_core.config import Settings
from tests.factories.browser import BROWSER_MARKS, PHONE, WIDE, Visit, find_barriers
from tests.factories.serving import serving
from tests.factories.studios import read_log
from tests.factories.suggested import build_visited, suggest

pytestmark = BROWSER_MARKS

CALM = 450  # milliseconds after which a key decides what has come into sight


@pytest.fixture
def outside(tiny_settings: Settings, url: str) -> Iterator[Any]:
    """Serve the reviewer's home to visitors, and return their studio and its address."""
    studio = build_visited(tiny_settings)
    with serving(studio) as elsewhere:
        yield studio, elsewhere


def test_a_visitor_suggests_and_a_reviewer_decides_by_keyboard(
    outside: Any, url: str, new_tab: Any, memes: Any, studio: Any
) -> None:
    _, elsewhere = outside
    v = Visit(page=new_tab(PHONE, own=True))
    v.open(elsewhere)
    v.upload(memes[0])
    v.answered()
    v.says("#person", "once a reviewer accepts it")
    assert not v.page.locator("#save").is_visible() and not v.page.locator("#undo").is_visible()
    place = ("Neutral", "Support", "Oppose").index(v.chosen("stance"))
    v.choose("stance", (place + 1) % 3)
    v.page.fill("#note textarea, #note input", "<b>why</b>")
    v.page.keyboard.press("Control+Enter")
    v.says("#status", "Suggested. A reviewer decides")
    assert v.overflow() <= 0
    v.page.click("#suggest")
    v.says("#status", "suggested this before")
    v.page.reload()
    v.answered()
    v.choose("stance", (place + 1) % 3)
    v.page.click("#suggest")  # the tab is the same one
    v.says("#status", "suggested this before")

    r = Visit(page=new_tab(WIDE))
    r.open(url)
    r.tab("Review")
    r.page.locator("#review-queue label", has_text="From visitors (1)").click()
    r.says("#visitors-case", "<b>why</b>")
    r.page.wait_for_function("document.querySelector('#visitors-case img').naturalWidth > 0")
    assert find_barriers(r.page) == []
    r.page.wait_for_timeout(CALM)
    r.page.keyboard.press("Enter")
    r.says("#visitors-message", "Accepted, as a decision of yours")
    r.says("#visitors-case", "No suggestion of a visitor waits")
    rows = read_log(studio)
    assert {row["note"] for row in rows} == {"Suggested by a visitor."}
    r.page.keyboard.press("u")
    r.says("#visitors-message", "Taken back")
    r.says("#visitors-case", "<b>why</b>")
    assert studio.corrections(studio.owner(), "pridemm") == ()
    r.page.wait_for_timeout(CALM)
    r.page.keyboard.press("x")
    r.says("#visitors-message", "Rejected")
    assert studio.proposals.waiting(studio.owner()).total == 0


def test_the_next_one_comes_at_once_and_projects_keep_their_keys(
    outside: Any, url: str, new_tab: Any, studio: Any
) -> None:
    theirs, _ = outside
    for number in range(3):
        suggest(theirs, number)
    r = Visit(page=new_tab(WIDE))
    r.open(url)
    r.tab("Review")
    r.page.locator("#review-queue label", has_text="From visitors").click()
    r.page.wait_for_selector("#visitors-case [data-path='proposals/1']")
    held: list[Any] = []
    r.page.route("**/gradio_api/queue/join*", lambda route: held.append(route))
    r.page.wait_for_timeout(CALM)
    r.page.keyboard.press("x")
    r.page.wait_for_selector("#visitors-case [data-path='proposals/2']")  # Gradio has said nothing
    for route in held:
        route.continue_()
    r.page.unroute("**/gradio_api/queue/join*")
    r.says("#visitors-message", "Rejected")
    r.page.keyboard.press("n")
    r.page.wait_for_selector("#visitors-case [data-path='proposals/3']")
    # Somebody else was first.
    studio.proposals.reject(studio.owner(), 3)
    r.page.wait_for_timeout(CALM)
    r.page.keyboard.press("Enter")
    r.says("#visitors-case .mc-missing", "already")
    r.page.locator("#review-queue label", has_text="Projects").click()
    r.page.locator("#visitors-case").wait_for(state="hidden")
    assert r.page.locator("#review-message").is_visible()
