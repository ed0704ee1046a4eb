"""Which events are taken into the queue."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Iterator
from dataclasses import replace
from threading import Event, current_thread
from typing import Any

import gradio as gr
import httpx
import pytest
from gradio import queueing
from gradio.server_messages import EstimationMessage, ProcessCompletedMessage
from gradio.utils import set_task_name

from memeclip_core.ui import admission
from memeclip_core.ui.admission import KEPT, UNKNOWN, UNREAD, UnreadOfTabs
from memeclip_core.ui.app import build_app
from memeclip_core.ui.server import StudioBlocks
from tests.factories import loops
from tests.factories.browser import SERVER_MARKS
from tests.factories.serving import launching, serve_page
from tests.factories.studios import build_tiny_studio
from tests.factories.waits import PATIENCE, until

pytestmark = SERVER_MARKS
TEXT = {"data": [None, "a text", "pridemm", "", False]}


@pytest.fixture
def shared(tiny_settings: Any, uploads: Any, monkeypatch: Any) -> Iterator[Any]:
    """Return a page for strangers behind a proxy, whose model takes until it is let go on."""
    go = Event()
    studio = build_tiny_studio(replace(tiny_settings, host="0.0.0.0", proxies=("127.0.0.1",)))
    real = studio.predict

    def slow(*args: Any, **options: Any) -> Any:
        assert go.wait(PATIENCE), current_thread().name
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
        {"fn_index": 2, "session_hash": "x" * 65},
        {"fn_index": 2, "session_hash": ""},
        {"fn_index": 2, "session_hash": "a<gradio-sep>b"},
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


def test_an_endpoint_that_is_not_there_is_a_sentence_and_no_fault(
    tiny_studio: Any, uploads: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with serve_page(tiny_studio) as client:
        answer = client.post("/gradio_api/call/none", json={"data": []})
    assert (answer.status_code, answer.json()) == (404, {"detail": UNKNOWN})
    assert "while a request was answered" not in caplog.text


def test_of_calls_whose_answers_nobody_fetches_little_is_kept(
    tiny_studio: Any, uploads: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admission, "KEPT", 3)
    with launching(tiny_studio) as app, httpx.Client(base_url=app.local_url, timeout=60) as client:
        queue = app._queue
        for _ in range(8):
            client.post("/gradio_api/call/predict", json=TEXT)
        until(lambda: not queue.event_ids_to_events)
        assert len(queue.pending_event_ids_session) <= 3
        last = client.post("/gradio_api/call/predict", json=TEXT).json()["event_id"]
        assert "event: complete" in client.get(f"/gradio_api/call/predict/{last}").text


def test_a_tab_that_is_gone_ends_nobody_elses_queue() -> None:
    """Gradio's own queue raises, and ends with that for everybody."""
    with StudioBlocks() as app:
        gr.Button().click(lambda: None)
    (fn,) = app.fns.values()
    event = queueing.Event("gone", fn, None, None)  # type: ignore[arg-type]
    with pytest.raises(KeyError):
        queueing.Queue.send_message(app._queue, event, EstimationMessage(queue_size=1))
    app._queue.send_message(event, EstimationMessage(queue_size=1))
    assert app._queue.pending_messages_per_session == {}


def answer(size: int) -> Any:
    return ProcessCompletedMessage(output={"data": [{"a": "x" * size}]}, success=True)


def test_of_what_ten_thousand_strangers_never_read_little_is_kept() -> None:
    async def tell() -> None:
        unread = UnreadOfTabs()
        unread["reader"] = None
        reading = asyncio.create_task(unread["reader"].get())
        await asyncio.sleep(0)
        for size, last in ((10, 9999), (2 * UNREAD // KEPT, 2999)):
            for number in range(last + 1):
                unread[str(number)] = None
                unread[str(number)].put_nowait(answer(size))
            unread.make_room()
            assert KEPT // 2 < len(unread) <= KEPT
            assert sum(one.size for one in unread.values()) == unread.size <= UNREAD
            assert {"reader", str(last)} <= unread.keys()
        unread["reader"].put_nowait(answer(5))
        assert (await reading).success and unread["reader"].size == 0
        before = len(unread)
        unread["2999"].put_nowait(answer(UNREAD))
        unread.make_room()
        assert len(unread) == before - 1 and "2999" not in unread

    loops.run(tell())


def test_an_event_that_is_cancelled_before_it_begins_gives_its_place_back() -> None:
    """Gradio keeps the place, so that forty such calls end its queue for everybody."""
    with StudioBlocks() as app:
        gr.Button().click(lambda: None)
    (fn,) = app.fns.values()
    queue = app._queue

    async def cancel() -> None:
        event = queueing.Event("tab", fn, None, None)  # type: ignore[arg-type]
        queue.create_event_queue_for_fn(fn)
        places = queue.event_queue_per_concurrency_id[event.concurrency_id]
        queue.active_jobs, queue.event_ids_to_events = [[event]], {event._id: event}
        places.current_concurrency = 1
        task = asyncio.create_task(queue.process_events([event], False, 0.0, fn))
        set_task_name(task, "tab", fn._id, event._id, False)
        queue._asyncio_tasks.add(task)
        task.add_done_callback(queue._asyncio_tasks.discard)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.sleep(0)
        assert (queue.active_jobs, queue.event_ids_to_events) == ([None], {})
        assert (places.current_concurrency, queue._asyncio_tasks) == (0, set())

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        loops.run(cancel())
