"""The page Label when things go wrong: no decision is lost, and none counts twice."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from memeclip_core.annotation.decisions.csv_follower import CsvFollower
from memeclip_core.errors import StoreError
from tests.factories.browser import BROWSER_MARKS
from tests.factories.label_page import Desk
from tests.factories.people import add_user
from tests.factories.projects import HOSTILE, make_project
from tests.factories.serving import serving
from tests.factories.studios import build_tiny_studio

pytestmark = BROWSER_MARKS


def test_a_lost_connection_shows_at_once_and_loses_and_doubles_nothing(sit, url, work):
    desk = sit().open(url, work)
    desk.shows("00.png")
    desk.fetched()
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

    desk.page.route("**/decisions", lose, times=1)
    desk.answer()
    desk.says("Saved 1 at ")
    assert len(lost) == 1
    assert work.decided() == work.ids()[:1]
    desk.shows("01.png")


def test_an_undo_whose_answer_gets_lost_is_one_undo(sit, url, work):
    desk = sit().open(url, work)
    for file in ("00.png", "01.png"):
        desk.shows(file)
        desk.answer()
    desk.says("Saved 2 at ")
    desk.shows("02.png")

    def lose(route: Any) -> None:
        route.fetch()  # the server takes it back
        route.abort()

    desk.page.route("**/undo", lose, times=1)
    desk.press("u")
    desk.says("The server cannot be reached.")
    desk.press("u")
    desk.says("Undone at ")
    desk.shows("01.png")
    assert {row["meme"] for row in work.rows("retract")} == {work.ids()[1]}


def test_a_save_that_is_not_in_the_file_yet_says_so(sit, url, work, monkeypatch):
    desk = sit().open(url, work)
    desk.shows("00.png")

    def refuse(follower: CsvFollower) -> None:
        raise StoreError("there is no room")

    monkeypatch.setattr(CsvFollower, "append_new", refuse)
    desk.answer()
    desk.says("Saved 1 at ")
    desk.says("corrections.csv is behind and is tried again by itself.")
    desk.shows("01.png")
    monkeypatch.undo()
    desk.answer()
    desk.says("Saved 2 at ")
    assert "behind" not in desk.page.inner_text("#label-status")
    assert work.decided() == work.ids()[:2]


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
    desk.page.wait_for_selector("#header summary")
    desk.ready().shows("00.png")
    assert desk.chosen() == {"hate": "Hate"}
    desk.press("1", "Tab", "1", "Tab", "1", "Enter")
    desk.says("Saved 1 at ")
    assert work.decided() == work.ids()[:1]


def test_a_second_tab_gets_other_memes_and_learns_what_the_first_saved(sit, url, work):
    one = sit().open(url, work)
    one.shows("00.png")
    one.fetched()
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
    desk.fetched()
    desk.page.route("**/api/v1/**", lambda route: route.fulfill(**gone))
    desk.answer()
    desk.says("You are signed out", "#label-net")
    desk.says("1 decision is kept", "#label-net")
    desk.page.unroute("**/api/v1/**")
    desk.page.click("#label-net button")
    desk.ready().shows("01.png")
    assert work.decided() == work.ids()[:1]


def test_what_one_person_decides_is_never_anothers_who_signs_in_beside_it(sit, url, work):
    desk = sit().open(url, work)
    desk.shows("00.png")
    # As if the sign-in had changed since:
    desk.page.evaluate("(server) => { server.opener.name = 'ada'; }", desk.module("server"))
    desk.answer()
    desk.says("This page was opened by 'ada'", "#label-net")
    desk.says("1 decision is kept", "#label-net")
    assert work.decided() == []


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
    # Else what comes next may be answered first, and the meme that was decided comes after it.
    release = hold_back(desk, "queue/next")
    desk.press("Enter")
    desk.says("label set was changed")
    release()
    desk.shows("00.png")
    assert desk.chosen() == {"hate": "No Hate", "stance": "Against", "humour": "No Humour"}
    assert work.rows("label") == []
    desk.press("Enter")
    desk.says("Saved 1 at ")
    saved = {row["task"]: (row["labels"], row["version"]) for row in work.rows("label")}
    assert saved["stance"] == ("Against", "2")


def hold_back(desk: Desk, verb: str) -> Callable[[], None]:
    """Keep one kind of call from the server, and return what lets it go."""
    held: list[Any] = []
    address = f"**/{verb}"
    desk.page.route(address, lambda route: held.append(route))

    def release() -> None:
        for route in held:
            route.continue_()
        desk.page.unroute(address)

    return release


def slowly(desk: Desk, verb: str, seconds: float = 1.5) -> None:
    """Have the server answer one kind of call late."""

    def wait(route: Any) -> None:
        time.sleep(seconds)
        route.continue_()

    desk.page.route(f"**/{verb}", wait)


def test_other_memes_are_asked_for_once_those_before_are_given_back(sit, url, work):
    desk = sit().open(url, work)
    desk.shows("00.png")
    desk.fetched()
    log: list[str] = []
    page = desk.page
    page.on("response", lambda got: "release" in got.url and log.append("given back"))
    page.on("request", lambda sent: "queue/next" in sent.url and log.append("asked"))
    release = hold_back(desk, "queue/release")
    page.click('.mc-l-chips [data-state="any"]')
    desk.says("The next meme is on its way", "#label-empty")
    release()
    desk.shows("00.png")
    assert log[:2] == ["given back", "asked"]
    page.route("**/queue/release", lambda route: route.abort(), times=1)
    page.click('.mc-l-chips [data-state="pending"]')
    desk.shows("00.png")  # they are kept until their time is over, and for this tab


def test_keys_pressed_while_a_save_is_under_way_count_for_the_next_meme(sit, url, work):
    desk = sit().open(url, work)
    desk.shows("00.png")
    desk.fetched()
    slowly(desk, "decisions")
    desk.answer()
    desk.press("1", "Tab", "3", "Tab", "2", "Enter")
    desk.press("1")
    desk.says("Saved 2 at ")
    assert work.decided() == work.ids()[:2]
    assert work.saved() == {"hate": "No Hate", "stance": "Oppose", "humour": "Humour"}
    desk.shows("02.png")
    assert desk.chosen() == {"hate": "No Hate"}


def test_keys_pressed_while_the_next_meme_comes_are_kept_but_save_nothing_unseen(sit, url, work):
    desk = sit().open(url, work)
    desk.shows("00.png")
    desk.press("s")
    desk.page.wait_for_selector("#label-skip-dialog")
    slowly(desk, "queue/open")
    desk.press("Enter")
    desk.shows("01.png")
    desk.press("Backspace")
    desk.press("2", "Enter")
    desk.shows("00.png")
    desk.page.wait_for_function("document.querySelectorAll('#label-stage input:checked').length")
    assert desk.chosen() == {"hate": "Hate"}
    assert work.rows("label") == []


def test_undo_waits_for_a_save_that_is_under_way_and_leaves_the_choices(sit, url, work):
    desk = sit().open(url, work)
    desk.shows("00.png")
    desk.press("t")
    desk.page.keyboard.type("a note")
    desk.press("Escape")
    slowly(desk, "decisions", 0.7)
    desk.answer()
    desk.press("u")
    desk.says("Undone at ")
    desk.shows("00.png")
    assert desk.chosen() == {"hate": "No Hate", "stance": "Neutral", "humour": "No Humour"}
    assert desk.page.input_value("#label-note") == "a note"
    desk.says("You took your decision back", "#label-marks")
    assert [row["action"] for row in work.rows()] == ["label"] * 3 + ["retract"] * 3
    desk.page.reload()
    desk.ready().shows("00.png")
    assert desk.chosen() == {"hate": "No Hate", "stance": "Neutral", "humour": "No Humour"}


def test_a_decision_that_is_refused_brings_its_meme_back(sit, url, work):
    desk = sit().open(url, work)
    desk.shows("00.png")
    no = {"status": 400, "json": {"detail": "The save is somebody else's."}}
    desk.page.route("**/decisions", lambda route: route.fulfill(**no), times=1)
    desk.answer()
    desk.says("Not saved: The save is somebody else's.")
    desk.shows("00.png")
    assert desk.chosen() == {"hate": "No Hate", "stance": "Neutral", "humour": "No Humour"}
    desk.press("Enter")
    desk.says("Saved 1 at ")
    desk.shows("01.png")


def test_one_for_many_that_is_refused_at_the_next_visit_is_told_and_not_called_kept(sit, url, work):
    desk = sit().open(url, work)
    desk.shows("00.png")
    desk.page.route("**/decisions/many", lambda route: route.abort())
    desk.page.click("#label-mode")
    desk.page.locator("#label-bulk [role=option]").nth(5).click()
    desk.press("1", "Tab", "1", "Tab", "1", "Enter")
    desk.says("1 decision is kept", "#label-net")
    desk.page.goto("about:blank")
    desk.page.unroute("**/decisions/many")
    no = {"status": 400, "json": {"detail": "The save is somebody else's."}}
    desk.page.route("**/decisions/many", lambda route: route.fulfill(**no))
    desk.page.go_back()
    desk.page.wait_for_selector("#header summary")
    desk.ready().says("Not saved: The save is somebody else's.")
    assert "kept" not in desk.page.inner_text("#label-status")


def test_what_another_tab_of_ones_own_holds_is_said_and_can_be_taken_over(sit, url, project):
    work = project(3)
    one = sit().open(url, work)
    one.shows("00.png")
    two = sit().open(url, work)
    two.says("3 memes are open in another tab of yours, until ", "#label-empty")
    assert two.count("pending") == 3
    two.page.click("#label-take")
    two.shows("00.png")
    two.answer()
    two.says("Saved 1 at ")


def test_a_project_that_is_closed_meanwhile_says_so_and_takes_what_is_open(sit, url, work):
    desk = sit().open(url, work)
    desk.shows("00.png")
    work.studio.projects.change(work.admin, work.key, closed=True)
    desk.answer()
    desk.says("was closed meanwhile", "#label-closed")
    desk.page.wait_for_function("document.querySelector('#label-recent li') !== null")
    assert work.decided() == work.ids()[:1]
    if desk.page.is_visible("#label-save"):  # the next one was on the page already
        desk.shows("01.png")
        desk.answer()
    desk.says("is closed: none of its memes is given out", "#label-empty")
    assert work.decided() == work.ids()[: len(work.decided())]
    work.studio.projects.change(work.admin, work.key, closed=False)
    desk.page.click("#label-again")
    desk.page.wait_for_selector("#label-stage img")
    desk.page.wait_for_selector("#label-closed", state="hidden")


def test_two_people_never_get_the_same_meme(sit, tiny_settings, tmp_path, uploads):
    users = tmp_path / "users.yaml"
    for name, role in (("root", "admin"), ("ann", "annotator"), ("bob", "annotator")):
        add_user(users, name=name, role=role, password=f"{name} has a password")
    studio = build_tiny_studio(replace(tiny_settings, auth=users))
    work = make_project(studio, tmp_path / "pictures", count=14)

    with serving(studio) as url:
        ann, bob = (
            sit(own=True).sign_in(url, name, f"{name} has a password") for name in ("ann", "bob")
        )
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
