"""What is open and to whom; every route of the page is tried in tests/ui/test_surface.py."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from memeclip_core.api.gate import CLOSED, Gate, find_audience
from memeclip_core.api.identity import SIGN_IN
from tests.factories import loops


class Nobody:
    async def name(self, request: Any) -> None:
        return None


async def page(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": scope["path"].encode()})


@pytest.fixture
def client() -> TestClient:
    return TestClient(Gate(page, Nobody()), follow_redirects=False)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("method", "path", "audience"),
    [
        ("GET", "/", "signed in"),
        ("HEAD", "/", "signed in"),
        ("POST", "/", None),
        ("GET", "/gradio_api/dev/reload", None),
        ("GET", "/gradio_api/queue/data", "signed in"),
        ("GET", "/gradio_api/queue/data/", None),
        ("POST", "/gradio_api/upload", "signed in"),
        ("POST", "/gradio_api/upload_progress", None),
        ("GET", "/gradio_api/file=/etc/passwd", "signed in"),
        ("GET", "/gradio_api/file/etc/passwd", None),
        ("POST", "/api/v1/predict", "itself"),
        ("PUT", "/api/v1/predict", None),
        ("GET", "/api/v2", None),
        ("TRACE", "/", None),
        ("GET", "/static/" + "x" * 255, "anybody"),
        ("GET", "/static/" + "é" * 128, None),
        ("GET", "/static" + "/x" * 1000, None),
        ("GET", "/gradio_api/heartbeat/\0", None),
    ],
)
def test_what_is_not_listed_is_closed(method: str, path: str, audience: str | None) -> None:
    assert find_audience(method, path) == audience


def test_who_is_not_signed_in_is_sent_there_or_told(client: TestClient) -> None:
    answer = client.get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, "login")
    answer = client.get("/config")
    assert (answer.status_code, answer.json()) == (401, {"detail": SIGN_IN})
    answer = client.get("/monitoring")
    assert (answer.status_code, answer.json()) == (404, {"detail": CLOSED})
    for path in ("/theme.css", "/api/v1/me"):
        assert client.get(path).text == path


def test_there_are_no_websockets() -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    loops.run(Gate(page, Nobody())({"type": "websocket", "path": "/"}, None, send))  # type: ignore[arg-type]
    assert [message["type"] for message in sent] == ["websocket.close"]
