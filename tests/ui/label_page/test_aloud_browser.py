"""What a screen reader says of a decision and of the meme that comes next."""

from __future__ import annotations

from typing import Any

from tests.factories.browser import BROWSER_MARKS, find_nameless, heard, listen
from tests.factories.label_page import Desk
from tests.factories.projects import Work

pytestmark = BROWSER_MARKS


def test_a_decision_and_the_next_meme_are_said_once(sit: Any, url: str, work: Work) -> None:
    desk: Desk = sit().open(url, work)
    desk.fetched()
    listen(desk.page)
    desk.answer()
    said = heard(desk.page, "Saved 1 at ", " of 6. ")
    assert len(said) == 2, said
    (coming,) = (one for one in said if "Saved" not in one)
    name = desk.page.inner_text("#label-stage figcaption > span").replace(" · ", ", ")
    assert coming == f"{name}. Hateful? nothing is chosen yet."
    desk.press("u")
    said = heard(desk.page, "Undone at ", " of 6. ")
    assert next(one for one in said if " of 6. " in one).endswith(". Stance: Neutral.")
    desk.press("Tab", "s")
    desk.page.wait_for_selector("#label-skip-dialog")
    assert find_nameless(desk.page) == []
    desk.press("Escape")


def test_what_went_wrong_is_said_at_once(sit: Any, url: str, work: Work) -> None:
    desk: Desk = sit().open(url, work)
    desk.press("Enter")
    desk.says("Hateful? is not answered yet.")
    assert desk.page.get_attribute("#label-status", "aria-live") == "assertive"


def test_many_at_once_have_names(sit: Any, url: str, work: Work) -> None:
    desk: Desk = sit().open(url, work)
    desk.page.click("#label-filter-toggle")
    desk.page.click("#label-mode")
    desk.page.locator("#label-bulk [role=option]").nth(5).wait_for()
    assert find_nameless(desk.page) == []
