"""One person at the page Label in a real Chromium."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.factories.projects import Work

LABELS = {"hate": "No Hate", "stance": "Neutral", "humour": "No Humour"}
"""What ``Desk.answer`` chooses."""


@dataclass(frozen=True, kw_only=True)
class Desk:
    """One person at the page Label."""

    page: Any

    def open(self, url: str, work: Work | None = None, query: str = "") -> Desk:
        if work is not None:
            remembered = f"localStorage.setItem('memeclip.label.project', '\"{work.key}\"')"
            self.page.add_init_script(f"if (location.protocol === 'http:') {remembered}")
        self.page.goto(url + query)
        self.page.wait_for_selector("#header summary")
        self.page.evaluate("memeclip.then(() => true)")
        if self.page.locator("dialog[open]").count():
            self.page.click("dialog button[value=plain]")
        self.page.get_by_role("tab", name="Label").click()
        return self.ready()

    def sign_in(self, url: str, name: str, password: str) -> Desk:
        """Sign in where everybody is asked to, answer the warning, and go to the page."""
        self.page.goto(url)
        self.page.get_by_label("Name").fill(name)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_selector("#header summary")
        self.page.click("dialog button[value=plain]")
        self.page.get_by_role("tab", name="Label").click()
        return self.ready()

    def ready(self) -> Desk:
        self.page.wait_for_selector("#label-save, #label-empty:not([hidden])")
        return self

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def says(self, what: str, where: str = "#label-status") -> None:
        self.page.locator(where, has_text=what).first.wait_for(state="visible")

    def shows(self, file: str) -> None:
        """Wait until a meme and its picture are on the page."""
        self.page.locator("#label-stage figcaption", has_text=file).wait_for()
        self.page.wait_for_selector(f'#label-stage img[alt="The meme {file}"]')

    def fetched(self) -> None:
        """Wait until the next two memes are here with their pictures."""
        desk, images = self.module("desk"), self.module("images")
        self.page.wait_for_function("({ desk }) => desk.ahead.length >= 2", arg=desk)
        self.page.evaluate(
            "([{ desk }, images]) => Promise.all(desk.ahead.map(({ id }) =>"
            " images.get(desk.project.key, id).then(() => true)))",
            [desk, images],
        )

    def module(self, name: str) -> Any:
        """Return what one of the scripts of this page exports."""
        return self.page.evaluate_handle(
            "async (end) => {"
            " const { href } = document.querySelector(\"link[href$='/studio.js']\");"
            " const { modules } = await import(href);"
            " return modules[Object.keys(modules).find((name) => `/${name}`.endsWith(end))]; }",
            f"/{name}.js",
        )

    def chosen(self) -> dict[str, str]:
        return dict(
            self.page.evaluate(
                "[...document.querySelectorAll('#label-stage .mc-l-task')].flatMap((task) =>"
                " [...task.querySelectorAll('input:checked')].map((input) =>"
                " [task.dataset.task, input.value]))"
            )
        )

    def answer(self) -> None:
        """Answer all questions by keys, hate first: no hate, neutral, no humour; then save."""
        self.press("1", "Tab", "1", "Tab", "1", "Enter")

    def count(self, state: str) -> int:
        """Return a number of the chips; one that counts nothing is not there."""
        chip = self.page.locator(f'.mc-l-chips [data-state="{state}"] b')
        return int(chip.inner_text().replace(",", "")) if chip.count() else 0
