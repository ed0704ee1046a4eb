"""The pages Review and Dashboard in a real Chromium."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from memeclip_core.app.studio import Studio
from memeclip_core.config import Settings
from memeclip_core.records.decision import Person
from tests.factories.browser import BROWSER_MARKS, PHONE, WIDE, Visit
from tests.factories.projects import Work, make_project
from tests.factories.reviewed import KEY, YES, make_reviewed, meme_id
from tests.factories.serving import serving
from tests.factories.studios import build_tiny_studio

pytestmark = BROWSER_MARKS

CALM = 450  # milliseconds after which a key decides a meme that has come into sight


@pytest.fixture
def studio(tiny_studio: Studio) -> Studio:
    return make_reviewed(tiny_studio)


@pytest.fixture
def enter(new_tab: Any) -> Any:
    """Return a way to open an address at one of its pages."""

    def fresh(url: str, tab: str, size: dict[str, int] = WIDE, query: str = "") -> Visit:
        v = Visit(page=new_tab(size))
        v.page.add_init_script(f"localStorage.setItem('memeclip.page', '\"{tab}\"')")
        v.open(url, query)
        return v

    return fresh


@pytest.fixture
def visit(url: str, enter: Any) -> Any:
    """Return a way to open the studio at one of its pages."""
    return partial(enter, url)


def settle(studio: Studio) -> None:
    """Decide the memes in dispute for all, the first of them last."""
    for number in (2, 1):
        meme, save = meme_id(number), f"review-{number:08}"
        studio.review.adjudicate(
            studio.owner(), KEY, save=save, meme=meme, labels=YES, version=1
        )  # fmt: skip


def count_decided(studio: Studio) -> int:
    """Return how often a meme was decided for all; each time is a row for each of four tasks."""
    text = (studio.settings.home / "corrections.csv").read_text(encoding="utf-8")
    return text.count(',"adjudicate",') // 4


def make_dispute(studio: Studio, folder: Path) -> Work:
    """Make a project of one picture and a question of many answers; two people differ."""
    work = make_project(studio, folder / "memes", 1, key="tricks", task_set="propaganda")
    task = studio.projects.project(work.admin, "tricks").tasks.tasks[0]
    for name, labels in (("ann", ()), ("bob", task.names[:1])):
        studio.queue.save(
            Person(name=name, role="annotator"), "tricks", save=f"save-{name}",
            meme=work.ids()[0], labels={task.key: labels}, version=1,
        )  # fmt: skip
    return work


def test_a_dispute_is_decided_and_a_decision_goes_back(visit: Any, studio: Studio) -> None:
    page = visit("Review").page
    page.wait_for_selector(f'#review-case [data-meme="{meme_id(1)}"]')
    # Target is asked only where the meme is hateful; everybody says that it is meant as humour.
    page.locator("fieldset[data-task=target]:disabled").wait_for()
    assert page.locator("fieldset[data-task=humour] input:checked").input_value() == "Humour"

    row = page.locator("#review-case tbody tr", has_text="Oppose")
    row.locator("button[data-act=use]").click()
    page.locator("fieldset[data-task=target]:not(:disabled)").wait_for()
    row.locator("summary").click()
    row.locator("input").fill("no, not this one")
    page.locator("#review-case textarea").fill("clear once read aloud")
    page.locator("button[data-act=adjudicate]").dblclick()

    page.wait_for_selector(f'#review-case [data-meme="{meme_id(2)}"]')
    page.locator("#review-message .mc-message").wait_for()
    # Nothing that was chosen or typed for one meme is left over for the next.
    assert page.locator("#review-case textarea").input_value() == ""
    assert page.locator("fieldset[data-task=stance] input:checked").count() == 0
    assert page.locator("fieldset[data-task=hate] input:checked").input_value() == "Hate"
    assert page.locator("#review-case details[open]").count() == 0
    assert {box.input_value() for box in page.locator(".mc-ways input").all()} == {""}
    (case,) = studio.review.disagreements(studio.owner(), KEY, which="adjudicated").cases
    assert case.adjudicated is not None
    assert (case.adjudicated.labels, case.adjudicated.note) == (YES, "clear once read aloud")
    assert case.adjudicated.seconds is not None
    assert count_decided(studio) == 1

    row = page.locator("#review-case tbody tr").first
    row.locator("summary").click()
    row.locator("input").fill("look at the second line")
    row.locator("button[data-act=send-back]").click()
    page.locator("#review-message", has_text="Sent back").wait_for()
    # With one decision left, the meme is in dispute no more.
    page.locator("#review-cases", has_text="Nothing is in dispute").wait_for()
    assert len(studio.review.case(studio.owner(), KEY, meme_id(2)).votes) == 1


def test_keys_decide_the_next_meme_comes_at_once_and_u_takes_back(
    visit: Any, studio: Studio
) -> None:
    page = visit("Review").page
    page.wait_for_selector(f'#review-case [data-meme="{meme_id(1)}"]')
    held: list[Any] = []
    page.route("**/gradio_api/queue/join*", lambda route: held.append(route))
    page.wait_for_timeout(CALM)
    for key in ("2", "1", "1", "Enter"):  # hateful, target, stance; humour is filled in
        page.keyboard.press(key)
    page.wait_for_selector(f'#review-case [data-meme="{meme_id(2)}"]')  # Gradio has said nothing
    decided = studio.review.disagreements(studio.owner(), KEY, which="adjudicated")
    assert [case.meme.id for case in decided.cases] == [meme_id(1)]
    page.keyboard.press("3")  # what is chosen meanwhile stays
    for route in held:
        route.continue_()
    page.unroute("**/gradio_api/queue/join*")
    page.locator("#review-message", has_text="Decided for all").wait_for()
    stance = page.locator("fieldset[data-task=stance] input")
    assert (page.locator("article.mc-case").count(), stance.nth(2).is_checked()) == (1, True)

    page.keyboard.press("u")
    page.locator("#review-message", has_text="Taken back").wait_for()
    page.wait_for_selector(f'#review-case [data-meme="{meme_id(1)}"]')
    assert studio.review.disagreements(studio.owner(), KEY, which="adjudicated").total == 0
    page.keyboard.press("n")
    page.wait_for_selector(f'#review-case [data-meme="{meme_id(2)}"]')
    page.keyboard.press("p")
    page.wait_for_selector(f'#review-case [data-meme="{meme_id(1)}"]')
    page.locator("#review-cases tr", has_text="2.png").locator("td").last.click()
    page.wait_for_selector(f'#review-case [data-meme="{meme_id(2)}"]')


@pytest.mark.parametrize("which", ["Open comments", "Decided"])
def test_lists_that_keep_what_is_decided_go_on_to_the_next_meme(
    visit: Any, studio: Studio, which: str
) -> None:
    settle(studio)
    for number in (1, 2):
        meme, save = meme_id(number), f"comment-{number:08}"
        studio.comments.say(studio.owner(), KEY, save=save, meme=meme, text="Look again.")
    page = visit("Review").page
    page.locator("#review-which label", has_text=which).click()
    page.wait_for_selector(f'#review-case [data-meme="{meme_id(1)}"]')
    page.locator("button[data-act=adjudicate]").click()
    page.locator("#review-message", has_text="Decided for all").wait_for()
    page.locator("#review-position", has_text="2 of 2").wait_for()
    assert page.locator("article.mc-case").get_attribute("data-meme") == meme_id(2)


def test_what_was_begun_stays_with_its_meme_until_it_is_decided(visit: Any, studio: Studio) -> None:
    ann = Person(name="ann", role="annotator")
    studio.queue.flag(ann, KEY, save="flag-0001", meme=meme_id(1), on=True, reason="is it whole?")
    page = visit("Review").page

    def shows(number: int, note: str) -> None:
        page.wait_for_selector(f'#review-case [data-meme="{meme_id(number)}"]')
        assert page.locator("#review-case textarea").input_value() == note
        hate = page.locator("fieldset[data-task=hate] input:checked")
        assert hate.count() == (number == 2 or bool(note))  # of the second, everybody said it

    shows(1, "")
    page.locator("fieldset[data-task=hate] label").nth(1).click()
    page.locator("#review-case textarea").fill("half a thought")
    page.locator("#review-forward").click()
    shows(2, "")
    page.locator("#review-back").click()
    shows(1, "half a thought")
    page.locator(".mc-flags input").fill("it is")
    page.locator("button[data-act=resolve]").click()
    page.locator("#review-case .mc-flags").wait_for(state="detached")
    shows(1, "half a thought")
    page.reload()
    shows(1, "half a thought")
    for task in ("target", "stance"):
        page.locator(f"fieldset[data-task={task}] label").first.click()
    page.locator("button[data-act=adjudicate]").click()
    shows(2, "")
    page.locator("#review-message button[data-act=undo]").click()
    shows(1, "half a thought")
    page.locator("button[data-act=adjudicate]").click()
    shows(2, "")
    page.locator("#review-message", has_text="Decided for all").wait_for()
    page.locator("#review-which label", has_text="Decided").click()
    page.wait_for_selector(f'#review-case [data-meme="{meme_id(1)}"]')
    assert page.locator("#review-case textarea").input_value() == ""


AGAIN = """([element, key]) => new MutationObserver((_, watch) => {
  if (element.querySelector("[data-meme]").dataset.meme === globalThis.first) return;
  watch.disconnect();
  document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
}).observe(element, { childList: true, subtree: true })"""
"""Press a key as soon as another meme is in sight."""


def test_a_key_that_is_pressed_twice_decides_one_meme(visit: Any, studio: Studio) -> None:
    settle(studio)  # every answer is filled in
    page = visit("Review").page
    page.locator("#review-which label", has_text="Decided").click()
    page.wait_for_selector(f'#review-case [data-meme="{meme_id(1)}"]')
    page.evaluate("(meme) => { globalThis.first = meme; }", meme_id(1))
    page.evaluate(AGAIN, [page.locator("#review-case").element_handle(), "Enter"])
    page.wait_for_timeout(CALM)
    page.keyboard.press("Enter")
    page.locator("#review-message", has_text="Decided for all").wait_for()
    page.locator("#review-position", has_text="2 of 2").wait_for()
    assert count_decided(studio) == 3
    page.wait_for_timeout(CALM)
    page.keyboard.press("Enter")
    page.locator("#review-position", has_text="1 of 2").wait_for()
    assert count_decided(studio) == 4


def test_none_of_these_is_a_choice_and_no_answer_is_none(
    visit: Any, studio: Studio, tmp_path: Path
) -> None:
    work = make_dispute(studio, tmp_path)
    meme = work.ids()[0]
    page = visit("Review").page
    page.wait_for_selector(f'#review-case [data-meme="{meme}"]')
    assert page.locator("form.mc-decide input:checked").count() == 0
    page.locator("button[data-act=adjudicate]").click()
    page.locator(".mc-missing", has_text="is not answered yet").wait_for()
    assert work.rows("adjudicate") == []
    page.locator("form.mc-decide label").nth(0).click()
    page.locator("form.mc-decide label", has_text="None of these").click()
    assert page.locator("form.mc-decide input:checked").count() == 1
    page.locator("button[data-act=adjudicate]").click()
    page.locator("#review-cases", has_text="Nothing is in dispute").wait_for()
    assert [row["labels"] for row in work.rows("adjudicate")] == [""]


def test_every_answer_has_keys_which_are_those_of_label(
    visit: Any, studio: Studio, tmp_path: Path
) -> None:
    work = make_dispute(studio, tmp_path)
    page = visit("Review").page
    page.wait_for_selector("#review-case form.mc-decide")
    boxes = page.locator("form.mc-decide input")

    def press(*keys: str) -> list[int]:
        for key in keys:
            page.keyboard.press(key)
        return [n for n in range(boxes.count()) if boxes.nth(n).is_checked()]

    assert press("m", "2") == [21]
    assert press("m", "3") == [22]  # none of these
    assert press("Shift+Digit1", "2") == [1, 10]
    changed = "{pick1: 'q', pick3: 'x', save: 'e', undo: 'b'}"
    page.evaluate(f"localStorage.setItem('memeclip.label.keys', JSON.stringify({changed}))")
    page.reload()
    page.locator("form.mc-decide kbd", has_text="q").first.wait_for()
    assert page.locator("form.mc-decide kbd").nth(10).inner_text() == "⇧q"
    page.wait_for_timeout(CALM)
    assert press("1", "Enter", "u") == [1, 10]
    assert work.rows("adjudicate") == []
    assert press("q", "x") == [0, 1, 2, 10]
    page.keyboard.press("e")
    page.locator("#review-cases", has_text="Nothing is in dispute").wait_for()
    assert len(work.rows("adjudicate")) == 1
    page.locator("#review-message kbd", has_text="b").wait_for()
    page.keyboard.press("b")
    page.locator("#review-message", has_text="Taken back").wait_for()


def test_a_flag_is_resolved_with_a_reason(visit: Any, studio: Studio) -> None:
    ann = Person(name="ann", role="annotator")
    studio.queue.flag(ann, KEY, save="flag-0001", meme=meme_id(0), on=True, reason="is this whole?")
    page = visit("Review").page
    page.locator("#review-which label", has_text="Flagged").click()
    page.wait_for_selector(f'#review-case [data-meme="{meme_id(0)}"]')
    page.locator("button[data-act=resolve]").click()
    page.locator(".mc-flags .mc-missing", has_text="what came of the flag").wait_for()
    page.locator(".mc-flags input").fill("it is")
    page.locator("button[data-act=resolve]:not(:disabled)").click()
    page.locator("#review-cases", has_text="Nobody has flagged a meme").wait_for()
    page.locator("#review-message", has_text="No flag is open any more").wait_for()


def test_numbers_of_another_project_never_stand_under_a_projects_name(
    visit: Any, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio.projects.create(studio.owner(), key="dogs", title="Dogs", task_set="pridemm")
    agreement = studio.review.agreement

    def slow(who: Person, project: str) -> Any:
        if project == KEY:
            time.sleep(3)
        return agreement(who, project)

    monkeypatch.setattr(studio.review, "agreement", slow)
    page = visit("Review").page
    page.locator("#review-project input").click()
    page.get_by_role("option", name="Cats").click()
    page.locator("#review-agreement", has_text="numbers of “Cats” are being added up").wait_for()
    page.locator("#review-project input").click()
    page.get_by_role("option", name="Dogs").click()
    page.locator("#review-agreement", has_text="Nobody has labelled").wait_for()
    page.wait_for_timeout(4000)  # the numbers of the first project come late
    assert "Nobody has labelled" in page.inner_text("#review-agreement")


def test_names_are_hidden_until_asked(visit: Any) -> None:
    page = visit("Review").page
    page.wait_for_selector("#review-case article")
    assert "ann" not in page.locator("#review-case tbody").inner_text().split()
    page.locator("#review-blind input").click()
    page.locator("#review-case tbody strong", has_text="ann").first.wait_for()


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_both_pages_fit_and_show_their_figures(
    visit: Any, size: dict[str, int], theme: str
) -> None:
    review = visit("Review", size, f"?__theme={theme}")
    review.page.locator("#review-quality", has_text="Measured by").wait_for()
    assert review.overflow() <= 0
    board = visit("Analyse", size, f"?__theme={theme}")
    board.tab("Dashboard")
    board.page.wait_for_selector("#dashboard-labels-3 .js-plotly-plot .bars .point")
    board.page.wait_for_selector("#dashboard-agreeing .js-plotly-plot .legend")
    assert board.overflow() <= 0
    assert "of 4 memes labelled" in board.page.locator("#dashboard-progress").inner_text()


SMALL = """[...document.querySelectorAll("#review-case :is(button, summary, fieldset label), "
    + "#page-review :is(.mc-turner > button, .mc-segments label)")]
  .filter((e) => e.offsetParent && e.getBoundingClientRect().height < 44).length"""


def test_on_a_phone_the_picture_stays_in_sight_and_what_is_pressed_is_large(
    visit: Any, studio: Studio, tmp_path: Path
) -> None:
    make_dispute(studio, tmp_path)
    review = visit("Review", PHONE)
    page = review.page
    page.wait_for_selector("#review-case .mc-frame img")
    page.locator("button[data-act=adjudicate]").scroll_into_view_if_needed()
    found = page.locator("#review-case .mc-picture").bounding_box()
    assert found is not None and 0 <= found["y"] < 20 and found["height"] < 844 * 0.45
    assert page.evaluate(SMALL) == 0
    assert review.overflow() <= 0


def test_one_persons_part(visit: Any) -> None:
    page = visit("Dashboard").page
    page.wait_for_selector("#dashboard-progress ul")
    page.locator("#dashboard-person input").click()
    page.get_by_role("option", name="bob").click()
    page.locator("#dashboard-agreeing").wait_for(state="hidden")
    assert "ann" not in page.locator("#dashboard-people tbody").inner_text()


def test_pages_that_a_visitor_cannot_use_are_not_offered(
    enter: Any, tiny_settings: Settings, uploads: Path
) -> None:
    public = build_tiny_studio(replace(tiny_settings, host="0.0.0.0"))
    with serving(public) as url:
        page = enter(url, "Models").page
        page.locator("#retrain-reason", has_text="This page only predicts").wait_for()
        names = page.locator("#pages [role=tab]:visible").all_inner_texts()
        assert [name.strip() for name in names] == ["Analyse", "Batch", "Models"]
