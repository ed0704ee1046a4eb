"""The loop in a real Chromium: a job's log, classes, memes that flip, the plot."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from memeclip_core.app.studio import Studio
from memeclip_core.models import retraining_steps
from tests.factories.browser import BROWSER_MARKS, PHONE, Visit, find_barriers
from tests.factories.projects import make_cats
from tests.factories.studios import draw_png

pytestmark = BROWSER_MARKS

HATE = {"hate": ("Hate",), "target": ("Individual",), "stance": ("Oppose",), "humour": ("Humour",)}
NO_HATE = {"hate": ("No Hate",), "stance": ("Neutral",), "humour": ("No Humour",)}


@pytest.fixture
def studio(tiny_studio: Studio, monkeypatch: pytest.MonkeyPatch) -> Studio:
    """Return a studio whose next candidate answers every held-out meme the other way round."""
    decide = retraining_steps.decide_task

    def opposite(model: Any, task: str, rows: Any) -> Any:
        labels, decisions = decide(model, task, rows)
        return labels, decisions[:, ::-1] if model.origin == "retrained" else decisions

    monkeypatch.setattr(retraining_steps, "decide_task", opposite)
    who = tiny_studio.owner()
    for number in range(12):
        data = draw_png((number, 20, 30), (320, 240))
        text = sha256(data).hexdigest()
        seen = tiny_studio.predict(data, "a.png", task_set="pridemm", text=text)
        labels = HATE if number % 2 else NO_HATE
        tiny_studio.correct(who, prediction=seen, data=data, labels=labels)
    return tiny_studio


@pytest.fixture
def visit(url: str, new_tab: Any) -> Visit:
    """Return a page on the studio."""
    visited = Visit(page=new_tab())
    visited.open(url)
    return visited


def test_from_a_retraining_to_a_look_at_what_it_would_change(visit: Visit) -> None:
    page = visit.page
    visit.tab("Models")
    visit.says("#scoring", "No version was measured yet")
    assert page.locator("#scores .js-plotly-plot").count() == 0
    page.click("#retrain")
    visit.says("#candidate", "beside")
    page.wait_for_selector("#scores .js-plotly-plot .point", state="attached")
    page.locator(".mc-log summary").first.click()
    visit.says(".mc-log pre", "pridemm-fake-r1 is written and waits for a verdict")
    page.locator(".mc-classes summary").first.click()
    visit.says(".mc-classes[open] table", "No hate")

    page.get_by_role("button", name="Changed answers").click()
    page.locator("#flips button[data-index]").first.click()
    frame = page.locator("#flip .mc-frame")
    frame.wait_for()
    filtered = "getComputedStyle(document.querySelector('#flip img')).filter"
    assert "blur" in page.evaluate(filtered)
    frame.focus()
    page.wait_for_function(f"{filtered} === 'none'")
    page.locator("#promote").focus()
    assert page.evaluate(filtered) == "none"  # it stays shown while one reads on
    page.keyboard.press("v")
    page.wait_for_function(f"{filtered}.includes('blur')")

    although = page.locator("#although-worse input")
    if although.is_visible():
        page.click("#promote")
        visit.says("#models-message", "clearly worse")
        although.check()
    page.click("#promote")
    visit.says("#models-message", "answers from now on")
    visit.says("#candidate", "No candidate is waiting")
    page.locator("#flips").wait_for(state="hidden")
    assert page.locator("#flip .mc-frame").count() == 0


def test_a_phone_needs_no_sideways_scrolling_with_everything_open(visit: Visit) -> None:
    page = visit.page
    visit.tab("Models")
    page.click("#retrain")
    visit.says("#candidate", "beside")
    page.get_by_role("button", name="Changed answers").click()
    page.locator("#flips button[data-index]").first.click()
    page.locator("#flip .mc-frame").wait_for()
    for summary in page.locator("summary").all():
        if summary.is_visible():
            summary.click()
    page.set_viewport_size(PHONE)
    assert visit.overflow() <= 0


def test_a_retraining_that_begins_by_itself_appears_on_an_open_page(
    visit: Visit, studio: Studio, tmp_path: Path
) -> None:
    who = studio.owner()
    make_cats(studio, tmp_path / "in", 2, retrain_every=1)
    visit.tab("Models")
    visit.says("#counters", "the next begins by itself in 1")
    (item,) = studio.queue.next(who, "cats", count=1, client="tab")
    studio.queue.save(
        who,
        "cats",
        save="the-save-that-does-it",
        meme=item.meme.id,
        labels=NO_HATE,
        version=item.version,
    )
    visit.says("#jobs", "every 1 decisions")
    visit.says("#candidate", "beside")


def test_two_models_are_compared_and_a_number_opens_its_rows_by_keyboard(visit: Visit) -> None:
    page = visit.page
    visit.tab("Models")
    page.locator("#models-tasks label").nth(1).click()
    visit.says("#compare-first", "First model")
    page.wait_for_function("document.querySelector('#compare-first input').value.includes('prop')")
    page.click("#compare-start")
    visit.says("#compare-said", "has trained on none of them")
    visit.says("#compare-changed", "Both models answer every row alike")
    cells = page.locator("#compare-confusion button[data-index]")
    place, n = next(
        (i, int(text)) for i, text in enumerate(cells.all_inner_texts()) if int(text) > 1
    )
    cells.nth(place).focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#compare-behind li")
    assert page.locator("#compare-behind li").count() == n
    assert find_barriers(page) == []
    slider = page.locator("#compare-thresholds input[type=range]")
    slider.focus()
    page.keyboard.press("Home")
    visit.says("[data-cell=threshold]", "0.02")
    low = page.inner_text("[data-cell=recall-0]")
    page.keyboard.press("End")
    visit.says("[data-cell=threshold]", "0.98")
    assert float(low) > float(page.inner_text("[data-cell=recall-0]"))
    assert slider.get_attribute("aria-valuetext") == "0.98"
