"""The page in German: every page and an answer with its reasons, and nothing in English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from memeclip_core.api.texts import use
from memeclip_core.app.studio import Studio
from memeclip_core.config import ROOT, Settings
from tests.factories.browser import BROWSER_MARKS, PHONE, WIDE, Visit
from tests.factories.reviewed import make_reviewed
from tests.factories.serving import serving
from tests.factories.studios import build_tiny_studio

pytestmark = BROWSER_MARKS

PAGES: Final = {
    "Analyse": "Analyse",
    "Batch": "Stapel",
    "Label": "Annotieren",
    "Explore": "Erkunden",
    "Review": "Überprüfen",
    "Dashboard": "Übersicht",
    "Projects": "Projekte",
    "Models": "Modelle",
}
_ENGLISH: Final = re.compile(
    r"^.*\b(?:the|of|is|are|with|this|that|and|your|you|not|no|have|has|yet)\b.*$", re.I | re.M
)
_NAMES: Final = re.compile("No hate|No humour")
_KNOWN: Final = re.compile(
    # Hints of classes, Gradio's own words in the browser's language, and what the core says of a
    # collection.
    "for who they are|^Takes no side|eant to be funny|^- or -$|What counts of the decisions|"
    "^No model has looked at these memes"
)


@pytest.fixture
def german(tiny_settings: Settings, uploads: Path) -> Iterator[tuple[Studio, str]]:
    studio = make_reviewed(build_tiny_studio(replace(tiny_settings, language="de")))
    try:
        with serving(studio) as url:
            yield studio, url
    finally:
        use("en", ROOT / "assets")


def find_english(page: Any) -> list[str]:
    """Return the lines of the page that read like English."""
    shown = _NAMES.sub("", page.inner_text("body"))
    lines = (found[0].strip() for found in _ENGLISH.finditer(shown))
    return [line for line in lines if not _KNOWN.search(line)]


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_every_page_speaks_german(
    german: Any, new_tab: Any, size: dict[str, int], upload: Path
) -> None:
    _studio, url = german
    v = Visit(page=new_tab(size, own=True))
    v.open(url)
    v.upload(upload)
    v.answered()
    english = {"an answer": find_english(v.page)}
    for name, title in PAGES.items():
        v.open(url, f"?page={name}")
        v.page.wait_for_timeout(2500)
        assert v.page.locator("html").get_attribute("lang") == "de"
        assert v.page.locator("#pages [role=tab][aria-selected=true]").inner_text() == title
        english[name] = find_english(v.page)
        assert v.overflow() <= 0
    assert [f"{name}: {line}" for name, lines in english.items() for line in lines] == []
