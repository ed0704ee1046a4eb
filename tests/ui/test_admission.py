"""Which events are taken into the queue."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from threading import Event, current_thread
from typing import Any

import gradio as gr
import httpx
import pytest

from memeclip_core.ui import admission
from memeclip_core.ui.admission import LONGEST_HASH, UNKNOWN
from memeclip_core.ui.app import build_app
from memeclip_core.ui.server import StudioBlocks
from tests.factories.browser import SERVER_MARKS
from tests.factories.serving import serve_page
from tests.factories.studios import build_tiny_studio

pytestmark = SERVER_MARKS
TEXT = {"data": [None, "a text", "pridemm", "", False]}


@pytest.fixture
def shared(tiny_settings: Any, uploads: Any, monkeypatch: Any) -> Iterator[Any]:
    """Return a page for strangers behind a proxy, whose model takes until it is let go on."""
    go = Event()
    studio = build_tiny_studio(replace(tiny_settings, host="0.0.0.0", proxies=("127.0.0.1",)))
    real = studio.predict

    def slow(*args: Any, **options: Any) -> Any:
        assert go.wait(30), current_thread().name
        return real(*args, **options)

    monkeypatch.setattr(type(studio), "predict", lambda self, *a, **o: slow(*a, **o))
    monkeypatch.setattr(admission, "MOST_WAITING", 8)
    with serve_page(studio) as client:
        yield client, go
        go.set()


def ask(client: httpx.Client, address: str) -> httpx.Response:
    where = {"X-Forwarded-For": address}
    return client.post("/gradio_api/call/predict", json=TEXT, headers=where)


def test_one_caller_has_a_share_and_all_together_an_end(shared: Any) -> None:
    client, go = shared
    first = [ask(client, "203.0.113.1") for _ in range(3)]
    assert [answer.status_code for answer in first] == [200, 200, 429]
    assert first[2].json()["detail"] == (
        "The page is busy: 2 of yours are under way. Try again in about 1 seconds."
    )
    assert first[2].headers["retry-after"] == "1"
    codes = [ask(client, f"203.0.113.{2 + n // 2}").status_code for n in range(8)]
    assert codes == [200] * 6 + [429] * 2
    assert "8 questions of others wait" in ask(client, "203.0.113.9").json()["detail"]
    # What needs no model is answered meanwhile.
    config = client.get("/config").json()["dependencies"]
    (load,) = [one["id"] for one in config if one["api_name"] == "on_load"]
    body = {"data": ["pridemm"], "fn_index": load, "session_hash": "tab"}
    assert client.post("/gradio_api/queue/join", json=body).status_code == 200
    go.set()
    for answer in first[:2]:
        address = f"/gradio_api/call/predict/{answer.json()['event_id']}"
        assert "event: complete" in client.get(address).text
    assert ask(client, "203.0.113.1").status_code == 200


@pytest.mark.parametrize(
    "sent",
    [
        {"fn_index": 10_000, "session_hash": "tab"},
        {"fn_index": 0, "session_hash": "tab"},  # of the page's own script
        {"fn_index": 2, "session_hash": "x" * (LONGEST_HASH + 1)},
    ],
)
def test_what_there_is_not_is_refused_in_a_sentence(shared: Any, sent: Any, capfd: Any) -> None:
    client, _ = shared
    answer = client.post("/gradio_api/queue/join", json={"data": ["secret"], **sent})
    assert (answer.status_code, answer.json()) == (400, {"detail": UNKNOWN})
    answer = client.post("/gradio_api/queue/join", json={"data": "secret", **sent})
    assert answer.status_code == 422
    assert "secret" not in answer.text + "".join(capfd.readouterr())


def test_nothing_is_noted_of_events() -> None:
    with StudioBlocks() as app:
        gr.Button().click(lambda: None)
    assert app._queue.ANALYTICS_MAX_EVENTS == 0
    assert app._queue.compute_analytics_summary([{"function": "x"}]) == {}


def test_two_at_a_time_decode_pictures_to_show_them(tiny_studio: Any) -> None:
    opening = {"on_files", "on_sample", "on_reopen"}
    events = [fn for fn in build_app(tiny_studio).fns.values() if fn.name in opening]
    assert {fn.name for fn in events} == opening
    assert {(fn.concurrency_id, fn.concurrency_limit) for fn in events} == {("open", 2)}
