"""Connections that are left open and requests that never end keep nobody's save waiting."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from urllib.parse import urlsplit

import numpy as np
import pytest

from memeclip_core.api import pace
from memeclip_core.api.doors import MOST_OPEN
from memeclip_core.process import allow_open_files
from tests.factories.browser import SERVER_MARKS
from tests.factories.reviewed import KEY, make_reviewed, meme_id
from tests.factories.serving import serving
from tests.factories.studios import build_tiny_studio
from tests.factories.waits import until

pytestmark = [*SERVER_MARKS, pytest.mark.scale, pytest.mark.timeout(300)]

EACH = 500
SAVES = 60
LABELS = {"hate": ["No Hate"], "stance": ["Neutral"], "humour": ["Humour"]}

HEAD = "{} HTTP/1.1\r\nHost: localhost\r\n"
SLOW = {
    "streams": HEAD.format("GET /gradio_api/heartbeat/slow") + "\r\n",
    "bodies that never come": HEAD.format("POST /gradio_api/queue/join")
    + "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{",
    "uploads that never come": HEAD.format("POST /gradio_api/upload")
    + "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000\r\n\r\n--b",
    "headers that never end": HEAD.format("GET /") + "X-A: a",
}
"""How a request begins that holds a connection."""


@pytest.fixture
def address(tiny_settings, tmp_path, monkeypatch) -> Iterator[str]:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    allow_open_files()
    with serving(make_reviewed(build_tiny_studio(tiny_settings))) as url:
        yield url


def p95(address: str, name: str) -> float:
    """Return how long saves take that one person sends one after the other, in milliseconds."""
    client, took = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60), []
    for number in range(SAVES):
        sent = {"save": f"save-{name}-{number}", "meme": meme_id(3), "labels": LABELS, "version": 1}
        begun = time.perf_counter()
        client.request("POST", f"/api/v1/projects/{KEY}/decisions", json.dumps(sent),
                       {"Content-Type": "application/json"})  # fmt: skip
        with client.getresponse() as answer:
            assert answer.status == 200, answer.read()
            answer.read()
        took.append(1000 * (time.perf_counter() - begun))
    client.close()
    return float(np.percentile(took, 95))


@contextmanager
def left_open(address: str, kind: str, count: int) -> Iterator[list[socket.socket]]:
    """Hold so many connections on each of which a request was begun."""
    parts = urlsplit(address)
    with ExitStack() as stack:
        made = []
        for _ in range(count):
            one = stack.enter_context(socket.create_connection((parts.hostname, parts.port), 30))
            one.sendall(SLOW[kind].encode())
            made.append(one)
        yield made


def drip(connections: list[socket.socket]) -> None:
    """Send a byte more on each, as far as they are still open."""
    for one in connections:
        with suppress(OSError):
            one.send(b"x")


@pytest.mark.parametrize("kind", SLOW)
def test_a_save_takes_about_as_long_beside_five_hundred_slow_clients(
    address: str, kind: str
) -> None:
    before = p95(address, "before")
    with left_open(address, kind, EACH) as connections:
        drip(connections)
        during = p95(address, "during")
    print(f"{kind}: {during / before:.2f} times as long, {during:.0f} ms against {before:.0f} ms")
    assert during < max(3 * before, before + 300)


def test_one_address_opens_so_many_streams_and_no_more(address: str) -> None:
    with left_open(address, "streams", MOST_OPEN + 20) as connections:
        said = Counter(one.recv(12) for one in connections)
        assert said == {b"HTTP/1.1 200": MOST_OPEN, b"HTTP/1.1 429": 20}
    until(lambda: http_status(address) == 200)


@pytest.mark.parametrize("kind", SLOW)
def test_what_comes_byte_by_byte_is_broken_off(address: str, kind: str, monkeypatch) -> None:
    """Also what nobody reads: a body behind the head of a GET, whose answer is sent at once."""
    for name in ("HEAD", "GRACE"):
        monkeypatch.setattr(pace, name, 1.0)
    if kind == "streams":
        pytest.skip("a tab's stream stays open as long as the tab")
    with left_open(address, kind, 3) as connections:
        until(lambda: [one for one in connections if not is_open(one)] == connections)


def test_the_rest_of_a_body_that_nobody_reads_is_not_waited_for(address: str, monkeypatch) -> None:
    monkeypatch.setattr(pace, "HEAD", 1.0)
    SLOW["unread"] = HEAD.format("GET /healthz") + "Content-Length: 100000\r\n\r\n"
    try:
        with left_open(address, "unread", 3) as connections:
            until(lambda: [one for one in connections if not is_open(one)] == connections)
    finally:
        del SLOW["unread"]


def is_open(connection: socket.socket) -> bool:
    """Send a byte more, and say whether the other side still takes it."""
    connection.settimeout(0.2)
    try:
        connection.send(b"x")
        while connection.recv(1000):
            pass
    except TimeoutError:
        return True
    except OSError:
        return False
    return False


def http_status(address: str) -> int:
    client = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
    client.request("GET", "/healthz")
    with client.getresponse() as answer:
        return answer.status
