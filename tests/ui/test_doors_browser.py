"""What other people's pages and texts can do with this page, in a real Chromium."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest

from memeclip_core.app.people import add_person
from tests.factories.browser import BROWSER_MARKS, Visit
from tests.factories.serving import serving
from tests.factories.studios import build_tiny_studio

pytestmark = BROWSER_MARKS
PASSWORD = "a long password"
OWN, EVIL = "studio.test", "evil.studio.test"
TABS = ("Batch", "Label", "Explore", "Review", "Dashboard", "Projects", "Models", "Analyse")

BLOCKED = """
window.blocked = [];
addEventListener("securitypolicyviolation", (event) => {
  window.blocked.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sample}`);
});
"""


def test_the_page_works_under_its_policy_and_what_is_slipped_in_does_not_run(
    new_tab: Any, url: str, upload: Any
) -> None:
    page = new_tab()
    page.add_init_script(BLOCKED)
    visit = Visit(page=page)
    visit.open(url)
    visit.upload(upload)
    visit.answered()
    for name in TABS:
        visit.tab(name)
        page.locator(f"#page-{name.lower()}").wait_for(state="visible")
    assert page.evaluate("window.blocked") == []

    slip = """(html) => { window.ran = [];
      document.querySelector('#header').insertAdjacentHTML('beforeend', html);
      const script = document.createElement('script');
      script.textContent = "window.ran.push('script')";
      document.body.append(script);
    }"""
    page.evaluate(slip, "<img src='data:,' onerror=\"window.ran.push('attribute')\">")
    page.wait_for_function("window.blocked.length === 2")
    assert page.evaluate("window.ran") == []


@contextmanager
def foreign_page() -> Iterator[int]:
    """Serve an empty page that can be under any name; return its port."""

    class Empty(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>another page</title>")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Empty)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def context(chromium: Any) -> Iterator[Any]:
    """Return a profile of its own."""
    own = chromium.new_context()
    yield own
    own.close()


ASK = """async ([url, options]) => {
  try { const answer = await fetch(url, {credentials: 'include', ...options});
        return `${answer.status} ${answer.type}`; }
  catch { return 'refused'; }
}"""


def test_a_page_on_a_neighbouring_name_can_do_nothing_as_who_is_signed_in(
    context: Any, tiny_settings: Any, uploads: Any
) -> None:
    settings = replace(tiny_settings, sign_in=True, host="0.0.0.0")
    add_person(settings, name="root", role="admin", password=PASSWORD)
    studio = build_tiny_studio(settings)
    who = studio.person("root")
    studio.projects.create(who, key="cats", title="Cats", task_set=studio.task_sets[0].key)
    with serving(studio) as url, foreign_page() as port:
        at = f"http://{OWN}:{urlsplit(url).port}"
        page = context.new_page()
        page.goto(f"{at}/login")
        page.get_by_label("Name").fill("root")
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.locator("#account", has_text="Signed in as root").wait_for()
        (cookie,) = context.cookies()
        assert cookie["httpOnly"] and cookie["sameSite"] == "Lax"
        assert page.evaluate(ASK, [f"{at}/api/v1/me", {}]) == "200 basic"

        evil = context.new_page()
        evil.goto(f"http://{EVIL}:{port}/")
        simple = {"method": "POST", "body": "{}", "headers": {"Content-Type": "text/plain"}}
        typed = simple | {"headers": {"Content-Type": "application/json"}}
        asked = [
            ["/api/v1/projects", {}],
            ["/api/v1/projects/cats/undo", typed],
            ["/gradio_api/queue/join", typed],
            ["/gradio_api/queue/join", simple],
            ["/gradio_api/upload", simple],
            ["/config", {}],
        ]
        found = [evil.evaluate(ASK, [at + path, options]) for path, options in asked]
        assert found == ["refused"] * len(asked)
        blind = {"mode": "no-cors", "method": "POST", "body": "username=x&password=y"}
        with evil.expect_response(f"{at}/login") as sent:
            evil.evaluate(ASK, [f"{at}/login", blind])
        assert sent.value.status == 403
        evil.evaluate(
            "(url) => { const form = Object.assign(document.createElement('form'), "
            "{method: 'post', action: url}); document.body.append(form); form.submit(); }",
            f"{at}/logout",
        )
        evil.get_by_text("may not use this one").wait_for()
        assert page.evaluate(ASK, [f"{at}/api/v1/me", {}]) == "200 basic"


def test_a_name_that_points_here_is_not_the_local_admin(context: Any, url: str) -> None:
    page = context.new_page()
    answer = page.goto(f"http://rebound.test:{urlsplit(url).port}/")
    assert answer.status == 421
    page.get_by_text("but as localhost on its own machine").wait_for()


def test_another_page_cannot_show_this_one_in_a_frame(context: Any, url: str) -> None:
    with foreign_page() as port:
        page = context.new_page()
        page.goto(f"http://{EVIL}:{port}/")
        with page.expect_console_message(lambda said: "frame-ancestors" in said.text):
            page.evaluate(
                "(url) => document.body.append(Object.assign(document.createElement('iframe'), "
                "{src: url}))",
                url,
            )
