"""What an address names besides a page: a model, and what is not there."""

from __future__ import annotations

from typing import Any

from tests.factories.browser import BROWSER_MARKS, Visit

pytestmark = BROWSER_MARKS


def test_the_address_names_a_page_and_a_model(new_tab: Any, url: str) -> None:
    visit = Visit(page=new_tab())
    visit.open(url, "?model=pridemm-fake")
    visit.says("#models .mc-chosen", "pridemm-fake")
    visit.open(url, "?page=Models&model=propaganda-fake")
    visit.says("#models-message", "choose that task set above")
    visit.open(url, "?page=Models&model=nobody")
    visit.says("#models-message", "There is none of this name")
    visit.open(url, "?page=Nowhere")
    visit.says(".mc-reason", "“Nowhere”, which is not offered here")
