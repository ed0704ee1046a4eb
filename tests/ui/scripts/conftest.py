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
BUSY = (503, "The disk is full.")
REFUSED = (404, "There is no such meme.")
VERBS = {
    "me": "ping", "next": "next", "open": "open", "release": "release", "decisions": "save",
    "drafts": "draft", "counts": "counts", "comments": "comments", "browse": "browse",
    "many": "save_many", "undo": "undo",
}  # fmt: skip
"""What a script asks for, by the last part of the route that it leads to."""


@dataclass(kw_only=True)
class Small:
    """A tab with the scripts in reach.

    Attributes:
        page: the tab.
        answers: what the server answers, by verb: an object, a status, a status and a sentence,
            ``LOST``, or a function that returns one of them; an empty object where nothing is set.
            Of saves, what their receipt says.
        calls: what it was sent: verbs with their payloads.
        openers: who opened the page, as each request but those for files says.
    """

    page: Any
    answers: dict[str, Any] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    openers: list[str | None] = field(default_factory=list)

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
        if path != "/" and not path.startswith("/ui/"):
            self.openers.append(route.request.headers.get("x-memeclip-opener"))
        if path == "/":
            route.fulfill(body=PAGE, content_type="text/html")
        elif path.startswith("/ui/"):
            route.fulfill(path=ROOT / "assets" / path.removeprefix("/"))
        elif path.startswith("/api/v1/"):
            self._answer_call(route, path)
        else:
            route.fulfill(status=404)

    def _answer_call(self, route: Any, path: str) -> None:
        verb = VERBS[path.rpartition("/")[2]]
        payload = json.loads(route.request.post_data or "{}")
        if path.startswith("/api/v1/projects/"):
            payload = {"project": path.split("/")[4], **payload}
        self.calls.append((verb, payload))
        answer = self.answers.get(verb, {})
        if callable(answer):
            answer = answer(payload)
        if answer == LOST:
            route.abort()
        elif isinstance(answer, int):
            route.fulfill(status=answer)
        elif isinstance(answer, tuple):
            route.fulfill(status=answer[0], json={"detail": answer[1]})
        elif verb in ("save", "save_many", "draft"):
            saved = {"receipt": answer, "counts": answer.get("counts", {})}
            route.fulfill(json={"saved": saved, "recent": []})
        else:
            route.fulfill(json=answer)


@pytest.fixture
def small(new_tab: Callable[..., Any]) -> Small:
    """Return a tab with a profile of its own, whose clock a test can turn on."""
    small = Small(page=new_tab(own=True))
    small.page.route(f"{ORIGIN}/**", small.answer)
    small.page.clock.install()
    small.reload()
    return small
