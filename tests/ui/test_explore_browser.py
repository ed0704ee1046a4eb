"""The page Explore in a real browser: the map, its list, and what is done with a selection."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from memeclip_core.app.studio import Studio
from memeclip_core.config import Settings
from memeclip_core.records.queue import QueueFilter
from tests.factories.browser import BROWSER_MARKS, PHONE, WIDE, Visit, find_barriers
from tests.factories.explored import (
    COUNT,
    FLIPPED,
    NEAR_PICTURE,
    SAME_TEXT,
    label,
    make_explored,
    picture,
)
from tests.factories.studios import build_tiny_studio

pytestmark = BROWSER_MARKS

ALL = ((0.01, 0.01), (0.99, 0.01), (0.99, 0.99), (0.01, 0.99))
"""A line round the whole map, in shares of its width and height."""


@pytest.fixture(scope="module")
def memes(tiny_checkpoints: Path, tmp_path_factory: pytest.TempPathFactory) -> Studio:
    """Return a studio with a project of memes that the import has labelled, for all tests here."""
    folder = tmp_path_factory.mktemp("explored")
    settings = Settings(
        home=folder / "home", encoder="fake", checkpoints=tiny_checkpoints, threads=1
    )
    return make_explored(build_tiny_studio(settings), folder / "memes")


@pytest.fixture
def studio(memes: Studio) -> Studio:
    return memes


@pytest.fixture
def explore(new_tab: Any, url: str) -> Any:
    """Return a way to open the page with the map drawn and its memes listed."""

    def fresh(size: dict[str, int] = WIDE, scheme: str = "light") -> Visit:
        visit = Visit(page=new_tab(size))
        visit.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        visit.open(url)
        visit.tab("Explore")
        return ready(visit)

    return fresh


def ready(visit: Visit) -> Visit:
    visit.page.wait_for_selector("#explore-root[data-shows]")
    lists(visit, f"{COUNT} memes in sight")
    return visit


def lists(visit: Visit, title: str) -> list[str]:
    """Wait until a list has a title and is filled; return its memes' file names."""
    visit.says(".mc-x-title", title)
    visit.page.wait_for_selector(f'.mc-x-cards[aria-label^="{title}"]:not([aria-busy]) li')
    return visit.page.locator("#explore-gallery .mc-x-open").all_inner_texts()


def draw(page: Any, mode: str, *way: tuple[float, float]) -> None:
    """Draw on the map; places are shares of its width and height."""
    page.click(f"#explore-root [data-mode={mode}]")
    box = page.locator("#explore-canvas").bounding_box()
    spots = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in way]
    page.mouse.move(*spots[0])
    page.mouse.down()
    for spot in spots[1:]:
        page.mouse.move(*spot, steps=4)
    page.mouse.up()


def name(number: int) -> str:
    return f"{number:02}.{'jpg' if number == NEAR_PICTURE[1] else 'png'}"


def tick(visit: Visit, *numbers: int) -> None:
    """Select memes in the list."""
    for number in numbers:
        visit.page.get_by_label(f"Select {name(number)}").check()
    visit.says("#explore-selected", f"{len(numbers)} selected")


def test_the_map_is_fetched_and_drawn_when_the_page_is_opened(new_tab, url):
    visit = Visit(page=new_tab())
    asked: list[str] = []
    visit.page.on("request", lambda request: asked.append(request.url))
    visit.open(url)
    assert not [address for address in asked if "explore" in address]
    visit.tab("Explore")
    ready(visit)
    assert any(address.endswith("/explore/page.js") for address in asked)
    assert not any("plotly" in address for address in asked)
    visit.says("#explore-note", f"{COUNT} memes on the map.")
    assert (
        visit.page.get_attribute("#explore-canvas", "aria-label")
        == f"Map of {COUNT} memes of Memes"
    )
    assert lists(visit, f"{COUNT} memes in sight") == [name(number) for number in range(24)]
    visit.page.click("#explore-next")
    visit.says("#explore-gallery .mc-x-open", name(24))
    assert find_barriers(visit.page) == []


def test_colours_say_what_they_mean_and_show_one_class_alone(explore):
    visit = explore()
    visit.page.select_option("#explore-colour", "label:hate")
    hate = sum(label(number) == "Hate" for number in range(COUNT))
    # What was coloured by before has as many classes: wait for the words.
    visit.page.wait_for_function(
        """(wanted) => JSON.stringify([...document.querySelectorAll(".mc-x-legend button")]
          .map((entry) => entry.innerText).sort()) === JSON.stringify(wanted)""",
        arg=sorted([f"Hate\n{hate}", f"No hate\n{COUNT - hate}"]),
    )
    visit.page.locator(".mc-x-legend button", has_text="No hate").click()
    assert (
        lists(visit, f"{COUNT - hate} memes in sight")[:2]
        == [name(number) for number in range(COUNT) if label(number) == "No Hate"][:2]
    )
    visit.page.select_option("#explore-colour", "confidence:hate")
    visit.page.wait_for_selector(".mc-x-legend .mc-x-scale")
    lists(visit, f"{COUNT} memes in sight")


def test_a_lasso_becomes_a_gallery_and_a_queue(explore):
    visit = explore()
    draw(visit.page, "lasso", *ALL)
    assert len(lists(visit, f"{COUNT} memes selected")) == 24
    visit.page.click("#explore-clear")
    visit.page.click("#explore-root [data-kind=sight]")
    lists(visit, f"{COUNT} memes in sight")
    tick(visit, 5, 2)
    visit.page.click("#explore-label")
    visit.says("#label-selection", "Only the 2 memes selected on Explore are given out.")
    shown = visit.page.locator("#label-stage figcaption")
    visit.says("#label-stage figcaption", name(5))
    assert shown.count() == 1
    visit.page.keyboard.press("s")
    visit.page.wait_for_selector("#label dialog[open]")
    visit.page.keyboard.press("Enter")
    visit.says("#label-stage figcaption", name(2))
    visit.page.click("#label-all")
    visit.page.wait_for_selector("#label-selection", state="hidden")
    visit.says("#label-stage figcaption", name(0))


def labels_of(studio: Studio, *numbers: int) -> list[tuple[str, ...] | None]:
    """Return one's own answers on hate, by file name."""
    page = studio.queue.browse(studio.owner(), "memes", filters=QueueFilter(state=None), size=200)
    rows = {row.filename: row for row in page.rows}
    return [(rows[name(number)].labels or {}).get("hate") for number in numbers]


def test_a_correction_is_previewed_saved_and_taken_back(explore, memes):
    visit = explore()
    tick(visit, 0, 2, 3)
    visit.page.click("#explore-correct-these")
    visit.says("#explore-preview", "Choose what is right")
    assert visit.page.is_disabled("#explore-go")
    visit.page.locator("#explore-correct").get_by_label("No Hate").check()
    visit.page.check("#explore-fill")
    visit.says("#explore-preview", "2 memes: Hate → No Hate")
    assert find_barriers(visit.page) == []
    visit.page.locator("#explore-go:enabled", has_text="Correct ").click()
    visit.says("#explore-status", "Corrected ")
    assert labels_of(memes, 0, 2) == [("No Hate",)] * 2
    visit.page.click("#explore-undo")
    visit.says("#explore-status", "Taken back: ")
    assert labels_of(memes, 0, 2) == [None, None]


def test_memes_are_found_by_words_and_by_what_they_are_like(explore):
    visit = explore()
    visit.page.fill("#explore-search", "07.PNG")
    visit.page.keyboard.press("Enter")
    assert lists(visit, "1 meme with “07.PNG”") == [name(7)]
    visit.page.get_by_label(f"More like {name(7)}").click()
    like = lists(visit, f"Most like {name(7)}")
    assert len(like) == 24
    assert name(7) not in like
    visit.says(".mc-x-note", "Cosine ")
    visit.page.fill("#explore-search", "nobody says this")
    visit.page.click("#explore-find")
    visit.says(".mc-x-nothing", "Nothing is found.")


def test_a_picture_finds_what_is_like_it(explore, tmp_path):
    visit = explore()
    (tmp_path / "mine.png").write_bytes(picture(12))
    visit.page.set_input_files("#explore-picture", tmp_path / "mine.png")
    assert name(12) in lists(visit, "Most like the picture")[:2]


def test_copies_and_labels_that_look_wrong_are_listed(explore):
    visit = explore()
    visit.page.click("#explore-root [data-kind=same]")
    visit.says(".mc-x-group", "The same text: 2 memes")
    visit.says(".mc-x-group", "Nearly the same picture: 2 memes")
    found = visit.page.locator("#explore-gallery .mc-x-open").all_inner_texts()
    assert {name(number) for number in (*SAME_TEXT, *NEAR_PICTURE)} <= set(found)
    visit.page.click("#explore-root [data-kind=errors]")
    visit.says(".mc-x-title", "look wrong")
    visit.says(".mc-x-note", "likelier: ")
    wrong = visit.page.locator("#explore-gallery .mc-x-open").all_inner_texts()
    assert {name(number) for number in FLIPPED} <= set(wrong)


def test_everything_can_be_done_without_a_mouse_and_in_the_dark(explore):
    visit = explore(scheme="dark")
    page = visit.page
    page.focus("#explore-canvas")
    page.keyboard.press("Enter")
    lists(visit, f"{COUNT} memes selected")
    page.get_by_label(f"Select {name(1)}").focus()
    page.keyboard.press("Space")
    visit.says("#explore-selected", f"{COUNT - 1} selected")
    page.focus("#explore-correct-these")
    page.keyboard.press("Enter")
    visit.says("#explore-correct-title", f"Correct {COUNT - 1} memes")
    page.keyboard.press("Escape")
    page.get_by_role("button", name=name(0), exact=True).focus()
    page.keyboard.press("Enter")
    visit.says("#explore-detail-title", name(0))
    visit.says("#explore-detail", "People: ")
    assert find_barriers(page) == []
    page.keyboard.press("Escape")
    page.focus("#explore-canvas")
    page.keyboard.press("Escape")
    page.wait_for_selector("#explore-acts", state="hidden")


def test_a_page_without_a_project_says_what_to_do(new_tab, url, tiny_studio, served_page):
    served_page.exchange.studio = tiny_studio
    visit = Visit(page=new_tab())
    visit.open(url)
    visit.tab("Explore")
    visit.says("#explore-empty", "There is no project yet.")
    assert find_barriers(visit.page) == []
    visit.page.click("#explore-projects")
    visit.page.wait_for_selector("#projects")


def test_nothing_of_one_collection_is_chosen_once_another_is_opened(explore, memes):
    who = memes.owner()
    if "bare" not in [one.key for one in memes.projects.list(who)]:
        memes.projects.create(who, key="bare", title="Bare", task_set="pridemm")
    visit, held = explore(), []
    page = visit.page
    page.route("**/explore/project%3Abare/map?*", lambda route: held.append(route))
    page.select_option("#explore-collection", "project:bare")
    visit.says("#explore-root", "The map is being drawn…")
    page.click("#explore-in-sight")
    page.wait_for_timeout(200)
    assert page.is_hidden("#explore-acts")
    held[0].continue_()
    visit.says("#explore-root", "There is no meme")


def test_a_phone_shows_the_list_first(explore):
    visit = explore(PHONE)
    page = visit.page
    assert not page.is_visible("#explore-canvas")
    assert visit.overflow() <= 0
    assert find_barriers(page) == []
    page.click("#explore-root [data-view=map]")
    page.wait_for_selector("#explore-canvas")
    assert not page.is_visible("#explore-gallery")
    assert visit.overflow() <= 0
    assert find_barriers(page) == []
    draw(page, "box", *ALL[::2])
    page.click("#explore-root [data-view=list]")
    lists(visit, f"{COUNT} memes selected")
    assert page.is_visible("#explore-label")
    assert visit.overflow() <= 0


def test_pictures_are_blurred_by_the_same_choice(explore):
    visit = explore()
    page = visit.page
    picture = page.locator("#explore-gallery img").first
    assert picture.evaluate("(e) => getComputedStyle(e).filter") == "none"
    page.locator("#blur input").check()
    assert "blur" in picture.evaluate("(e) => getComputedStyle(e).filter")
    page.keyboard.press("v")
    assert picture.evaluate("(e) => getComputedStyle(e).filter") == "none"
