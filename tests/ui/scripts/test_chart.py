"""The map of Explore: what is drawn where, and what pointer and keys choose."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories.browser import BROWSER_MARKS

pytestmark = BROWSER_MARKS

CORNERS = [(-1.0, 1.0), (1.0, 1.0), (-1.0, -1.0), (1.0, -1.0), (0.0, 0.0)]
"""Left above, right above, left below, right below, in the middle."""
LEFT_ABOVE, RIGHT_ABOVE, LEFT_BELOW, RIGHT_BELOW, MIDDLE = range(5)
SIDE = 400

SHOW = """
const style = document.createElement("style");
style.textContent = `.mc-x-map { position: absolute; left: 0; top: 0; width: 400px; height: 400px;
  background: rgb(255, 255, 255); } .mc-x-map > * { position: absolute; width: 100%; height: 100%; }
  .mc-x-map > svg { pointer-events: none; }`;
document.head.append(style);
window.told = { picked: [], cleared: 0, hovered: [] };
window.shown = chart.makeChart({
  pick: (points, how) => told.picked.push([points.sort(), how]), moved: () => {},
  clear: () => { told.cleared += 1; }, hover: (point) => told.hovered.push(point),
});
document.querySelector("#pages").append(shown.node);
const [x, y] = [0, 1].map((axis) => Float32Array.from(given, (place) => place[axis]));
shown.show(x, y, "Five memes");
const red = colours.packed("#ff0000");
shown.paint(new Uint32Array(5).fill(red), new Uint8Array(5));
await new Promise(requestAnimationFrame);
await new Promise(requestAnimationFrame);
"""


@pytest.fixture
def chart(small: Any) -> Any:
    small.run("explore/chart explore/colours", SHOW, CORNERS)
    return small.page


def place(point: int) -> tuple[float, float]:
    """Return where a point is in the window, as the view's margin of 6 % says."""
    x, y = CORNERS[point]
    half = SIDE / 2
    return half + x * half * 0.88, half - y * half * 0.88


def settle(page: Any) -> None:
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def colour(page: Any, x: float, y: float) -> list[int]:
    settle(page)
    read = (
        "([x, y]) => [...shown.canvas.getContext('2d').getImageData(x, y, 1, 1).data].slice(0, 3)"
    )
    return page.evaluate(read, [round(x), round(y)])


def reddish(rgb: list[int]) -> bool:
    return rgb[0] == 255 and max(rgb[1:]) < 100


def picked(page: Any) -> list[Any]:
    return page.evaluate("told.picked")


def drag(page: Any, *way: tuple[float, float]) -> None:
    page.mouse.move(*way[0])
    page.mouse.down()
    for stop in way[1:]:
        page.mouse.move(*stop, steps=3)
    page.mouse.up()


@pytest.mark.parametrize("point", range(5))
def test_every_meme_is_drawn_where_it_lies(chart, point):
    assert reddish(colour(chart, *place(point)))
    assert colour(chart, 100, 200) == [255, 255, 255]


def test_hidden_memes_are_not_drawn_and_not_found(chart):
    chart.evaluate("shown.paint(new Uint32Array(5).fill(0xff0000ff), Uint8Array.of(1, 0, 0, 0, 0))")
    assert colour(chart, *place(LEFT_ABOVE)) == [255, 255, 255]
    assert reddish(colour(chart, *place(RIGHT_ABOVE)))
    chart.mouse.click(*place(LEFT_ABOVE))
    assert picked(chart) == []
    assert chart.evaluate("shown.inSight().sort()") == [1, 2, 3, 4]


def test_what_is_not_chosen_fades(chart):
    chart.evaluate("shown.choose(Uint8Array.of(0, 0, 0, 0, 1), true)")
    assert reddish(colour(chart, *place(MIDDLE)))
    assert min(colour(chart, *place(LEFT_ABOVE))[1:]) > 150


def test_a_press_chooses_a_meme_and_a_press_beside_chooses_none(chart):
    chart.mouse.click(*place(RIGHT_BELOW))
    chart.keyboard.down("Shift")
    chart.mouse.click(*place(MIDDLE))
    chart.keyboard.up("Shift")
    assert picked(chart) == [[[RIGHT_BELOW], "set"], [[MIDDLE], "add"]]
    chart.mouse.click(100, 200)
    assert chart.evaluate("told.cleared") == 1


def test_a_box_chooses_what_is_inside(chart):
    chart.evaluate("shown.mode = 'box'")
    drag(chart, (5, 5), (395, 100))
    assert picked(chart) == [[[LEFT_ABOVE, RIGHT_ABOVE], "set"]]


def test_a_lasso_chooses_what_it_goes_round(chart):
    """Round three corners along the sides, past the middle."""
    chart.evaluate("shown.mode = 'lasso'")
    drag(chart, (5, 5), (60, 5), (60, 340), (395, 340), (395, 395), (5, 395), (5, 5))
    assert picked(chart) == [[[LEFT_ABOVE, LEFT_BELOW, RIGHT_BELOW], "set"]]


def test_dragging_moves_the_map_and_the_wheel_zooms_around_the_pointer(chart):
    drag(chart, (100, 200), (150, 200))
    moved = (place(MIDDLE)[0] + 50, place(MIDDLE)[1])
    assert reddish(colour(chart, *moved))
    assert picked(chart) == []
    chart.mouse.move(*moved)
    chart.mouse.wheel(0, -400)
    chart.wait_for_function("shown.inSight().length === 1")
    assert reddish(colour(chart, *moved))


def test_the_pointer_finds_what_is_near(chart):
    x, y = place(LEFT_BELOW)
    chart.mouse.move(x + 6, y - 4)
    chart.mouse.move(100, 200)
    assert chart.evaluate("told.hovered") == [LEFT_BELOW, -1]


def test_keys_move_zoom_and_choose(chart):
    chart.focus("canvas")
    for _ in range(3):
        chart.keyboard.press("+")
    assert chart.evaluate("shown.inSight()") == [MIDDLE]
    chart.keyboard.press("Enter")
    assert picked(chart) == [[[MIDDLE], "set"]]
    for _ in range(6):
        chart.keyboard.press("ArrowLeft")
        chart.keyboard.press("ArrowUp")
    assert chart.evaluate("shown.inSight()") == [LEFT_ABOVE]
    chart.keyboard.press("0")
    assert len(chart.evaluate("shown.inSight()")) == 5
    chart.keyboard.press("Escape")
    assert chart.evaluate("told.cleared") == 1


def test_the_map_has_a_name(chart):
    assert chart.get_attribute("canvas", "aria-label") == "Five memes"
