"""The qualification round on the page Label: failed, tried again and passed by keys alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from memeclip_core.app.studio import Studio
from memeclip_core.config import Settings
from tests.factories.browser import BROWSER_MARKS
from tests.factories.label_page import LABELS, Desk
from tests.factories.people import add_user
from tests.factories.projects import Work, make_project
from tests.factories.serving import serving
from tests.factories.studios import build_tiny_studio

pytestmark = BROWSER_MARKS

GOLD = {"hate": ("No Hate",), "stance": ("Neutral",), "humour": ("No Humour",)}
"""What ``Desk.answer`` chooses; the first four memes of the project have it as their gold."""
WRONG = ("1", "Tab", "2", "Tab", "1", "Enter")


def make_round(studio: Studio, folder: Path) -> Work:
    """Make a project that asks for two gold memes, all right, in two tries."""
    work = make_project(studio, folder)
    store = studio.projects._store
    rows = store.memes(work.key).rows[:4]
    store.add(work.key, [replace(row, given=GOLD, gold=True) for row in rows])
    studio.projects.change(work.admin, work.key, qualify=2, qualify_share=1.0, qualify_tries=2)
    return work


@pytest.fixture
def served(tiny_settings: Settings, tmp_path: Path, uploads: Path) -> Iterator[tuple[Work, str]]:
    users = tmp_path / "users.yaml"
    for name, role in (("root", "admin"), ("ann", "annotator")):
        add_user(users, name=name, role=role, password=f"{name} has a password")
    studio = build_tiny_studio(replace(tiny_settings, auth=users))
    work = make_round(studio, tmp_path / "pictures")
    with serving(studio) as url:
        yield work, url


def sign_in(sit: Any, url: str) -> Desk:
    desk: Desk = sit(own=True)
    return desk.sign_in(url, "ann", "ann has a password")


def file_of(desk: Desk) -> str:
    return desk.page.locator("#label-stage figcaption span").first.inner_text().split(" ")[0]


def test_an_annotator_fails_tries_again_passes_and_labels_on_by_keys(sit, served):
    work, url = served
    desk = sign_in(sit, url)
    desk.says("0 of 2 gold memes answered; 100 % of the answers must be right.", "#label-asked")
    desk.says("This is try 1 of 2.", "#label-asked")
    desk.says("In a qualification round none is skipped", ".mc-l-care")
    seen = [file_of(desk)]
    desk.press(*WRONG)
    desk.says("Wrong. Stance: you said Support; the gold says Neutral", "#label-told")
    assert desk.page.locator("#label-told li[data-right=true]").count() == 2
    # Nothing can be chosen any more, and nothing but going on is offered.
    desk.press("2", "s", "u")
    desk.says("So far 2 of 3 answers right.", "#label-told")
    assert desk.page.locator("#label-stage .mc-l-buttons button").all_inner_texts() == [
        "Next meme\n⏎"
    ]
    desk.press("Enter")
    desk.page.wait_for_selector("#label-told", state="hidden")
    desk.says("1 of 2 gold memes answered", "#label-asked")
    seen.append(file_of(desk))
    desk.answer()
    desk.says(
        "Not passed: 5 of 6 answers right. You can try again once, with other memes.",
        "#label-told",
    )
    desk.press("Enter")
    desk.says("This is try 2 of 2.", "#label-asked")
    for _ in range(2):
        desk.page.wait_for_selector("#label-told", state="hidden")
        seen.append(file_of(desk))
        desk.answer()
        desk.page.wait_for_selector("#label-told", state="visible")
        if len(seen) < 4:
            desk.press("Enter")
    assert sorted(seen) == [f"{n:02}.png" for n in range(4)]
    desk.says("You have passed: 6 of 6 answers right. Your own queue comes next.", "#label-told")
    desk.press("Enter")
    desk.shows("00.png")
    assert desk.page.locator("#label-asked").is_hidden()
    desk.says("Skip whatever you do not want to look at", ".mc-l-care")
    assert work.rows() == []
    desk.answer()
    desk.says("Saved 1 at ")
    assert work.decided() == work.ids()[:1]


def test_an_answer_waits_for_the_server_and_counts_once_from_two_browsers(sit, served):
    work, url = served
    desk = sign_in(sit, url)
    other = sign_in(sit, url)
    first = file_of(desk)
    assert file_of(other) == first
    desk.page.context.set_offline(True)
    desk.answer()
    desk.says("kept in this browser and sent", "#label-net")
    desk.press("Enter")
    desk.says("Your answer is on its way to the server.")
    assert desk.page.locator("#label-told").is_hidden()
    desk.page.context.set_offline(False)
    desk.says("So far 3 of 3 answers right.", "#label-told")
    other.press(*WRONG)
    other.says("your first answer counts", "#label-told")
    other.says("So far 3 of 3 answers right.", "#label-told")
    (one,) = work.studio.team.qualification.results(work.admin, work.key)
    assert (one.answered, one.hits, one.asked) == (1, 3, 3)


def chosen_answers(desk: Desk) -> dict[str, str]:
    """Return what is chosen on the page, once the first meme's picture is there."""
    desk.page.wait_for_selector("#label-stage img")
    return desk.chosen()


@pytest.mark.parametrize("heard", [True, False])
def test_a_reload_while_an_answer_is_sent_loses_nothing_of_what_the_gold_says(sit, served, heard):
    work, url = served
    desk = sign_in(sit, url)
    first = file_of(desk)
    held: list[Any] = []

    def hold(route: Any) -> None:
        if heard:
            route.fetch()  # the server has it, and its answer never comes
        held.append(route)

    desk.page.route("**/decisions", hold, times=1)
    desk.press(*WRONG)
    while not held:
        desk.page.wait_for_timeout(20)
    desk.page.reload()
    desk.ready()
    desk.says("Wrong. Stance: you said Support; the gold says Neutral", "#label-told")
    assert file_of(desk) == first
    assert chosen_answers(desk) == {"hate": "No Hate", "stance": "Support", "humour": "No Humour"}
    # What is told stays until one goes on, and is not told again after that.
    desk.page.reload()
    desk.ready().says("So far 2 of 3 answers right.", "#label-told")
    desk.press("2", "Enter")
    desk.page.wait_for_selector("#label-told", state="hidden")
    desk.says("1 of 2 gold memes answered", "#label-asked")
    second = file_of(desk)
    assert second != first
    desk.page.reload()
    assert file_of(desk.ready()) == second
    assert desk.page.locator("#label-told").is_hidden()
    (one,) = work.studio.team.qualification.results(work.admin, work.key)
    assert (one.answered, one.hits, one.asked) == (1, 2, 3)


def test_what_the_gold_says_is_there_when_the_tab_was_closed_before_it_was_read(sit, served):
    url = served[1]
    desk = sign_in(sit, url)
    first, context = file_of(desk), desk.page.context
    desk.press(*WRONG)
    desk.says("the gold says Neutral", "#label-told")
    desk.page.close()
    again = Desk(page=context.new_page()).open(url)
    again.says("Wrong. Stance: you said Support; the gold says Neutral", "#label-told")
    assert file_of(again) == first
    again.press("Enter")
    again.page.wait_for_selector("#label-told", state="hidden")
    again.says("1 of 2 gold memes answered", "#label-asked")
    assert file_of(again) != first


def test_an_answer_that_the_server_cannot_take_after_a_reload_is_told_when_it_can(sit, served):
    url = served[1]
    desk = sign_in(sit, url)
    first = file_of(desk)
    busy = {"status": 503, "json": {"detail": "The disk is full."}}
    desk.page.route("**/decisions", lambda route: route.fulfill(**busy))
    desk.answer()
    desk.says("The disk is full.", "#label-net")
    desk.page.reload()
    desk.ready().says("The disk is full.", "#label-net")
    assert file_of(desk) == first
    assert chosen_answers(desk) == LABELS
    desk.press("Enter")
    desk.says("Your answer is on its way to the server.")
    desk.page.unroute("**/decisions")
    desk.page.click("#label-net button")
    desk.says("So far 3 of 3 answers right.", "#label-told")
    assert "You began this one" not in desk.page.inner_text("#label-marks")


def test_whoever_has_no_try_left_reads_what_to_do(sit, served):
    work, url = served
    work.studio.projects.change(work.admin, work.key, qualify=1, qualify_tries=1)
    desk = sign_in(sit, url)
    desk.press(*WRONG)
    desk.says("No try is left; an admin can let you try again.", "#label-told")
    desk.press("Enter")
    desk.says("You did not pass the qualification round of this project.", "#label-empty")
    work.studio.team.qualification.let_pass(work.admin, work.key, ["ann"])
    desk.page.click("#label-again")
    desk.shows("00.png")
