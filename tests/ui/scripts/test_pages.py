"""Pages go by their English names in addresses and in memory, whatever they are called."""

from __future__ import annotations

import json

import pytest

from tests.factories.browser import BROWSER_MARKS
from tests.ui.scripts.conftest import Small

pytestmark = BROWSER_MARKS

TABS = """document.body.innerHTML = `<div class="mc-top"></div><div id="pages">
<div class="tab-wrapper"><div>${given.map((name) => `<button>${name} </button>`).join("")}
</div></div></div>`;
const pressed = [];
document.querySelectorAll("button").forEach((tab) =>
  tab.addEventListener("click", () => pressed.push(tab.textContent.trim())));
"""
SEEN = """return [pressed, memory.everywhere.get("page"), document.body.dataset.page,
  document.querySelector(".mc-reason")?.textContent ?? null];"""
GERMAN = {"Label": "Annotieren", "Review": "Überprüfen"}


def speak(small: Small, texts: dict[str, str]) -> None:
    body = f'export const language = "de";\nexport const texts = {json.dumps(texts)};'
    small.page.route(
        "**/ui/catalogue.js",
        lambda route: route.fulfill(body=body, content_type="text/javascript"),
    )
    small.reload()


@pytest.mark.parametrize("asked", ["Label", "label", "Annotieren"])
def test_a_page_is_found_by_its_english_name_and_by_its_own(small: Small, asked: str) -> None:
    speak(small, GERMAN)
    seen = small.run(
        "pages memory", f"{TABS} pages.goTo({json.dumps(asked)}, 0); {SEEN}", list(GERMAN.values())
    )
    assert seen == [["Annotieren"], "Label", "label", None]


def test_in_english_a_page_is_called_as_it_was(small: Small) -> None:
    seen = small.run("pages memory", f'{TABS} pages.goTo("review", 0); {SEEN}', list(GERMAN))
    assert seen == [["Review"], "Review", "review", None]


def test_a_page_that_is_not_there_is_named_with_those_that_are(small: Small) -> None:
    seen = small.run("pages memory", f'{TABS} pages.goTo("x", 0, "x"); {SEEN}', list(GERMAN))
    assert seen[-1] == (
        "The address asks for the page “x”, which is not offered here. Pages: Label, Review."
    )
