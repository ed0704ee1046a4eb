"""A page that holds only the scripts that a test calls, and a server that is a table of answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest

from memeclip_core.config import ROOT

ORIGIN = "http://studio.test"
PAGE = '<!doctype html><title>x</title><div id="pages"></div>'
LOST = "lost"
BUSY = {"error": "The disk is full.", "again": True}
REFUSED = {"error": "There is no such meme.", "again": False}


@dataclass(kw_only=True)
class Small:
    """A tab with the scripts in reach.

    Attributes:
        page: the tab.
        answers: what the server answers, by verb: an object, a status, ``LOST``, or a function
            that returns one of them; an empty object where nothing is set.
        calls: what it was sent: verbs with their payloads.
    """

    page: Any
    answers: dict[str, Any] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def run(self, modules: str, body: str, given: Any = None) -> Any:
        """Run a script in which some modules are known by their names; return what it returns."""
        imports = "".join(
            f"const {name.rpartition('/')[2]} = await import('/ui/{name}.js');"
            for name in modules.split()
        )
        return self.page.evaluate(f"async (given) => {{ {imports} {body} }}", given)

    def reload(self) -> None:
        self.page.goto(f"{ORIGIN}/")

    def sent(self, verb: str) -> list[dict[str, Any]]:
        return [payload for name, payload in self.calls if name == verb]

    def answer(self, route: Any) -> None:
        path = urlsplit(route.request.url).path
        if path == "/":
            route.fulfill(body=PAGE, content_type="text/html")
        elif path.startswith("/ui/"):
            route.fulfill(path=ROOT / "assets" / path.removeprefix("/"))
        elif "/run/label_" in path:
            self._answer_call(route, path.partition("/run/label_")[2])
        else:
            route.fulfill(status=404)

    def _answer_call(self, route: Any, verb: str) -> None:
        [payload] = json.loads(route.request.post_data)["data"]
        self.calls.append((verb, payload))
        answer = self.answers.get(verb, {})
        if callable(answer):
            answer = answer(payload)
        if answer == LOST:
            route.abort()
        elif isinstance(answer, int):
            route.fulfill(status=answer)
        else:
            route.fulfill(json={"data": [answer]})


@pytest.fixture
def small(new_tab: Callable[..., Any]) -> Small:
    """Return a tab with a profile of its own, whose clock a test can turn on."""
    small = Small(page=new_tab(own=True))
    small.page.route(f"{ORIGIN}/**", small.answer)
    small.page.clock.install()
    small.reload()
    return small
