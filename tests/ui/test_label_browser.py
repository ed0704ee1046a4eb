"""The page Label in a real Chromium: a working day in small."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from memeclip_core.config import Settings
from memeclip_core.service.studio import Studio
from memeclip_core.stores.users import add_user
from tests.studios import build_tiny_studio
from tests.ui.browser import BROWSER_MARKS, PHONE, contrast, serving
from tests.ui.labelling import GUIDELINES, HOSTILE, Work, make_project

pytestmark = BROWSER_MARKS

WIDE = {"width": 1360, "height": 900}


@pytest.fixture(scope="module")
def studio(tiny_checkpoints: Path, tmp_path_factory: pytest.TempPathFactory) -> Studio:
    """Return one studio for all tests; each has a project of its own."""
    home = tmp_path_factory.mktemp("labelling") / "home"
    settings = Settings(home=home, encoder="fake", checkpoints=tiny_checkpoints, threads=1)
    return build_tiny_studio(settings)


@pytest.fixture(scope="module")
def url(studio: Studio, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("uploads")))
        with serving(studio) as address:
            yield address


@pytest.fixture
def project(studio: Studio, tmp_path: Path, request: pytest.FixtureRequest) -> Any:
    """Return a way to make this test's project; it has other rules where they are given."""

    def make(count: int = 6, **rules: object) -> Work:
        key = request.node.name.replace("_", "-").partition("[")[0][:40].strip("-")
        mark = hashlib.sha256(request.node.name.encode()).hexdigest()[:6]
        return make_project(studio, tmp_path / "pictures", count, key=f"{key}-{mark}", **rules)

    return make


@pytest.fixture
def work(project: Any) -> Work:
    return project()


@dataclass(frozen=True, kw_only=True)
class Desk:
    """One person at the page Label."""

    page: Any

    def open(self, url: str, work: Work | None = None, query: str = "") -> Desk:
        if work is not None:
            remembered = f"localStorage.setItem('memeclip.label.project', '\"{work.key}\"')"
            self.page.add_init_script(f"if (location.protocol === 'http:') {remembered}")
        self.page.goto(url + query)
        self.page.wait_for_selector("#header dl")
        if self.page.locator("dialog[open]").count():
            self.page.click("dialog button[value=plain]")
        self.page.get_by_role("tab", name="Label").click()
        return self.ready()

    def ready(self) -> Desk:
        self.page.wait_for_selector("#label-save, #label-empty:not([hidden])")
        return self

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def says(self, what: str, where: str = "#label-status") -> None:
        self.page.locator(where, has_text=what).first.wait_for(state="visible")

    def shows(self, file: str) -> None:
        """Wait until a meme and its picture are on the page."""
        self.page.locator("#label-stage figcaption", has_text=file).wait_for()
        self.page.wait_for_selector(f'#label-stage img[alt="The meme {file}"]')

    def chosen(self) -> dict[str, str]:
        return dict(
            self.page.evaluate(
                "[...document.querySelectorAll('#label-stage .mc-l-task')].flatMap((task) =>"
                " [...task.querySelectorAll('input:checked')].map((input) =>"
                " [task.dataset.task, input.value]))"
            )
        )

    def answer(self) -> None:
        """Answer all questions by keys, hate first: no hate, neutral, no humour; then save."""
        self.press("1", "Tab", "1", "Tab", "1", "Enter")

    def count(self, state: str) -> int:
        """Return a number of the chips; one that counts nothing is not there."""
        chip = self.page.locator(f'.mc-l-chips [data-state="{state}"] b')
        return int(chip.inner_text().replace(",", "")) if chip.count() else 0


@pytest.fixture
def sit(new_tab: Any) -> Any:
    """Return a way to sit down at a tab; one with a profile of its own is another person's."""

    def fresh(size: dict[str, int] = WIDE, own: bool = False) -> Desk:
        return Desk(page=new_tab(size, own))

    return fresh


LABELS = {"hate": "No Hate", "stance": "Neutral", "humour": "No Humour"}


def test_a_run_of_memes_needs_no_mouse(sit, url, work):
    desk = sit().open(url, work)
    for n in range(4):
        desk.shows(f"{n:02d}.png")
        desk.answer()
        desk.says(f"Saved {n + 1} at ")
    assert work.decided() == work.ids()[:4]
    labels = work.saved()
    assert labels == LABELS
    assert {row["seconds"] != "" for row in work.rows("label")} == {True}
    assert desk.count("done") == 4
    assert desk.page.locator("#label-recent li").count() == 4


def test_digits_go_on_after_a_click_on_a_radio_and_enter_saves(sit, url, work):
    desk = sit().open(url, work)
    desk.shows("00.png")
    desk.page.click("#label-stage [data-task=hate] label >> nth=1")
    assert desk.page.evaluate("document.activeElement.type") == "radio"
    desk.press("1")
    assert desk.chosen() == {"hate": "No Hate"}
    desk.page.click("#label-stage [data-task=stance] label >> nth=2")
    desk.press("Tab", "2", "Enter")
    desk.says("Saved 1 at ")
    labels = work.saved()
    assert labels == {"hate": "No Hate", "stance": "Oppose", "humour": "Humour"}


def test_typing_a_note_labels_nothing_and_the_note_is_kept(sit, url, work):
    desk = sit().open(url, work)
    desk.shows("00.png")
    desk.press("t")
    desk.page.keyboard.type("12 s f u b ? 1")
    assert desk.chosen() == {}
    assert desk.page.locator("dialog[open]").count() == 0
    desk.press("Escape")
    desk.answer()
    desk.says("Saved 1 at ")
    assert {row["note"] for row in work.rows("label")} == {"12 s f u b ? 1"}


def test_a_question_without_answer_is_named_and_nothing_is_saved(sit, url, work):
    desk = sit().open(url, work)
    desk.shows("00.png")
    desk.press("2", "Enter")
    desk.says("Target is not answered yet")
    assert work.rows() == []
    desk.press("3", "Tab", "3", "Tab", "2", "Enter")
    desk.says("Saved 1 at ")
    assert work.saved() == {
        "hate": "Hate", "target": "Community", "stance": "Oppose", "humour": "Humour",
    }  # fmt: skip


def test_a_suggestion_is_never_chosen_by_itself_and_taking_it_over_is_told_apart(sit, url, work):
    desk = sit().open(url, work)
    desk.shows("00.png")
    assert desk.page.locator("#label-stage .mc-l-suggested").count() > 0
    assert "%" in desk.page.inner_text("#label-stage .mc-l-model >> nth=0")
    desk.press("Enter")
    desk.says("is not answered yet")
    assert desk.chosen() == {}
    desk.press("c", "Enter")
    desk.says("Saved 1 at ")
    assert {row["verdict"] for row in work.rows("label")} == {"confirmed"}
    desk.shows("01.png")
    suggested = desk.page.evaluate(
        "[...document.querySelectorAll('#label-stage [data-task=humour] .mc-l-option')]"
        ".findIndex((row) => row.classList.contains('mc-l-suggested'))"
    )
    desk.press("c")
    desk.page.click(f"#label-stage [data-task=humour] label >> nth={1 - suggested}")
    desk.press("Enter")
    desk.says("Saved 2 at ")
    verdicts = {row["task"]: row["verdict"] for row in work.rows("label")[-3:]}
    assert verdicts["humour"] == "corrected"


def test_hidden_suggestions_say_so_and_cannot_be_taken_over(sit, url, project):
    work = project(hidden_share=1.0)
    desk = sit().open(url, work)
    desk.shows("00.png")
    desk.says("suggestion is hidden for this meme", "#label-stage")
    assert desk.page.locator("#label-stage .mc-l-suggested").count() == 0
    desk.press("c")
    desk.says("There is no suggestion")
    desk.answer()
    desk.says("Saved 1 at ")
    assert {row["verdict"] for row in work.rows("label")} == {"unaided"}


def test_back_undo_skip_and_flag(sit, url, work):
    first, second, third = work.ids()[:3]
    desk = sit().open(url, work)
    desk.shows("00.png")
    desk.answer()
    desk.shows("01.png")
    desk.press("Backspace")
    desk.shows("00.png")
    desk.says("You have decided this one", "#label-marks")
    assert desk.chosen() == LABELS
    desk.press("Tab", "Tab", "2", "Enter")
    desk.says("Saved 1 at ")
    desk.shows("01.png")
    assert work.decided() == [first, first]

    desk.press("s", "2", "Enter")
    desk.says("Skipped at ")
    desk.shows("02.png")
    [skip] = work.rows("skip")
    assert (skip["meme"], skip["note"]) == (second, "I cannot tell")
    desk.press("u")
    desk.says("Undone at ")
    desk.shows("01.png")
    assert desk.count("skipped") == 0
    desk.answer()
    desk.says("Saved 2 at ")
    desk.shows("02.png")  # the undo has put nothing out of order

    desk.press("f", "Escape")
    assert work.rows("flag") == []
    desk.press("f", "Enter")
    desk.says("Flagged at ")
    desk.says("Flagged: Somebody else", "#label-marks")
    assert [row["meme"] for row in work.rows("flag")] == [third]
    desk.press("f")
    desk.says("Unflagged at ")
    assert [row["meme"] for row in work.rows("unflag")] == [third]


def test_keys_can_be_changed_and_switched_off(sit, url, work):
    desk = sit().open(url, work)
    desk.shows("00.png")
    desk.press("?")
    row = desk.page.locator('#label-map [data-action="pick1"]')
    row.get_by_role("button").click()
    desk.press("s")
    desk.says("is taken by: Skip", "#label-map")
    desk.press("q")
    desk.says("Changed: Choose answer 1", "#label-map")
    desk.press("Escape")
    desk.press("1")
    assert desk.chosen() == {}
    desk.press("q")
    assert desk.chosen() == {"hate": "No Hate"}
    desk.page.reload()
    desk.ready().shows("00.png")  # the page of before comes back by itself
    desk.press("Tab", "q")
    assert desk.chosen() == {"hate": "No Hate", "stance": "Neutral"}

    desk.press("?")
    desk.page.uncheck("#label-keys-on")
    desk.press("Escape")
    desk.press("2", "s", "Enter")
    assert desk.page.locator("dialog[open]").count() == 0
    assert work.rows("label") == []
    assert desk.page.locator("#label-stage kbd:not(:empty)").count() == 0
    desk.page.click("#label-keys")
    desk.page.check("#label-keys-on")
    desk.page.click("#label-map >> text=Back to the usual keys")
    desk.press("Escape")
    desk.page.click("#label-stage [data-task=humour] legend")
    desk.page.click("#label-stage [data-task=humour] label >> nth=1")
    desk.press("1")
    assert desk.chosen()["humour"] == "No Humour"


def test_a_lost_connection_shows_at_once_and_loses_and_doubles_nothing(sit, url, work):
    desk = sit().open(url, work)
    desk.shows("00.png")
    desk.page.wait_for_timeout(300)  # the next two are fetched
    desk.page.context.set_offline(True)
    desk.says("cannot be reached", "#label-net")
    desk.answer()
    desk.says("kept in this browser")
    desk.says("1 decision is kept", "#label-net")
    desk.press("Enter")  # go on with what is here already
    desk.shows("01.png")
    desk.answer()
    desk.says("2 decisions are kept", "#label-net")
    assert work.rows("label") == []
    desk.page.context.set_offline(False)
    desk.page.wait_for_selector("#label-net", state="hidden")
    desk.says("Saved 2 at ")
    desk.shows("02.png")
    assert work.decided() == work.ids()[:2]


def test_an_answer_that_gets_lost_is_asked_for_again_and_counts_once(sit, url, work):
    desk = sit().open(url, work)
    desk.shows("00.png")
    lost = []

    def lose(route: Any) -> None:
        route.fetch()  # the server saves
        lost.append(route.request.post_data)
        route.abort()

    desk.page.route("**/run/label_save", lose, times=1)
    desk.answer()
    desk.says("Saved 1 at ")
    assert len(lost) == 1
    assert work.decided() == work.ids()[:1]
    desk.shows("01.png")


def test_a_reload_in_the_middle_of_a_meme_keeps_what_was_begun(sit, url, work):
    desk = sit().open(url, work)
    desk.shows("00.png")
    desk.answer()
    desk.shows("01.png")
    desk.press("2", "Tab", "3")
    desk.page.fill("#label-note", HOSTILE)
    desk.page.reload()
    desk.ready().shows("01.png")
    assert desk.chosen() == {"hate": "Hate", "target": "Community"}
    assert desk.page.input_value("#label-note") == HOSTILE
    desk.says("as you left them", "#label-marks")
    assert desk.page.evaluate("window.hacked") is None


def test_the_back_button_is_safe(sit, url, work):
    desk = sit().open(url, work)
    desk.shows("00.png")
    desk.press("2")
    desk.page.goto("about:blank")
    desk.page.go_back()
    desk.page.wait_for_selector("#header dl")
    desk.ready().shows("00.png")
    assert desk.chosen() == {"hate": "Hate"}
    desk.press("1", "Tab", "1", "Tab", "1", "Enter")
    desk.says("Saved 1 at ")
    assert work.decided() == work.ids()[:1]


def test_a_second_tab_gets_other_memes_and_learns_what_the_first_saved(sit, url, work):
    one = sit().open(url, work)
    one.shows("00.png")
    one.page.wait_for_timeout(300)
    two = sit().open(url, work)
    two.page.wait_for_selector("#label-stage img")
    first = two.page.inner_text("#label-stage figcaption")
    assert not first.startswith("00.png")
    one.answer()
    one.says("Saved 1 at ")
    two.page.click("#label-recent li button") if two.page.locator("#label-recent li").count() else (
        two.page.click('.mc-l-chips [data-state="done"]')
    )
    two.shows("00.png")
    one.press("Backspace")
    one.shows("00.png")
    one.press("Tab", "3", "Enter")
    one.says("Saved 1 at ")
    two.says("You saved this meme in another tab")
    assert two.chosen()["stance"] == "Oppose"


def test_a_sign_in_that_ended_keeps_the_decision_until_the_next_one(sit, url, work):
    desk = sit().open(url, work)
    desk.shows("00.png")
    gone = {"status": 401, "body": '{"detail": "Not authenticated"}'}
    desk.page.route("**/run/label_save", lambda route: route.fulfill(**gone))
    desk.answer()
    desk.says("You are signed out", "#label-net")
    desk.says("1 decision is kept", "#label-net")
    desk.page.unroute("**/run/label_save")
    desk.page.click("#label-net button")
    desk.ready().shows("01.png")
    assert work.decided() == work.ids()[:1]


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


def test_a_label_set_that_changes_midway_loses_nothing(sit, url, work):
    desk = sit().open(url, work)
    desk.shows("00.png")
    desk.press("1", "Tab", "3", "Tab", "1")
    projects = work.studio.projects
    project = projects.project(work.admin, work.key)
    stance = project.tasks.task("stance")
    against = replace(stance.labels[2], name="Against", display="Against")
    tasks = replace(
        project.tasks,
        tasks=tuple(
            replace(task, labels=(*task.labels[:2], against)) if task.key == "stance" else task
            for task in project.tasks
        ),
    )
    projects.migrate(work.admin, work.key, tasks, {"stance": {"Oppose": "Against"}})
    desk.press("Enter")
    desk.says("label set was changed")
    desk.shows("00.png")
    assert desk.chosen() == {"hate": "No Hate", "stance": "Against", "humour": "No Humour"}
    assert work.rows("label") == []
    desk.press("Enter")
    desk.says("Saved 1 at ")
    saved = {row["task"]: (row["labels"], row["version"]) for row in work.rows("label")}
    assert saved["stance"] == ("Against", "2")


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
    desk.page.fill("#label-search", "no such meme")
    desk.press("Enter")
    desk.says("Nothing is left", "#label-empty")
    desk.page.click("#label-clear")
    desk.page.wait_for_selector("#label-stage img")


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


def test_two_people_never_get_the_same_meme(sit, tiny_settings, tmp_path, uploads):
    users = tmp_path / "users.yaml"
    for name, role in (("root", "admin"), ("ann", "annotator"), ("bob", "annotator")):
        add_user(users, name=name, role=role, password=f"{name} has a password")
    studio = build_tiny_studio(replace(tiny_settings, auth=users))
    work = make_project(studio, tmp_path / "pictures", count=14)

    def sign_in(url: str, name: str) -> Desk:
        desk = sit(own=True)
        desk.page.goto(url)
        desk.page.get_by_label("username").fill(name)
        desk.page.get_by_label("password").fill(f"{name} has a password")
        desk.page.get_by_role("button", name="Login").click()
        desk.page.wait_for_selector("#header dl")
        desk.page.click("dialog button[value=plain]")
        desk.page.get_by_role("tab", name="Label").click()
        return desk.ready()

    with serving(studio) as url:
        ann, bob = sign_in(url, "ann"), sign_in(url, "bob")
        for n in range(1, 6):
            for desk in (ann, bob):
                desk.page.wait_for_selector("#label-stage img")
                desk.answer()
                desk.says(f"Saved {n} at ")
        by = {"ann": set(), "bob": set()}
        for row in work.rows("label"):
            by[row["annotator"]].add(row["meme"])
        assert {name: len(memes) for name, memes in by.items()} == {"ann": 5, "bob": 5}
        assert not by["ann"] & by["bob"]


def test_a_visitor_reads_why_nothing_can_be_labelled(sit, tiny_settings, uploads):
    with serving(build_tiny_studio(replace(tiny_settings, host="0.0.0.0"))) as url:
        desk = sit().open(url)
        desk.says("nobody may change anything until sign-in is set up", "#label-empty")


def test_without_a_project_the_page_says_where_to_make_one(sit, tiny_studio, uploads):
    with serving(tiny_studio) as url:
        desk = sit().open(url)
        desk.says("no project yet", "#label-empty")


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
