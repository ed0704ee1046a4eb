"""Looking closer: zoom and turn, the whole screen, long lists, a phone in one hand."""

from __future__ import annotations

import pytest

from tests.factories.browser import BROWSER_MARKS, PHONE
from tests.factories.projects import Work, import_all
from tests.factories.studios import draw_png

pytestmark = BROWSER_MARKS
FRAME = "#label-stage .mc-frame"
PINCH = """(frame) => {
  const { left, top } = frame.getBoundingClientRect();
  const tell = (kind, pointerId, x) => frame.dispatchEvent(new PointerEvent(kind, {
    pointerId, clientX: left + x, clientY: top + 60, bubbles: true, cancelable: true, button: 0,
  }));
  tell("pointerdown", 1, 40);
  tell("pointerdown", 2, 60);
  tell("pointermove", 2, 80);
  tell("pointerup", 1, 40);
  tell("pointerup", 2, 80);
}"""

FITS = """(selector) => {
  const frame = document.querySelector(selector);
  const [shown, around] = [frame.querySelector("img"), frame].map((e) => e.getBoundingClientRect());
  return around.height < 400 && ["left", "top", "right", "bottom"]
    .every((side) => Math.abs(shown[side] - around[side]) < 2);
}"""


@pytest.fixture
def large(studio, tmp_path):
    """A project of 22 answers and a picture larger than the screen."""
    work = Work(studio=studio, key="many")
    rules = {"order": "import", "hidden_share": 0.0, "task_set": "propaganda"}
    studio.projects.create(work.admin, key="many", title="many", **rules)
    folder = tmp_path / "large"
    folder.mkdir()
    for n in range(2):
        (folder / f"{n}.png").write_bytes(draw_png((20, 90, 40 + n), (1200, 1200)))
    assert import_all(studio, "many", folder, who=work.admin).state == "done"
    return work


def box(desk, selector):
    return desk.page.locator(selector).first.bounding_box()


def test_a_picture_is_zoomed_by_key_click_wheel_and_pinch_and_turned(sit, url, work):
    desk = sit().open(url, work)
    desk.shows("00.png")
    image = desk.page.locator(f"{FRAME} img")
    whole = image.bounding_box()
    assert desk.page.locator(f"{FRAME}[data-zoomed]").count() == 0
    desk.press("z")
    desk.page.locator(f"{FRAME}[data-zoomed]").wait_for()
    assert image.bounding_box()["width"] == pytest.approx(2.5 * whole["width"], rel=0.02)
    desk.press("z")
    assert image.bounding_box() == pytest.approx(whole, abs=1)
    desk.page.click(FRAME, position={"x": 5, "y": 5})  # what is pressed stays in sight
    zoomed = image.bounding_box()
    assert (zoomed["x"], zoomed["width"]) == (
        pytest.approx(whole["x"], abs=9), pytest.approx(2.5 * whole["width"], rel=0.02)
    )  # fmt: skip
    desk.page.mouse.wheel(0, 400)
    desk.page.wait_for_function(
        "([s, w]) => document.querySelector(s).getBoundingClientRect().width < w",
        arg=[f"{FRAME} img", zoomed["width"] - 5],
    )
    desk.press("z", "o")
    assert "rotate(90deg)" in image.evaluate("e => e.style.transform")
    desk.press("o", "o", "o")
    assert image.evaluate("e => e.style.transform") == ""
    desk.page.locator(FRAME).evaluate(PINCH)
    assert image.bounding_box()["width"] == pytest.approx(2 * whole["width"], rel=0.02)
    for task in ("hate", "stance", "humour"):
        desk.page.click(f"#label-stage [data-task={task}] label >> nth=0")
    desk.press("Enter")
    desk.shows("01.png")  # and the next one is whole
    assert desk.page.locator(f"{FRAME} img").evaluate("e => e.style.transform") == ""


@pytest.mark.parametrize("key", ["z", "o"])
def test_a_meme_that_one_goes_on_or_back_to_is_whole(sit, url, work, key):
    desk = sit().open(url, work)
    desk.shows("00.png")
    desk.press(key)
    image = desk.page.locator(f"{FRAME} img")
    assert image.evaluate("e => e.style.transform") != ""
    desk.answer()
    desk.shows("01.png")
    assert desk.page.locator(f"{FRAME}[data-zoomed]").count() == 0  # on a phone, it takes the touch
    desk.press("Backspace")
    desk.shows("00.png")
    assert image.evaluate("e => e.style.transform") == ""


def test_a_turned_picture_keeps_to_its_frame_where_the_window_changes(sit, url, large):
    desk = sit({"width": 1440, "height": 900}).open(url, large)
    desk.shows("0.png")
    desk.press("o")
    assert box(desk, FRAME)["height"] > 500
    desk.page.set_viewport_size({"width": 1440, "height": 600})
    desk.page.wait_for_function(FITS, arg=FRAME)


def test_many_at_once_shows_one_large_with_what_the_model_says(sit, url, work):
    desk = sit().open(url, work)
    desk.shows("00.png")
    desk.page.click("#label-mode")
    desk.says("model: ", "#label-bulk [role=option]")
    desk.page.locator("#label-bulk [role=option]").nth(1).focus()
    desk.press("ArrowRight", "z")
    desk.says("The model suggests ", "#label-look")
    desk.press("z")
    desk.page.locator("#label-look .mc-frame[data-zoomed]").wait_for()
    desk.press("Escape")
    desk.page.locator("#label-look").wait_for(state="detached")


@pytest.mark.parametrize("size", [(1440, 900), (1920, 1080)])
def test_the_picture_uses_the_screen_and_22_answers_fit_it(sit, url, large, size):
    desk = sit({"width": size[0], "height": size[1]}).open(url, large)
    desk.shows("0.png")
    assert box(desk, FRAME)["width"] > size[1] * 0.6
    assert box(desk, FRAME)["y"] < 130  # the head is folded away
    rows = desk.page.locator("#label-stage .mc-l-option")
    assert rows.count() == 23
    foot = box(desk, "#label-stage .mc-l-foot")["y"]
    assert max(row.bounding_box()["y"] + row.bounding_box()["height"] for row in rows.all()) <= foot
    chosen = desk.page.locator("#label-stage .mc-l-option[data-chosen]")
    desk.press("m", "2")  # the 22nd
    assert rows.nth(21).get_attribute("data-chosen") is not None
    desk.press("2")
    assert (chosen.count(), rows.nth(1).get_attribute("data-chosen")) == (2, "")
    desk.press("/")
    desk.page.keyboard.type("smear")
    assert desk.page.locator("#label-stage .mc-l-option:visible").count() == 1
    desk.press("Enter")
    assert (chosen.count(), desk.page.locator("#label-stage .mc-l-option:visible").count()) == (
        3,
        23,
    )


def test_on_a_phone_the_picture_stays_in_sight_above_one_row_of_buttons(sit, url, large):
    desk = sit(PHONE).open(url, large)
    desk.shows("0.png")
    desk.page.locator("#label-stage .mc-l-option").last.scroll_into_view_if_needed()
    found = box(desk, FRAME)
    assert 0 <= found["y"] < 20 and found["height"] > 200
    buttons = [
        b.bounding_box() for b in desk.page.locator("#label-stage .mc-l-buttons button").all()
    ]
    assert len({b["y"] for b in buttons if b}) == 1
    small = desk.page.evaluate(
        """[...document.querySelectorAll('#label-root :is(button, select, .mc-l-option)')]
          .filter((e) => e.offsetParent && e.getBoundingClientRect().height < 44).length"""
    )
    assert small == 0
    assert desk.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
