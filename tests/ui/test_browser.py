"""The page in a real Chromium: what a person does, from the first meme to the roll-back."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from memeclip_core.config import Settings
from memeclip_core.service.studio import Studio
from tests.studios import READ, build_tiny_studio, draw_png
from tests.ui.browser import BROWSER_MARKS, PHONE, WIDE, Visit, contrast, serving

pytestmark = BROWSER_MARKS


@pytest.fixture
def visit(url: str, new_tab: Any) -> Any:
    """Return a way to open a page of some size; the tabs are closed before the server is."""

    def fresh(size: dict[str, int] = WIDE) -> Visit:
        return Visit(page=new_tab(size))

    return fresh


@pytest.fixture
def memes(tmp_path: Path) -> list[Path]:
    """Return two pictures and one file that is none."""
    paths = [tmp_path / name for name in ("one.png", "two.png", "bad.png")]
    paths[0].write_bytes(draw_png((200, 40, 90), (320, 240)))
    paths[1].write_bytes(draw_png((20, 90, 200), (240, 320)))
    paths[2].write_bytes(b"this is no picture")
    return paths


def rows(studio: Studio) -> list[dict[str, str]]:
    path = studio.settings.home / "corrections.csv"
    if not path.exists():
        return []
    with io.StringIO(path.read_text(encoding="utf-8"), newline="") as file:
        return list(csv.DictReader(file))


def test_from_the_first_meme_to_a_save_and_back(visit, url, studio, memes):
    v = visit()
    v.open(url)
    v.upload(memes[0])
    v.page.wait_for_selector("#picture img")
    v.answered()
    assert v.page.input_value("#text textarea") == READ
    v.says("#source", "Read by rapidocr, 5 words")

    # Pasting is an edit too, which Gradio's own input event would miss.
    v.page.fill("#text textarea", "warm keyboard")
    v.says("#source", "Edited by you")

    v.choose("hate", 0)
    v.page.wait_for_selector("#choice-pridemm-target input:disabled")
    v.says("#answer-pridemm-target", "Only asked where Hate")
    v.choose("hate", 1)
    v.page.wait_for_selector("#choice-pridemm-target input:enabled")
    v.choose("target", 3)
    v.choose("humour", 1)
    v.page.fill("#note textarea, #note input", 'a note, with "quotes"')
    v.page.click("#save")
    v.says("#status", "Saved ")
    saved = rows(studio)
    assert [(row["task"], row["text"]) for row in saved] == [
        (task, "warm keyboard") for task in ("hate", "target", "stance", "humour")
    ]
    assert {row["note"] for row in saved} == {'a note, with "quotes"'}

    v.page.click("#save")
    v.says("#status", "already saved at")
    assert len(rows(studio)) == 4
    v.page.click("#undo")
    v.says("#status", "took back your last save (4 labels)")
    assert studio.corrections(studio.owner(), "pridemm") == ()
    v.page.click("#undo")
    v.says("#status", "nothing to undo")


def test_choices_survive_an_edited_text(visit, url, memes):
    v = visit()
    v.open(url)
    v.upload(memes[0])
    v.answered()
    before = v.chosen("stance")
    place = ("Neutral", "Support", "Oppose").index(before)
    v.choose("stance", (place + 1) % 3)
    v.page.fill("#text textarea", "other words")
    v.says("#source", "Edited by you")
    assert v.chosen("stance") == ("Neutral", "Support", "Oppose")[(place + 1) % 3]
    v.page.click("#reread")
    v.says("#source", "Read by rapidocr")
    assert v.page.input_value("#text textarea") == READ


def test_several_memes_one_of_them_no_picture(visit, url, memes):
    v = visit()
    v.open(url)
    v.upload(memes[0], memes[2], memes[1])
    v.answered()
    v.says("#message", "bad.png")
    v.says("#message", "text, not an image")
    v.says("#position", "1 of 2")
    v.page.click("#forward")
    v.says("#position", "2 of 2")
    v.says("#picture", "two.png")
    v.answered()
    v.page.click("#strip button >> nth=0")
    v.says("#picture", "one.png")
    v.answered()
    assert v.page.input_value("#text textarea") == READ
    v.says("#source", "Read by rapidocr")


def test_retrain_promote_and_roll_back(visit, url, studio, memes):
    v = visit()
    v.open(url)
    for meme in memes[:2]:
        v.upload(meme)
        v.says("#picture", meme.name)
        v.answered()
        v.choose("humour", 1)
        v.page.click("#save")
        v.says("#status", "Saved ")
    v.tab("Models")
    v.says("#counts", "2 memes corrected")
    with v.page.expect_download() as download:
        v.page.click("#export")
    exported = Path(download.value.path()).read_text(encoding="utf-8-sig")
    assert len(list(csv.DictReader(io.StringIO(exported)))) == 2

    v.page.click("#retrain")
    v.page.wait_for_selector("#job [data-state=done]", timeout=60_000)
    v.says("#candidate", "beside pridemm-fake")
    v.page.click("#promote")
    v.says("#models-message", "answers from now on")
    promoted = studio.status("pridemm").model.version
    assert promoted != "pridemm-fake"
    v.says("#header", promoted)

    # The meme that was open is still there, and the new model answers for it.
    v.tab("Analyse")
    v.says("#picture", "two.png")
    v.tab("Models")
    v.page.click("#roll-back")
    v.says("#models-message", "Rolled back: pridemm-fake answers again")
    assert studio.status("pridemm").model.version == "pridemm-fake"


def test_discard_leaves_no_candidate_and_hostile_notes_stay_text(visit, url, studio, memes):
    hostile = '<img src=x onerror="window.hacked = 1"> {{value}} ${1}'
    v = visit()
    v.open(url)
    v.upload(memes[0])
    v.answered()
    v.page.fill("#text textarea", hostile)
    v.says("#source", "Edited by you")
    v.page.fill("#note textarea, #note input", hostile)
    v.page.click("#save")
    v.says("#status", "Saved ")
    v.tab("Models")
    v.says("#history", hostile)
    assert v.page.evaluate("window.hacked") is None
    v.page.click("#retrain")
    v.page.wait_for_selector("#job [data-state=done]", timeout=60_000)
    v.page.click("#discard")
    v.says("#models-message", "is discarded")
    v.says("#candidate", "No candidate is waiting")
    assert len(studio.models("pridemm")) == 1


def test_another_task_set_has_its_own_cards(visit, url, memes):
    v = visit()
    v.open(url)
    v.upload(memes[0])
    v.answered()
    v.page.locator("#task-set label", has_text="Propaganda").click()
    v.says("#answer-propaganda-techniques", "of 22")
    assert not v.page.is_visible("#answer-pridemm-hate")
    v.page.click("#card-propaganda-techniques .mc-more > button")
    rest = "#rest-propaganda-techniques .bars .point"
    v.page.wait_for_selector(rest, state="attached")
    assert v.page.locator(rest).count() == 22
    v.page.click("#save")
    v.says("#status", "Saved ")


def test_what_was_saved_is_there_after_a_reload(visit, url, studio, memes):
    v = visit()
    v.open(url)
    v.upload(memes[0])
    v.answered()
    other = 1 - ("No Humour", "Humour").index(v.chosen("humour"))
    v.choose("humour", other)
    v.page.click("#save")
    v.says("#status", "Saved ")
    v.page.reload()
    v.page.wait_for_selector("#header dl")
    assert v.page.locator("dialog[open]").count() == 0  # the warning is asked once
    v.says("#header", "1 meme")
    v.upload(memes[0])
    v.answered()
    assert v.chosen("humour") == ("No Humour", "Humour")[other]


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
    assert a.page.locator("#strip button").count() == 0


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
    image = v.page.locator("#picture img")
    assert "blur" in image.evaluate("e => getComputedStyle(e).filter")
    v.page.uncheck("#blur input")
    v.page.wait_for_function(
        "getComputedStyle(document.querySelector('#picture img')).filter === 'none'"
    )


def test_the_plots_script_comes_before_the_first_meme_and_shows_nothing(visit, url):
    v = visit()
    v.open(url)
    v.page.wait_for_selector("#first-plot .js-plotly-plot", state="attached")
    assert not v.page.locator("#first-plot").is_visible()
    assert v.page.locator("#empty").is_visible()


def test_no_card_has_a_gap_and_none_touches_the_next(visit, url, memes):
    v = visit()
    v.open(url)
    v.upload(memes[0])
    v.answered()
    boxes = [card.bounding_box() for card in v.page.locator(".mc-card:visible, .mc-save").all()]
    for one in boxes:
        below = [b["y"] for b in boxes if b["y"] > one["y"] and abs(b["x"] - one["x"]) < 2]
        if below:
            assert 10 <= min(below) - one["y"] - one["height"] <= 20
    for card in v.page.locator(".mc-card:visible").all():
        more, choice = card.locator(".mc-more"), card.locator("fieldset")
        end = more.bounding_box()["y"] + more.bounding_box()["height"]
        assert choice.bounding_box()["y"] - end < 30


def test_boxes_lie_over_the_picture_on_demand(visit, url, memes):
    v = visit()
    v.open(url)
    v.upload(memes[0])
    v.answered()
    box = v.page.locator("#picture rect").first
    assert v.page.locator("#picture rect").count() == 5
    assert not box.is_visible()
    v.page.check("#boxes input")
    box.wait_for(state="visible")
    # The fake reader's first word fills the left half of the upper half of the picture.
    picture, found = v.page.locator("#picture img").bounding_box(), box.bounding_box()
    assert found["width"] == pytest.approx(picture["width"] / 2, abs=3)
    assert found["height"] == pytest.approx(picture["height"] / 2, abs=3)


@pytest.mark.parametrize("query", ["", "?__theme=dark"])
def test_a_phone_needs_no_sideways_scrolling(visit, url, memes, query):
    v = visit(PHONE)
    v.open(url, query)
    assert v.overflow() <= 0
    v.upload(memes[0], memes[1])
    v.answered()
    assert v.overflow() <= 0
    v.page.click("#save")
    v.says("#status", "Saved ")
    v.tab("Models")
    v.says("#counts", "1 meme corrected")
    assert v.overflow() <= 0


@pytest.mark.parametrize("size", [WIDE, PHONE])
def test_the_page_of_before_is_open_after_a_reload(visit, url, size):
    v = visit(size)
    v.open(url)
    v.tab("Models")
    v.page.wait_for_selector("#retrain")
    v.page.reload()
    v.page.wait_for_selector("#header dl")
    v.page.wait_for_selector("#retrain")


@pytest.mark.parametrize("query", ["?__theme=light", "?__theme=dark"])
def test_texts_can_be_read_in_light_and_in_dark(visit, url, memes, query):
    v = visit()
    v.open(url, query)
    v.upload(memes[0])
    v.answered()
    for selector in (
        ".mc-brand h1",
        ".mc-brand p",
        ".mc-status dt",
        ".mc-status dd",
        "#answer-pridemm-hate .mc-label",
        "#answer-pridemm-hate .mc-hint",
        "#answer-pridemm-hate header span",
        "#source p",
        "#save",
        "#undo",
    ):
        assert contrast(v, selector) >= 4.5, selector
    for selector in (".ytick text", ".xtick text", ".bartext"):
        assert contrast(v, f"#plot-pridemm-hate {selector}", "fill") >= 4.5, selector


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
    assert rows(studio) == []  # plain characters never save
    page.keyboard.press("Control+Enter")
    v.says("#status", "Saved ")
    assert {row["note"] for row in rows(studio)} == {"typed sss 1234"}
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


def test_a_sample_opens_with_one_press_and_a_paste_with_none(visit, url):
    v = visit()
    v.open(url)
    v.page.locator("#samples button").first.click()
    v.answered()
    name = v.page.inner_text("#picture figcaption")
    v.page.evaluate(
        """async () => {
          const canvas = Object.assign(document.createElement('canvas'), {width: 60, height: 40});
          const blob = await new Promise((done) => canvas.toBlob(done));
          const data = new DataTransfer();
          data.items.add(new File([blob], 'pasted.png', {type: 'image/png'}));
          document.body.dispatchEvent(
            new ClipboardEvent('paste', {clipboardData: data, bubbles: true}));
        }"""
    )
    v.says("#picture", "pasted.png")
    assert name not in v.page.inner_text("#picture figcaption")
    v.says("#position", "2 of 2")
