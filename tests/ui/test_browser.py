"""The page as a whole in a real Chromium: entry, reload, phone, dark, keyboard, visitors."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.first_load import load_first
from memeclip_core.config import Settings
from tests.factories.browser import BROWSER_MARKS, PHONE, WIDE, contrast
from tests.factories.serving import serving
from tests.factories.studios import READ, build_tiny_studio, read_log

pytestmark = BROWSER_MARKS

MOST_REQUESTS = 40
MOST_BYTES = 600_000


def test_the_warning_needs_one_press_and_can_blur(visit, url, memes):
    v = visit()
    v.open(url, warned=False)
    dialog = v.page.get_by_role("dialog", name="Before you start")
    assert dialog.is_visible()
    v.page.keyboard.press("Enter")
    dialog.wait_for(state="hidden")
    v.upload(memes[0])
    v.answered()
    assert v.page.is_checked("#blur input")
    look = "getComputedStyle(document.querySelector('#picture img')).filter"
    assert "blur" in v.page.evaluate(look)
    v.page.keyboard.press("v")
    v.page.wait_for_function(f"{look} === 'none'")
    v.page.fill("#text textarea", "warm keyboard")  # the v of a text is only typed
    v.page.locator("#text textarea").press("v")
    v.says("#source", "Edited by you")
    assert v.page.evaluate(look) == "none"
    v.upload(memes[1])
    v.says("#picture", "two.png")
    v.page.wait_for_function(f"{look}.includes('blur')")
    v.page.uncheck("#blur input")
    v.page.wait_for_function(f"{look} === 'none'")


def test_the_first_load_is_small(chromium, url):
    found = load_first(chromium, url)
    assert len(found.requests) < MOST_REQUESTS, found.requests
    assert found.size < MOST_BYTES


def test_no_plot_is_loaded_before_somebody_opens_one(visit, url, memes):
    v = visit()
    asked = []
    v.page.on("request", lambda request: asked.append(request.url))
    v.open(url)
    v.upload(memes[0])
    v.answered()
    plots = [address for address in asked if "plotly" in address.lower()]
    assert (plots, v.page.locator(".js-plotly-plot").count()) == ([], 0)
    v.page.click("#why-figure > button")
    v.page.wait_for_selector("#why-plot .bartext")
    assert any("plotly" in address.lower() for address in asked)


def test_two_browsers_do_not_see_each_other(visit, url, memes):
    a, b = visit(), visit()
    a.open(url)
    b.open(url)
    a.upload(memes[0])
    b.upload(memes[1])
    a.answered()
    b.answered()
    a.page.fill("#text textarea", "only in a")
    a.says("#source", "Edited by you")
    b.says("#picture", "two.png")
    assert b.page.input_value("#text textarea") == READ
    assert a.page.locator("#strip [data-index]").count() == 1


@pytest.mark.parametrize("size", [WIDE, PHONE])
def test_the_page_of_before_is_open_after_a_reload(visit, url, size):
    v = visit(size)
    v.open(url)
    v.tab("Models")
    v.page.wait_for_selector("#retrain")
    v.page.reload()
    v.page.wait_for_selector("#header summary")
    v.page.wait_for_selector("#retrain")


@pytest.mark.parametrize("query", ["", "?__theme=dark"])
def test_a_phone_needs_no_sideways_scrolling(visit, url, memes, query):
    v = visit(PHONE)
    v.open(url, query)
    assert v.overflow() <= 0
    v.page.click("#header summary")
    about = v.page.locator(".mc-about > div").bounding_box()
    assert about["x"] >= 0 and about["x"] + about["width"] <= PHONE["width"]
    assert about["y"] >= 0 and about["y"] + about["height"] <= PHONE["height"]
    v.page.click("#header summary")
    v.upload(memes[0], memes[1])
    v.answered()
    assert v.overflow() <= 0
    line, picture = (v.page.locator(part).bounding_box() for part in ("#summary", "#picture img"))
    assert line["y"] + line["height"] <= picture["y"]
    v.says("#summary", "%")
    v.page.click("#save")
    v.says("#status", "Saved ")
    v.tab("Models")
    v.says("#counts", "1 meme corrected")
    assert v.overflow() <= 0


@pytest.mark.parametrize("query", ["?__theme=light", "?__theme=dark"])
def test_texts_can_be_read_in_light_and_in_dark(visit, url, memes, query):
    v = visit()
    v.open(url, query)
    v.upload(memes[0])
    v.answered()
    for selector in (
        ".mc-brand h1",
        ".mc-brand p",
        "#header summary",
        "#answer-pridemm-hate h2",
        "#answer-pridemm-hate .mc-label",
        "#answer-pridemm-hate .mc-sure",
        "#why .mc-hint p",
        "#why .mc-caption",
        "#why .mc-bars b",
        "#why .mc-bars em",
        "#source p",
        "#save",
        "#undo",
    ):
        assert contrast(v, selector) >= 4.5, selector
    v.page.click("#header summary")
    for selector in (".mc-status dt", ".mc-status dd"):
        assert contrast(v, selector) >= 4.5, selector
    v.page.click("#why-figure > button")
    v.page.wait_for_selector("#why-plot .bartext")
    for selector in (".ytick text", ".xtick text", ".bartext"):
        assert contrast(v, f"#why-plot {selector}", "fill") >= 4.5, selector


def test_the_look_is_turned_and_stays_after_a_reload(visit, url):
    v = visit()
    v.open(url, "?__theme=light")
    v.page.click("#theme")
    v.page.wait_for_selector("body.dark")
    assert v.page.inner_text("#theme") == "Light"
    v.page.goto(url)
    v.page.wait_for_selector("body.dark #theme:has-text('Light')")
    v.page.click("#theme")
    v.page.wait_for_selector("body:not(.dark) #theme:has-text('Dark')")


def test_an_address_names_the_page(visit, url):
    v = visit()
    v.open(url, "?page=models")
    v.page.wait_for_selector("#retrain")


def test_the_keyboard_alone_is_enough(visit, url, studio, memes):
    v = visit()
    v.open(url, warned=False)
    page = v.page
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog", state="hidden")
    v.upload(memes[0])  # a file dialog is the browser's own and has its own keys
    v.answered()

    def tab_to(what: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate(f"!!document.activeElement.closest('{what}')"):
                return
        raise AssertionError(f"{what} cannot be reached by Tab")

    tab_to("#blur")
    tab_to("#text")
    outline = page.evaluate(
        "(() => { const s = getComputedStyle(document.activeElement);"
        " return s.outlineStyle + s.outlineWidth + s.boxShadow })()"
    )
    assert outline != "none0pxnone"
    tab_to("#choice-pridemm-humour")
    for expected in ("Humour", "No Humour", "Humour"):
        page.keyboard.press("ArrowRight")
        page.wait_for_selector(f"#choice-pridemm-humour input[value='{expected}']:checked")
    tab_to("#note")
    page.keyboard.type("typed sss 1234")
    assert read_log(studio) == []  # plain characters never save
    page.keyboard.press("Control+Enter")
    v.says("#status", "Saved ")
    assert {row["note"] for row in read_log(studio)} == {"typed sss 1234"}
    tab_to("#undo")
    page.keyboard.press("Space")
    v.says("#status", "took back")


def test_a_visitor_reads_why_nothing_can_be_saved(visit, tiny_settings: Settings, memes):
    open_to_all = build_tiny_studio(replace(tiny_settings, host="0.0.0.0"))
    with serving(open_to_all) as address:
        v = visit()
        v.open(address)
        v.upload(memes[0])
        v.answered()
        v.says("#person", "only predicts")
        assert v.page.is_disabled("#save")
        v.tab("Models")
        v.says("#retrain-reason", "only predicts")
        assert v.page.is_disabled("#retrain")
