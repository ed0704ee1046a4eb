"""The one way to the server: who asks is said, and what goes wrong is one of four kinds."""

from __future__ import annotations

import pytest

from tests.factories.browser import BROWSER_MARKS
from tests.ui.scripts.conftest import LOST, Small

pytestmark = BROWSER_MARKS

ASK = "return server.ask('me').catch(({ kind, message }) => [kind, message]);"


def test_every_request_says_who_opened_the_page_and_gradios_own_too(small: Small) -> None:
    small.run("server", "server.opener.name = 'ada'; await server.ask('me', { a: 1 });")
    small.run(
        "server",
        """await fetch('/gradio_api/queue/join', { method: 'POST', headers: { a: 'b' } });
        await fetch(new URL('/gradio_api/upload', location.href));""",
    )
    assert small.openers == ["ada"] * 3


def test_a_page_that_nobody_signed_in_to_says_so(small: Small) -> None:
    small.run("server", "await server.ask('me');")
    assert small.openers == [""]


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        (LOST, "lost", "The server cannot be reached."),
        ((503, "The disk is full."), "busy", "The disk is full."),
        (502, "busy", "The server is busy."),
        ((429, "Wait 2 seconds."), "busy", "Wait 2 seconds."),
        ((401, "Nobody."), "signed-out", "You are signed out: the sign-in has ended."),
        ((412, "Somebody else."), "signed-out", "Somebody else."),
        ((400, "No such label."), "refused", "No such label."),
        (500, "refused", "The server does not understand this page (500). Reload it."),
    ],
)
def test_a_failure_says_whether_trying_again_helps(
    small: Small, answer: object, kind: str, said: str
) -> None:
    small.answers["ping"] = answer
    assert small.run("server", ASK) == [kind, said]
