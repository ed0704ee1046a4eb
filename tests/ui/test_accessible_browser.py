"""What axe-core has to say of every page: nothing, in light and in dark, wide and narrow."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from memeclip_core.app.studio import Studio
from memeclip_core.config import Settings
from tests.factories.browser import (
    BROWSER_MARKS,
    PHONE,
    WIDE,
    Visit,
    find_barriers,
    find_nameless,
)
from tests.factories.reviewed import make_reviewed
from tests.factories.studios import build_tiny_studio

pytestmark = BROWSER_MARKS


@pytest.fixture
def studio(tiny_studio: Studio) -> Studio:
    return make_reviewed(tiny_studio)


@pytest.mark.parametrize(
    ("scheme", "size"), [("light", WIDE), ("dark", WIDE), ("light", PHONE)], ids=str
)
def test_no_page_keeps_anybody_out(
    new_tab: Any, url: str, upload: Path, scheme: str, size: dict[str, int]
) -> None:
    visit = Visit(page=new_tab(size, own=True))
    page = visit.page
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    barriers = {}
    visit.open(url, warned=False)
    page.wait_for_selector("dialog[open]")
    barriers["warning"] = find_barriers(page)
    page.click("dialog button[value=plain]")
    barriers["nothing open"] = find_barriers(page)
    visit.upload(upload)
    visit.answered()
    page.evaluate("scrollTo(0, document.body.scrollHeight)")  # the bar with Save covers nothing
    barriers["Analyse"] = find_barriers(page)
    shown = {
        "Batch": "#batch-files",
        "Label": "#label-stage fieldset",
        "Review": "#page-review .mc-agreement table",
        "Dashboard": "#page-dashboard .js-plotly-plot",
        "Projects": "#projects",
        "Models": "#page-models table",
    }
    for name, selector in shown.items():
        visit.tab(name)
        page.locator(selector).first.wait_for(state="visible")
        barriers[name] = find_barriers(page)
        if name == "Label":
            page.keyboard.press("?")
            page.wait_for_selector("#label dialog[open]")
            barriers["keys"] = find_barriers(page)
            page.keyboard.press("Escape")
    assert {where: what for where, what in barriers.items() if what} == {}


def settle_nameless(page: Any, patience: float = 20.0) -> list[str]:
    """Return what has no name for long: plotly draws, and is given its name when it is done."""
    end = time.monotonic() + patience
    while (found := find_nameless(page)) and time.monotonic() < end:
        page.wait_for_timeout(250)
    return found


def test_a_screen_reader_has_a_name_for_all_that_it_comes_to(new_tab: Any, url: str) -> None:
    visit = Visit(page=new_tab(WIDE, own=True))
    page, nameless = visit.page, {}
    visit.open(url)
    shown = {
        "Batch": "#batch-files",
        "Label": "#label-stage fieldset",
        "Explore": "#explore canvas",
        "Review": "#page-review .mc-agreement table",
        "Projects": "#projects",
        "Models": "#page-models table",
        "Dashboard": "#page-dashboard .js-plotly-plot[aria-label]",
    }
    for name, selector in shown.items():
        visit.tab(name)
        page.locator(selector).first.wait_for(state="visible")
        nameless[name] = settle_nameless(page)
    assert {where: what for where, what in nameless.items() if what} == {}
    named = re.compile(r"^Decisions per day\. .*\d{4}-\d\d-\d\d.*: \d")
    page.get_by_label(named).first.wait_for(state="attached")


@pytest.mark.parametrize(
    ("host", "pages"),
    [
        ("127.0.0.1", ("Label", "Batch", "Explore", "Review", "Dashboard", "Projects", "Models")),
        ("0.0.0.0", ("Batch", "Models")),
    ],
    ids=["admin", "visitor"],
)
def test_no_page_without_content_keeps_anybody_out(
    new_tab: Any, served_page: Any, tiny_settings: Settings, host: str, pages: tuple[str, ...]
) -> None:
    served_page.exchange.studio = build_tiny_studio(replace(tiny_settings, host=host))
    visit = Visit(page=new_tab(PHONE, own=True))
    barriers = {}
    for name in ("Analyse", *pages):
        visit.open(served_page.url, f"?page={name}")
        panel = "#pages > .tabitem:visible, #pages > [role=tabpanel]:visible"
        visit.page.locator(panel).first.wait_for()
        visit.page.locator("#pages [role=tab][aria-selected=true]", has_text=name).wait_for(
            state="attached"
        )
        barriers[name] = find_barriers(visit.page)
    assert {where: what for where, what in barriers.items() if what} == {}
