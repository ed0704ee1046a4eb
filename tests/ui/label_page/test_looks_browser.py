"""How the page Label looks: on a phone, in the dark, blurred, in a break."""

from __future__ import annotations

import pytest

from tests.factories.browser import BROWSER_MARKS, PHONE, contrast
from tests.factories.projects import GUIDELINES

pytestmark = BROWSER_MARKS


def test_blur_and_grey_are_kept_and_promise_nothing(sit, url, work):
    desk = sit().open(url, work)
    desk.shows("00.png")
    look = "getComputedStyle(document.querySelector('#label-stage img')).filter"
    assert desk.page.evaluate(look) == "none"
    desk.press("b")
    desk.page.wait_for_function(f"{look}.includes('blur')")
    desk.press("r")
    desk.page.wait_for_function(f"{look}.includes('grayscale')")
    desk.page.focus("#label-stage .mc-frame")  # a look at one meme
    desk.page.wait_for_function(f"!{look}.includes('blur')")
    desk.page.reload()
    desk.ready().shows("00.png")
    desk.page.wait_for_function(f"{look}.includes('blur') && {look}.includes('grayscale')")
    desk.press("b", "r")
    desk.page.wait_for_function(f"{look} === 'none'")
    assert "protect" not in desk.page.inner_text("#label-root").lower()


def test_a_shown_picture_stays_shown_until_the_next_meme(sit, url, work):
    desk = sit().open(url, work)
    desk.shows("00.png")
    look = "getComputedStyle(document.querySelector('#label-stage img')).filter"
    desk.press("b")
    desk.page.wait_for_function(f"{look}.includes('blur')")
    desk.press("v")
    desk.page.wait_for_function(f"{look} === 'none'")
    desk.press("1", "Tab", "1")
    assert desk.page.evaluate(look) == "none"
    desk.press("v")
    desk.page.wait_for_function(f"{look}.includes('blur')")
    desk.page.click("#label-stage .mc-frame")  # a press is as good as the key
    desk.press("Tab", "1", "Tab", "1", "Tab", "1")
    desk.page.wait_for_function(f"{look} === 'none'")
    desk.press("Enter")
    desk.shows("01.png")
    desk.page.wait_for_function(f"{look}.includes('blur')")
    desk.press("Backspace")  # looking once is no leave to show it whenever it comes
    desk.shows("00.png")
    desk.page.wait_for_function(f"{look}.includes('blur')")


def test_small_pictures_are_shown_until_the_page_is_turned(sit, url, project):
    work = project(count=26)
    desk = sit().open(url, work)
    desk.shows("00.png")
    desk.press("b")
    desk.page.click("#label-mode")
    look = "getComputedStyle(document.querySelector('#label-bulk img')).filter"
    desk.page.wait_for_function(f"document.querySelector('#label-bulk img') && {look} !== 'none'")
    desk.press("v")
    desk.page.wait_for_function(f"{look} === 'none'")
    desk.press("Space", "1")
    assert desk.page.evaluate(look) == "none"
    desk.page.click("#label-bulk-next")
    desk.page.wait_for_function(
        f"document.querySelector('#label-bulk img') && {look}.includes('blur')"
    )


def test_a_break_is_proposed_and_covers_the_meme(sit, url, project):
    work = project(break_minutes=30)
    desk = sit()
    desk.page.add_init_script("sessionStorage.setItem('memeclip.label.worked', '1799')")
    desk.open(url, work).shows("00.png")
    desk.page.mouse.move(300, 300)
    desk.says("looked at memes for 30 minutes", "#label-break")
    desk.page.click("#label-rest")
    assert not desk.page.is_visible("#label-stage")
    desk.press("2", "Enter")
    assert work.rows() == []
    desk.page.click("#label-wake") if desk.page.is_visible("#label-wake") else None
    desk.page.wait_for_selector("#label-stage")
    assert not desk.page.is_visible("#label-break")


def test_who_writes_a_note_sees_it_above_the_buttons(sit, url, work):
    desk = sit().open(url, work)
    desk.shows("00.png")
    for height in range(500, 900, 40):
        desk.page.set_viewport_size({"width": 1280, "height": height})
        desk.press("Escape")
        desk.page.evaluate("scrollTo(0, 0)")
        desk.press("t")
        note = desk.page.locator("#label-note:focus").bounding_box()
        foot = desk.page.locator("#label-stage .mc-l-foot").bounding_box()
        assert note["y"] >= 0 and note["y"] + note["height"] <= foot["y"], height


@pytest.mark.parametrize("query", ["", "?__theme=dark"])
def test_a_phone_needs_no_sideways_scrolling(sit, url, work, query):
    desk = sit(PHONE).open(url, work, query)
    desk.shows("00.png")
    wide = "document.documentElement.scrollWidth - innerWidth"
    assert desk.page.evaluate(wide) <= 0
    for task in ("hate", "stance", "humour"):
        desk.page.click(f"#label-stage [data-task={task}] label >> nth=0")
    desk.page.click("#label-save")
    desk.says("Saved 1 at ")
    desk.page.click("#label-mode")
    desk.page.wait_for_selector("#label-bulk [role=option]")
    assert desk.page.evaluate(wide) <= 0


@pytest.mark.parametrize("query", ["?__theme=light", "?__theme=dark"])
def test_texts_can_be_read_in_light_and_in_dark(sit, url, project, query):
    work = project(guidelines=GUIDELINES)
    desk = sit().open(url, work, query)
    desk.shows("00.png")
    desk.press("1", "Tab")
    for selector in (
        "#label-project",
        ".mc-l-chips button",
        ".mc-l-chips b",
        "#label-stage figcaption",
        "#label-text p",
        "#label-stage legend span",
        "#label-stage .mc-l-why",
        "#label-stage .mc-l-option[data-chosen] .mc-l-name span span",
        "#label-stage .mc-l-option small",
        "#label-stage .mc-l-model",
        "#label-save",
        "#label-skip",
        "#label-guidelines p",
        ".mc-l-care p",
    ):
        assert contrast(desk, selector) >= 4.5, selector
    desk.press("Enter")
    desk.says("is not answered yet")
    assert contrast(desk, "#label-status") >= 4.5
