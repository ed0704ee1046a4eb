"""From an empty page to one that shows what it is for, and back, with a button each."""

from __future__ import annotations

from typing import Any

import pytest

from memeclip_core.app.studio import Studio
from tests.factories.browser import BROWSER_MARKS, Visit

pytestmark = BROWSER_MARKS


@pytest.mark.timeout(300)  # a model is loaded, and six pages are opened
def test_a_demo_is_made_where_nothing_is_and_removed_again(
    visit: Any, url: str, studio: Studio
) -> None:
    v: Visit = visit()
    v.page.set_default_timeout(60_000)
    v.open(url, "?page=Review")
    v.says("#review-message", "Nothing to review yet")
    v.page.click("#page-review button[data-demo=make]")
    v.page.wait_for_selector("#review-case form.mc-decide")
    v.says("#review-demo", "This is a demo")
    v.tab("Dashboard")
    v.says("#dashboard-progress", "This is a demo")
    v.tab("Label")
    v.says("#label-guidelines", "This is a demo")
    v.page.wait_for_selector("#label-stage fieldset")
    v.tab("Models")
    v.says("#counters", "none is learnt or counted")
    v.tab("Projects")
    v.says("#projects", "Demo: sample memes, made-up votes")
    v.page.click("button[data-demo=remove]")
    v.says("#projects", "There is no project yet")
    assert studio.projects.list(studio.owner()) == ()


def test_what_cannot_be_made_is_said_beside_the_button(visit: Any, url: str) -> None:
    v: Visit = visit()
    v.open(url, "?page=Dashboard")
    v.page.route("**/api/v1/projects/demo", lambda route: route.abort())
    v.page.click("#page-dashboard button[data-demo=make]")
    v.says("#page-dashboard .mc-complaint", "The server cannot be reached.")
    assert v.page.locator("#page-dashboard button[data-demo=make]").is_enabled()


def test_empty_pages_lead_to_where_a_project_is_made(visit: Any, url: str) -> None:
    v: Visit = visit()
    v.open(url, "?page=Label")
    v.says("#label-empty", "Nothing to label yet")
    v.page.click("#label-empty button[data-page=Projects]")
    v.page.wait_for_selector("#project-create")
