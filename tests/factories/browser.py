"""A real Chromium, and one person's page in it."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
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

END_TRANSITIONS = """() => document.getAnimations()
    .filter((one) => one instanceof CSSTransition).forEach((one) => one.finish())"""

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

    def choose_files(self, press: Callable[[], None], *paths: Path) -> None:
        """Press what opens the browser's own dialog for files, and choose there.

        Playwright says that it listens without waiting until Chromium has heard so. A dialog that
        is opened sooner is shown to nobody; the question in between is answered after that.
        """
        with self.page.expect_file_chooser() as chooser:
            self.page.evaluate("null")
            press()
        chooser.value.set_files([str(path) for path in paths])

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


NAMED = {
    "application", "article", "button", "checkbox", "combobox", "dialog", "image", "link",
    "listbox", "option", "progressbar", "radio", "region", "searchbox", "slider", "spinbutton",
    "switch", "tab", "table", "tabpanel", "textbox",
}  # fmt: skip
"""Roles that a screen reader calls by a name."""

PRESSED = {"button", "checkbox", "link", "option", "radio", "switch", "tab"}


def find_nameless(page: Any) -> list[str]:
    """Return what a screen reader comes to and cannot name, and headings that leave out a level.

    A sign or a number alone is no name of something to press, and choices need a question.
    """
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    by_id = {node["nodeId"]: node for node in nodes}
    found, level = [], 1  # a dialog stands alone while it is open
    for node in nodes:
        role = node.get("role", {}).get("value")
        name = str(node.get("name", {}).get("value", "")).strip()
        if node["ignored"]:
            continue
        if role in NAMED and not name:
            found.append(str(role))
        if role in PRESSED and name and not re.search(r"[^\W\d_]", name):
            found.append(f"{role} {name}")
        if role == "radio" and not _find_question(node, by_id):
            found.append(f"radio {name} of no question")
        if role == "heading":
            values = {one["name"]: one["value"].get("value") for one in node["properties"]}
            if values["level"] > level + 1:
                found.append(f"heading {name} of level {values['level']} after {level}")
            level = values["level"]
    return found


def _find_question(node: dict[str, Any], by_id: dict[str, dict[str, Any]]) -> str:
    """Return what the nearest group around a node is called."""
    while (node := by_id.get(node.get("parentId", ""), {})) and node.get("role"):
        if not node["ignored"] and node["role"]["value"] in ("group", "radiogroup"):
            return str(node.get("name", {}).get("value", "")).strip()
    return ""


LISTEN = """() => {
  const places = "[role=status], [role=alert], [aria-live]";
  globalThis.heard = [];
  new MutationObserver((changes) => {
    const said = new Set();
    for (const { target } of changes) {
      const place = (target.closest ? target : target.parentElement)?.closest(places);
      if (!place || said.has(place) || place.ariaLive === "off") continue;
      if (!place.textContent.trim()) continue;
      if (!place.checkVisibility({ visibilityProperty: true })) continue;
      said.add(place);
      heard.push(place.textContent.replace(/\\s+/g, " ").trim());
    }
  }).observe(document.body, { childList: true, subtree: true, characterData: true });
}"""
"""Write down what a screen reader says by itself: the text of a live region that changes."""


def listen(page: Any) -> None:
    """Begin to write down what a screen reader says by itself."""
    page.evaluate(LISTEN)


def heard(page: Any, *wanted: str) -> list[str]:
    """Wait until sentences with some words were said; return all that was, and begin anew."""
    for words in wanted:
        page.wait_for_function("(words) => heard.some((said) => said.includes(words))", arg=words)
    return list(page.evaluate("heard.splice(0)"))


RULES = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}


def find_barriers(page: Any) -> list[str]:
    """Return what keeps people from using a page as it is now, with the elements it is about.

    Transitions are brought to their ends first: half-way between disabled and enabled, a button
    has colours that nobody is meant to read.
    """
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page.evaluate(END_TRANSITIONS)
    found = axe.Axe().run(page, options=RULES).response["violations"]
    return [f"{v['id']}: {node['target']}" for v in found for node in v["nodes"]]
