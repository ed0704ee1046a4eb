"""What a screen reader says: of Gradio's widgets, of results, of long work, and of dialogs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from memeclip_core.app.studio import Studio
from tests.factories.browser import BROWSER_MARKS, Visit, find_nameless, heard, listen
from tests.factories.reviewed import make_reviewed

pytestmark = BROWSER_MARKS

STEPS = """async () => {
  const page = await memeclip;
  const place = document.querySelector("#pages").appendChild(document.createElement("div"));
  page.follow(place);
  const draw = (state, done) => {
    place.innerHTML = `<section class="mc-job" data-kind="import" data-state="${state}">`
      + `<h3>${state}</h3><p>${done} of 9</p></section>`;
    return new Promise((then) => setTimeout(then, 400));
  };
  for (const done of [1, 2, 3]) await draw("running", done);
  await draw("done", 9);
  await draw("done", 9);
}"""


@pytest.fixture
def studio(tiny_studio: Studio) -> Studio:
    return make_reviewed(tiny_studio)


def test_widgets_say_what_they_are(visit: Any, url: str) -> None:
    v: Visit = visit()
    v.open(url, "?page=Projects")
    v.page.locator("#pages").get_by_role("tabpanel", name="Projects").wait_for()
    folded = v.page.get_by_role("button", name="New project", exact=True)
    folded.and_(v.page.locator("[aria-expanded=false]")).wait_for()
    folded.click()
    folded.and_(v.page.locator("[aria-expanded=true]")).wait_for()
    v.page.get_by_role("button", name="Images, a zip or a dataset: Click to upload").wait_for()
    v.tab("Models")
    v.page.get_by_role("group", name="Task set").first.wait_for()


def test_answers_are_said_once(visit: Any, url: str, upload: Path) -> None:
    v: Visit = visit()
    v.open(url)
    listen(v.page)
    v.upload(upload)
    v.answered()
    said = [one for one in heard(v.page, "Hateful?, ") if "Hateful?, " in one]
    assert len(said) == 1
    assert "Stance, " in said[0] and " %" in said[0]
    assert find_nameless(v.page) == []
    v.page.click(".mc-ask >> nth=1")
    said = heard(v.page, "Why “")
    assert len([one for one in said if one.startswith("Why “")]) == 1
    v.page.click("#why-words")
    assert len([one for one in heard(v.page, "Words for “") if "Words for" in one]) == 1


def test_long_work_is_said_when_it_begins_and_ends(visit: Any, url: str) -> None:
    v: Visit = visit()
    v.open(url)
    listen(v.page)
    v.page.evaluate(STEPS)
    assert heard(v.page, "done") == ["running", "done"]


def test_a_picture_that_is_covered_is_not_read(visit: Any, url: str, upload: Path) -> None:
    v: Visit = visit()
    v.open(url)
    v.upload(upload)
    v.answered()
    picture = v.page.get_by_role("img", name="The meme upload.png")
    picture.wait_for()
    v.page.check("#blur input")
    picture.wait_for(state="detached")
    v.page.focus("#picture .mc-frame")  # shows it
    picture.wait_for()
    v.page.uncheck("#blur input")
    picture.wait_for()


def test_a_dialog_takes_the_focus_and_gives_it_back(visit: Any, url: str) -> None:
    v: Visit = visit()
    v.open(url, "?page=Label")
    v.page.locator("#label-stage fieldset").first.wait_for()
    for opener, name in (("#label-keys", "Keys"), ("#label-history-open", "History of this meme")):
        v.page.focus(opener)
        v.page.keyboard.press("Enter")
        dialog = v.page.get_by_role("dialog", name=name)
        dialog.wait_for()
        assert dialog.evaluate("(node) => node.contains(document.activeElement)")
        assert find_nameless(v.page) == []
        v.page.keyboard.press("Escape")
        dialog.wait_for(state="detached")
        assert v.page.evaluate("`#${document.activeElement.id}`") == opener
