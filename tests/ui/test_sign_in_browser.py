"""Signing in and out in a real Chromium, and a page that another person opened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from memeclip_core.app.people import add_person
from memeclip_core.config import Settings
from tests.factories.browser import BROWSER_MARKS, PHONE, find_barriers
from tests.factories.serving import serving
from tests.factories.studios import build_tiny_studio

pytestmark = BROWSER_MARKS
PASSWORD = "a long password"
NEW = "another password"
LONG = "maximiliane-of-the-night-shift"


@pytest.fixture
def address(tiny_settings: Settings, uploads: Path) -> Iterator[str]:
    settings = replace(tiny_settings, sign_in=True)
    for name in ("ann", "root", LONG):
        add_person(settings, name=name, role="admin", password=PASSWORD)
    with serving(build_tiny_studio(settings)) as url:
        yield url


def sign_in(page: Any, name: str) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.locator("#account", has_text=f"Signed in as {name}").wait_for()


@pytest.mark.parametrize("name", ["ann", LONG])
def test_who_is_signed_in_covers_no_tab_where_the_head_is_folded(
    new_tab: Any, address: str, name: str
) -> None:
    page = new_tab({"width": 1440, "height": 900}, own=True)
    page.goto(f"{address}/?page=Review")
    sign_in(page, name)
    page.click("dialog button[value=plain]")
    page.wait_for_selector(".mc-top[data-page=review]")
    page.wait_for_function(
        """() => {
          const shown = "#pages > .tab-wrapper > :not([aria-hidden]) button";
          const tabs = document.querySelectorAll(shown);
          const ends = [...tabs].map((tab) => tab.getBoundingClientRect().right);
          const begins = document.querySelector("#account strong").getBoundingClientRect().left;
          return tabs.length > 3 && Math.max(...ends) < begins;
        }"""
    )
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_selector("body.dark" if scheme == "dark" else "body:not(.dark)")
        assert find_barriers(page) == []


def test_one_signs_in_by_keyboard_on_a_phone_and_a_stale_tab_does_nothing(
    new_tab: Any, address: str
) -> None:
    page = new_tab(PHONE, own=True)
    page.goto(address)
    assert page.url == f"{address}/login"
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert find_barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.keyboard.type("ann")
    page.keyboard.press("Tab")
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    page.locator("[role=alert]", has_text="Name and password do not belong together").wait_for()
    assert page.get_by_label("Name").input_value() == "ann"
    page.keyboard.type(PASSWORD)  # the focus is there
    page.keyboard.press("Enter")
    page.locator("#account", has_text="Signed in as ann").wait_for()
    page.click("dialog button[value=plain]")
    page.locator("#account", has_text="Signed in as ann, admin").wait_for()

    # One's own account: a token is shown once, and the new password counts.
    page.get_by_role("button", name="Account").click()
    page.get_by_label("What the program is called").fill("script")
    page.keyboard.press("Enter")
    page.locator("#account-secret", has_text="memeclip_").wait_for()
    page.get_by_role("row", name="script").wait_for()
    assert find_barriers(page) == []
    full = {"status": 503, "json": {"detail": "The disk is full."}}
    page.route("**/me/tokens/revoke", lambda route: route.fulfill(**full), times=1)
    page.get_by_role("button", name="Revoke script").click()
    page.locator("#account-dialog [role=status]", has_text="The disk is full.").wait_for()
    page.get_by_role("button", name="Revoke script").click()
    page.get_by_role("row", name="script").wait_for(state="detached")
    page.locator("#account-dialog", has_text="The disk is full.").wait_for(state="detached")
    page.get_by_label("Password now").fill("wrong")
    page.get_by_label("New password").fill(NEW)
    page.keyboard.press("Enter")
    page.locator("#account-password", has_text="Nothing was changed").wait_for()
    page.get_by_label("Password now").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.locator("#account-password", has_text="Changed.").wait_for()
    page.keyboard.press("Escape")
    page.locator("#account-dialog").wait_for(state="detached")
    page.reload()
    page.locator("#account", has_text="Signed in as ann").wait_for()

    other = page.context.new_page()
    other.goto(address)
    other.locator("#account a").click()
    other.wait_for_url("**/login")
    sign_in(other, "root")
    other.close()
    # Another person signed in beside this page: nothing is done in it as that one.
    page.get_by_role("tab", name="Label").click()
    page.locator("#label-empty", has_text="This page was opened by 'ann'").wait_for()
    page.reload()
    page.locator("#account", has_text="Signed in as root").wait_for()
