"""What stays in memory of a call and of a tab."""

import gc
import tracemalloc
from datetime import datetime, timedelta

import gradio as gr
import httpx
import pytest

from memeclip_core.ui.app import build_app, launch_options
from memeclip_core.ui.pages.analyse.opened import Item, Queue
from memeclip_core.ui.sessions import CLOSED_FOR, KEPT, Session, Sessions
from tests.factories.browser import SERVER_MARKS
from tests.factories.serving import serving

pytestmark = SERVER_MARKS


@pytest.fixture
def blocks():
    with gr.Blocks() as app:
        kept = gr.State([])
        gr.Button().click(lambda seen: [*seen, 1], kept, kept)
    return app


def test_a_session_keeps_what_the_page_keeps(blocks):
    sessions = Sessions(blocks)
    (state,) = (key for key, block in blocks.blocks.items() if isinstance(block, gr.State))
    session = sessions["tab"]
    session[state] = ["a meme"]
    assert sessions["tab"][state] == ["a meme"]
    assert sessions["other"][state] == []
    assert "tab" in sessions
    assert list(session.components) == []


def test_a_session_weighs_a_tenth_of_gradios(tiny_studio):
    app = build_app(tiny_studio)
    Session(app)
    gc.collect()
    tracemalloc.start()
    try:
        kept = [Session(app) for _ in range(10)]
        size = tracemalloc.get_traced_memory()[0] / len(kept)
    finally:
        tracemalloc.stop()
    assert size < 50_000


def test_a_closed_tab_is_forgotten_and_an_open_one_is_not(blocks):
    sessions = Sessions(blocks)
    for name in ("open", "closed", "just closed"):
        assert sessions[name] is sessions[name]
    long_ago = datetime.now() - timedelta(seconds=CLOSED_FOR + 1)
    for name in ("open", "closed"):
        sessions.time_last_used[name] = long_ago
    sessions["just closed"].is_closed = sessions.session_data["closed"].is_closed = True
    sessions.delete_all_expired_state()
    assert sorted(sessions.session_data) == ["just closed", "open"]
    assert sorted(sessions.time_last_used) == ["just closed", "open"]


def test_calls_without_a_session_leave_none_behind_and_go_through_the_queue(studio, monkeypatch):
    made = []
    real = Sessions.__init__
    monkeypatch.setattr(Sessions, "__init__", lambda self, b: (made.append(self), real(self, b))[1])
    with serving(studio) as url, httpx.Client(base_url=f"{url}/gradio_api", timeout=30) as client:
        body = {"data": [None, "a text", "pridemm", "", False]}
        for _ in range(3):
            event = client.post("/call/predict", json=body).json()["event_id"]
            answer = client.get(f"/call/predict/{event}").text
            assert "event: complete" in answer
            assert "a text" in answer
        (sessions,) = made
        assert len(sessions.session_data) == 0
        assert sessions.capacity == KEPT
        assert client.post("/run/predict", json=body).status_code == 404
        # The page Label's own calls do not queue, and need no session either.
        assert client.post("/run/label_ping", json={"data": [{}]}).status_code == 200
        assert len(sessions.session_data) == 0


def test_what_somebody_has_open_is_held(blocks):
    sessions = Sessions(blocks)
    item = Item(path="a.png", filename="a", meme="m", preview="", thumb="", width=1, height=1)
    (state,) = (key for key, block in blocks.blocks.items() if isinstance(block, gr.State))
    sessions["tab"][state] = Queue(items=(item,))
    sessions["other"][state] = []
    assert sessions.held() == {"a.png"}


def test_so_many_sessions_are_kept(tiny_studio):
    assert launch_options(tiny_studio)["state_session_capacity"] == KEPT <= 2000
