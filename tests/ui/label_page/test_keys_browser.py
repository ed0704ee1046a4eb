"""The page Label by its keys: answers, notes, suggestions, and keys that are changed."""

from __future__ import annotations

from tests.factories.browser import BROWSER_MARKS
from tests.factories.label_page import LABELS

pytestmark = BROWSER_MARKS


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
