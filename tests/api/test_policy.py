"""What answers say that a browser may do with them; tests/ui/test_doors_browser.py has it do it."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest
from starlette.responses import HTMLResponse
from starlette.testclient import TestClient

from memeclip_core.api.policy import DATA, Policy

HEAD = b"<script>window.later = 1;</script>"
HTML = """<script>one()</script><script src="a.js"></script><script data-x>
two()</script><script type="module" crossorigin src="./b.js"></script>"""


async def page(scope: Any, receive: Any, send: Any) -> None:
    await HTMLResponse(HTML)(scope, receive, send)


@pytest.fixture
def client() -> TestClient:
    return TestClient(
        Policy(page, lambda body: body.replace(b"<script type", HEAD + b"<script type", 1))
    )


def source(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def test_the_page_runs_its_own_scripts_and_no_others(client: TestClient) -> None:
    answer = client.get("/")
    assert answer.text == HTML.replace(
        '<script type="module"', f'{HEAD.decode()}<script type="module"'
    )
    assert answer.headers["content-length"] == str(len(answer.content))
    parts = dict(
        part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";")
    )
    assert parts["default-src"] == "'none'"
    assert parts["script-src"].split() == [
        "'self'", "'unsafe-eval'", source("one()"), source("\ntwo()"),
        source("window.later = 1;"),
    ]  # fmt: skip
    assert {parts[name] for name in ("connect-src", "base-uri", "form-action")} == {"'self'"}


def test_another_page_has_other_hashes(client: TestClient, monkeypatch: Any) -> None:
    before = client.get("/").headers["content-security-policy"]
    monkeypatch.setattr("tests.api.test_policy.HTML", HTML.replace("one", "injected"))
    assert client.get("/").headers["content-security-policy"] != before


@pytest.mark.parametrize("path", ["/gradio_api/file=x.html", "/api/v1/me"])
def test_data_is_no_page(client: TestClient, path: str) -> None:
    assert client.get(path).headers["content-security-policy"] == DATA


def test_files_of_the_page_need_none(client: TestClient) -> None:
    assert "content-security-policy" not in client.get("/assets/a.js").headers
