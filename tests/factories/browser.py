"""A real Chromium, and one person's page in it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-dev-shm-usage",
    # So that a page can be asked for under names that are strangers to each other.
    "--host-resolver-rules=MAP *.test 127.0.0.1",
]
NAMES = ("chromium", "chromium-browser", "google-chrome")

WIDE = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}

SERVER_MARKS = [
    # Warnings of Gradio's own server and client, which this project cannot mend.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
BROWSER_MARKS = [pytest.mark.ui, *SERVER_MARKS]


def find_chromium() -> str:
    """Return a browser's path; skip the test, saying why, where there is none."""
    pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if not path:
        pytest.skip("there is no chromium on this machine: apt-get install chromium")
    return path


@contextmanager
def browser() -> Iterator[Any]:
    """Run a browser."""
    path = find_chromium()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        running = play.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield running
        running.close()


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One person's page, and what they do on it."""

    page: Any

    def open(self, url: str, query: str = "", warned: bool = True) -> None:
        """Go to the page and, unless told otherwise, answer the warning."""
        self.page.goto(url + query)
        self.page.wait_for_selector("#header summary")
        self.page.evaluate("memeclip.then(() => true)")
        if warned and self.page.locator("dialog[open]").count():
            self.page.click("dialog button[value=plain]")

    def upload(self, *paths: Path) -> None:
        self.page.set_input_files("#drop input[type=file]", [str(path) for path in paths])

    def answered(self) -> None:
        """Wait until the current picture's answers, bars and all, are there."""
        self.page.wait_for_selector("#why .mc-bars li")
        self.page.wait_for_selector("#pending", state="hidden")

    def says(self, where: str, what: str) -> None:
        """Wait until an element shows some words."""
        self.page.locator(where, has_text=what).first.wait_for(state="visible")

    def choose(self, task: str, place: int) -> None:
        self.page.locator(f"#choice-pridemm-{task} label").nth(place).click()

    def chosen(self, task: str) -> str:
        return str(self.page.locator(f"#choice-pridemm-{task} input:checked").input_value())

    def tab(self, name: str) -> None:
        """Go to a page; on a phone, some are in a menu."""
        tab = self.page.get_by_role("tab", name=name)
        if tab.count() == 0:
            self.page.click("#pages > .tab-wrapper .overflow-menu > button")
            tab = self.page.locator(
                "#pages > .tab-wrapper .overflow-dropdown button", has_text=name
            )
        tab.click()

    def overflow(self) -> int:
        """Return by how many pixels the page is wider than its window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - innerWidth"))


def contrast(v: Any, selector: str, colour: str = "color") -> float:
    """Return the contrast of an element's text against the nearest painted background."""
    return float(
        v.page.locator(selector).first.evaluate(
            """(e, property) => {
              const parse = (c) => c.match(/[0-9.]+/g).map(Number);
              const shine = ([r, g, b]) => {
                const f = (x) => (x /= 255) <= 0.03928 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4;
                return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b);
              };
              let back = e, paint;
              do {
                paint = parse(getComputedStyle(back).backgroundColor);
                back = back.parentElement;
              } while (back && paint.length > 3 && paint[3] < 1);
              const [a, b] = [shine(parse(getComputedStyle(e)[property])), shine(paint)];
              return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
            }""",
            colour,
        )
    )


RULES = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}


def find_barriers(page: Any) -> list[str]:
    """Return what keeps people from using a page as it is now, with the elements it is about."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    found = axe.Axe().run(page, options=RULES).response["violations"]
    return [f"{v['id']}: {node['target']}" for v in found for node in v["nodes"]]
