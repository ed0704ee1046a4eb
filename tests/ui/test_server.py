"""What Gradio's server does otherwise here."""

from __future__ import annotations

import copy
import gc
import inspect
import itertools
import json
import linecache
import threading
import tracemalloc
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import gradio as gr
import httpx
import pytest
from cachetools import Cache
from gradio.state_holder import SessionState
from gradio_client import handle_file

from memeclip_core.api.problems import NEUTRAL
from memeclip_core.api.scripts import ENTRY
from memeclip_core.api.uploads import ANNOTATOR
from memeclip_core.config import Settings
from memeclip_core.ui.admission import UNFIT, UNKNOWN
from memeclip_core.ui.app import build_app, launch_options
from memeclip_core.ui.pages.analyse.opened import Item, Queue
from memeclip_core.ui.predict_endpoint import EXAMPLE
from memeclip_core.ui.server import (
    CLOSED_FOR,
    FOLLOWED,
    KEPT,
    Session,
    Sessions,
    UploadSignals,
)
from tests.factories import loops
from tests.factories.browser import SERVER_MARKS
from tests.factories.clocks import hold_waits
from tests.factories.people import add_user
from tests.factories.reviewed import KEY, make_reviewed
from tests.factories.serving import connect, launching, serve_page, serving
from tests.factories.studios import build_tiny_studio, draw_png
from tests.factories.waits import PATIENCE, until

pytestmark = SERVER_MARKS

ROLES = {None: "visitor", "ann": "annotator", "rev": "reviewer", "root": "admin"}
HOMES = ("empty", "open", "closed")
SHARES = 4
"""Into how many tests the events are divided: one with all takes longer than a test may."""
ODD: tuple[Any, ...] = (
    None, "dogs", ["cats"], {"path": "x"}, -1.5, "\ud800",
)  # fmt: skip
PRESSED: tuple[Any, ...] = (
    {"index": 0}, {}, None, "x", {"index": "x"}, {"index": -3}, {"meme": "dogs"},
    {"act": "back"}, {"act": "resolve", "reason": "so"}, {"labels": {"hate": "x"}, "version": 1},
)  # fmt: skip
LONG = ("on_retrain", "on_push")
"""What starts work of its own; tests of their own call these."""


@pytest.fixture
def build(tiny_settings: Settings, tmp_path: Any) -> Any:
    """Return a way to build the page over a home of some kind, for people of every role."""

    def fresh(home: str) -> Any:
        users = tmp_path / "users.yaml"
        for name, role in list(ROLES.items())[1:]:
            add_user(users, name=str(name), role=role, password=f"{name} has a password")
        if home != "empty":
            local = make_reviewed(build_tiny_studio(tiny_settings))
            local.projects.change(local.owner(), KEY, closed=home == "closed")
        return build_app(build_tiny_studio(replace(tiny_settings, auth=users)))

    return fresh


def events(app: Any) -> list[Any]:
    return [fn for fn in app.fns.values() if fn.fn is not None and fn.name not in LONG]


def usual(fn: Any) -> list[Any]:
    """Return what a page sends that was left alone for so long that the server forgot it."""
    ids = {"review-project", "dashboard-project", "projects-pick"}
    return [
        KEY if getattr(one, "elem_id", None) in ids else getattr(one, "value", None)
        for one in fn.inputs
    ]


class Forgotten(SessionState):
    """A visitor whom the server has never seen, without what only links to a page need."""

    def __init__(self, blocks: gr.Blocks) -> None:
        self.blocks_config = copy.copy(blocks.default_config)
        self.config_values = {}
        self.state_data = {}
        self._state_ttl = {}


async def call(app: Any, fn: Any, values: list[Any], name: str | None, pressed: Any = None) -> str:
    """Do what Gradio does when an event comes in."""
    state, iterator, shown = Forgotten(app), None, []
    while True:
        try:
            answer = await app.process_api(
                fn, list(values), state=state, iterator=iterator,
                request=gr.Request(username=name), event_data=gr.EventData(None, pressed),
            )  # fmt: skip
        except gr.Error as error:
            return str(error.message)
        shown.append(answer["data"])
        iterator = answer["iterator"]
        if not answer["is_generating"]:
            return json.dumps(shown, default=str)


async def fault(app: Any, fn: Any, values: list[Any], name: str | None, pressed: Any = None) -> str:
    """Return what went wrong of one call, or ""."""
    try:
        said = await call(app, fn, values, name, pressed)
    except Exception as error:
        said = f"{type(error).__name__} {error}"
    else:
        said = "a server error" if NEUTRAL[:40] in said else ""
    return said and f"{fn.name}, as {ROLES[name]}, of {values!r}, {pressed!r}: {said}"


def faults(app: Any, calls: Iterable[tuple[Any, ...]]) -> list[str]:
    """Make calls one after the other; return what went wrong."""

    async def all_of_them() -> list[str]:
        return [said for one in calls if (said := await fault(app, *one))]

    return loops.run(all_of_them())


@pytest.mark.parametrize("home", HOMES)
def test_no_event_fails_for_anybody(build: Any, home: str) -> None:
    app = build(home)
    calls = (
        (fn, values, name, PRESSED[0])
        for name, fn in itertools.product(ROLES if home == "open" else ("ann", "root"), events(app))
        for values in (usual(fn), [None] * len(fn.inputs))[: 2 if home == "empty" else 1]
    )
    assert faults(app, calls) == []


@pytest.mark.timeout(300)
@pytest.mark.parametrize("share", range(SHARES))
def test_whatever_is_sent_is_answered_in_a_sentence(build: Any, share: int) -> None:
    app = build("open")
    own = list(events(app))[share::SHARES]
    calls = [
        (fn, [*usual(fn)[:place], odd, *usual(fn)[place + 1 :]], "root")
        for fn in own
        for place, odd in itertools.product(range(len(fn.inputs)), ODD)
    ]
    calls += [
        (fn, usual(fn), "rev", pressed)
        for fn in own
        for pressed in PRESSED
        if "event" in inspect.signature(fn.fn).parameters
    ]
    assert faults(app, calls) == []


def test_what_no_widget_offers_is_refused_in_our_own_words(build: Any) -> None:
    app = build("empty")
    fn = next(fn for fn in events(app) if fn.name == "on_ask")
    said = loops.run(call(app, fn, [None, None, "no such task set"], None))
    assert said == UNKNOWN


@pytest.mark.parametrize("sent", [[None, "hello"], [None, "hello", "pridemm", None]])
def test_a_program_may_leave_out_the_last_values(build: Any, sent: list[Any]) -> None:
    app = build("empty")
    fn = next(fn for fn in events(app) if fn.api_name == "predict")
    assert "'text': 'hello'" in loops.run(call(app, fn, sent, None))


def test_a_program_is_told_what_the_endpoint_takes(build: Any) -> None:
    app = build("empty")
    fn = next(fn for fn in events(app) if fn.api_name == "predict")
    assert loops.run(call(app, fn, [{"a": 1}], None)) == UNFIT


def test_everything_may_be_left_out_and_the_example_gives_a_text(tiny_studio: Any) -> None:
    info = build_app(tiny_studio).get_api_info()["named_endpoints"]["/predict"]
    given = {p["parameter_name"]: p for p in info["parameters"]}
    assert list(given) == ["image", "text", "task_set", "model", "no_text"]
    assert all(p["parameter_has_default"] for p in given.values())
    assert given["text"]["example_input"] == EXAMPLE


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


def test_calls_without_a_session_leave_no_memory_behind(studio):
    """Gradio's own session would be half a megabyte each."""
    with serving(studio) as url, httpx.Client(base_url=f"{url}/gradio_api", timeout=30) as client:

        def call(numbers: range) -> None:
            for number in numbers:
                body = {"data": [None, f"a text {number}"]}
                event = client.post("/call/predict", json=body).json()["event_id"]
                assert "event: complete" in client.get(f"/call/predict/{event}").text

        call(range(10))
        gc.collect()
        tracemalloc.start()
        try:
            call(range(10, 50))
            gc.collect()
            left = tracemalloc.get_traced_memory()[0] / 40
        finally:
            tracemalloc.stop()
    assert left < 20_000


def measure_all() -> dict[int, tuple[str, int]]:
    """Return what every list, set and the like is and how much is in it, by its identity."""
    linecache.clearcache()  # the lines of a library's file, once a traceback through it was written
    gc.collect()
    kinds = (dict, list, set, deque, Cache)
    # By its type: some libraries' objects do more when they are asked for their class.
    found = [one for one in gc.get_objects() if issubclass(type(one), kinds)]
    names = (f"{type(one).__module__}.{type(one).__qualname__}" for one in found)
    return {id(one): (name, len(one)) for one, name in zip(found, names, strict=True)}


STRANGERS, WARM = 5_000, 100
REMEMBERED = {"memeclip_core.memory.Memory", "builtins.dict", "collections.OrderedDict"}
"""The limits of as many callers, which are all that is kept of them: a memory of that size, with
the dictionaries that it consists of."""


@pytest.mark.scale
@pytest.mark.timeout(600)
def test_thousands_of_strangers_leave_nothing_behind_that_grows(tiny_settings, uploads):
    settings = replace(tiny_settings, host="0.0.0.0", proxies=("127.0.0.1",))
    with (
        launching(build_tiny_studio(settings)) as app,
        httpx.Client(base_url=f"{app.local_url}gradio_api", timeout=60) as client,
    ):
        load = next(key for key, fn in app.fns.items() if fn.name == "on_load")
        for number in range(WARM + STRANGERS):
            if number == WARM:  # what is loaded once is there
                before = measure_all()
            name = f"stranger-{number}"
            client.headers["X-Forwarded-For"] = f"10.{number // 250}.{number % 250}.7"
            body = {"data": ["pridemm"], "fn_index": load, "session_hash": name}
            joined = client.post("/queue/join", json=body)
            if number % 2 == 0:
                call = {"session_hash": name, "fn_index": load, "event_id": name}
                client.post("/cancel", json=call | joined.json())
            if number % 20 == 0:
                text = {"data": [None, name], "session_hash": name}
                client.post("/call/predict", json=text)
                client.post("/upload", params={"upload_id": name}, files={"files": b"x"})
                client.post("/queue/join", json=body | {"fn_index": 10**6 + number})
            if number % 50 == 0:
                with client.stream("GET", f"/heartbeat/{name}") as beat:
                    next(beat.iter_lines())
        until(lambda: not app._queue.event_ids_to_events)
        queue, server = app._queue, app.app
        assert (
            len(server.state_holder.session_data) == KEPT == len(server.state_holder.time_last_used)
        )
        assert len(queue._unread) <= 2000 and len(queue.pending_event_ids_session) <= 2000
        assert (queue.event_analytics, server.iterators, len(queue)) == ({}, {}, 0)
        after = measure_all()
    known = {one: size for one, (_, size) in before.items()}
    grown = {name: size - known.get(one, 0) for one, (name, size) in after.items()
             if size - known.get(one, 0) >= STRANGERS // 2}  # fmt: skip
    assert grown.keys() <= REMEMBERED, grown


def test_names_of_uploads_that_are_asked_for_are_forgotten():
    signals = UploadSignals(FOLLOWED)
    for number in range(STRANGERS):
        assert not signals[f"name-{number}"].is_set()
        assert not signals["x" * 100 + str(number)].is_set()
    assert len(signals) == FOLLOWED
    assert signals[f"name-{STRANGERS - 1}"] is signals[f"name-{STRANGERS - 1}"]


def test_what_somebody_has_open_is_held(blocks):
    sessions = Sessions(blocks)
    item = Item(path="a.png", filename="a", meme="m", preview="", thumb="", width=1, height=1)
    (state,) = (key for key, block in blocks.blocks.items() if isinstance(block, gr.State))
    sessions["tab"][state] = Queue(items=(item,))
    sessions["other"][state] = []
    assert sessions.held() == {"a.png": 1}
    sessions["other"][state] = Queue(items=(item,))
    assert sessions.held() == {"a.png": 2}


def test_so_many_sessions_are_kept(tiny_studio):
    assert launch_options(tiny_studio)["state_session_capacity"] == KEPT <= 2000


pytestmark = SERVER_MARKS
PASSWORD = "a long password"


@contextmanager
def served(settings, **changes) -> Iterator[httpx.Client]:
    with serve_page(build_tiny_studio(replace(settings, **changes))) as client:
        yield client


def test_a_page_beside_the_studio_neither_reads_nor_writes_as_who_is_signed_in(
    tiny_settings, tmp_path, uploads
):
    users = tmp_path / "users.json"
    add_user(users, name="ann", role="admin", password=PASSWORD)
    with served(tiny_settings, host="0.0.0.0", auth=users) as client:
        form = {"username": "ann", "password": PASSWORD}
        client.post("/login", data=form).raise_for_status()
        named = {"Host": "studio.example"}
        own = client.get("/gradio_api/info", headers=named | {"Origin": "https://studio.example"})
        assert own.status_code == 200
        evil = named | {"Origin": "https://evil.studio.example"}
        asked = evil | {"Access-Control-Request-Method": "POST"}
        body = {"data": [{}], "session_hash": "s"}
        answers = [
            client.get("/gradio_api/info", headers=evil),
            client.options("/gradio_api/queue/join", headers=asked),
            client.post("/api/v1/projects/cats/undo", json={}, headers=evil),
            client.post("/gradio_api/queue/join", json=body, headers=evil),
            client.post("/login", data=form, headers=evil),
            client.post("/login", data=form, headers=named | {"Sec-Fetch-Site": "same-site"}),
            client.get("/logout", headers=named | {"Sec-Fetch-Site": "cross-site"}),
        ]
        assert [answer.status_code for answer in answers] == [403] * len(answers)
        assert all("access-control-allow-origin" not in answer.headers for answer in answers)
        assert client.get("/gradio_api/login_check").status_code == 200


def test_a_name_that_was_pointed_at_this_machine_is_not_answered(tiny_settings, uploads):
    with served(tiny_settings) as client:
        port = client.base_url.port
        for host in (f"localhost:{port}", f"127.0.0.1:{port}", f"[::1]:{port}"):
            assert client.get("/config", headers={"Host": host}).status_code == 200
        rebound = {"Host": f"rebound.example:{port}", "Origin": f"http://rebound.example:{port}"}
        for path in ("/", "/config", "/gradio_api/info", "/theme.css"):
            refused = client.get(path, headers=rebound)
            assert refused.status_code == 421
            assert f"not answered as 'rebound.example:{port}'" in refused.text


def test_off_loopback_the_names_of_the_setting_are_answered(tiny_settings, uploads):
    with served(tiny_settings, host="0.0.0.0", hosts=("studio.example",)) as client:
        assert client.get("/config", headers={"Host": "studio.example"}).status_code == 200
        assert client.get("/healthz").status_code == 200  # as a container asks itself
        for path in ("/", "/config", "/healthz", "/api/v1/models"):
            refused = client.get(path, headers={"Host": "rebound.example"})
            assert refused.status_code == 421
            assert "--hosts" in refused.text


def test_programs_go_on_working(tiny_settings, uploads):
    with served(tiny_settings) as client:
        found = connect(str(client.base_url)).predict(text="a text alone", api_name="/predict")
        assert found["meme"]["text"] == "a text alone"


def test_nobody_is_told_of_the_server_by_the_name_that_another_called_it(tiny_settings, uploads):
    """Behind a proxy, or of a Space, the first caller may be a probe that asks by address."""
    with served(tiny_settings) as client:
        port = client.base_url.port
        for query in ({}, {"page": "none"}, {"all_endpoints": "true"}):
            for name in ("localhost", "127.0.0.1"):
                hosts = {"Host": f"{name}:{port}"}
                found = client.get("/gradio_api/info", params=query, headers=hosts).text
                assert f"http://{name}:{port}" in found and '"/predict"' in found
                assert found.count(f":{port}") == found.count(f"{name}:{port}")


def test_a_space_is_shown_inside_hugging_face_and_called_from_its_own_host(tiny_settings, uploads):
    name = "ada-memes.hf.space"
    with served(tiny_settings, host="0.0.0.0", space=True, hosts=(name,)) as client:
        framed = client.get("/", headers={"Host": name, "Sec-Fetch-Site": "cross-site"})
        assert framed.status_code == 200
        assert framed.headers["content-security-policy"].endswith(
            ", frame-ancestors 'self' https://huggingface.co"
        )
        body, said = {"text": "words"}, {"Host": name, "Origin": f"https://{name}"}
        assert client.post("/api/v1/predict", data=body, headers=said).status_code == 200
        said["Origin"] = "https://huggingface.co"
        assert client.post("/api/v1/predict", data=body, headers=said).status_code == 403


def test_off_a_space_no_other_page_frames_this_one(tiny_settings, uploads):
    with served(tiny_settings) as client:
        policy = client.get("/").headers["content-security-policy"]
        assert policy.endswith(", frame-ancestors 'self'")


ARCHIVE = ("files", ("a.zip", b"PK\x03\x04" + b"x" * 500))
PICTURE = ("files", ("a.png", draw_png()))


def upload(client: httpx.Client, *files: Any, **headers: str) -> httpx.Response:
    return client.post("/gradio_api/upload", files=list(files), headers=headers)


def lying(folder: Any) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file() and path.stat().st_size)


def test_an_upload_is_taken_while_there_is_room(tiny_settings, uploads, monkeypatch):
    monkeypatch.setattr("memeclip_core.api.uploads.ROOM_OF_VISITORS", 1000)
    with served(tiny_settings, host="0.0.0.0", max_bytes=400) as client:
        picture = ("files", ("a.png", draw_png() + b"\0" * 200))
        assert [upload(client, picture).status_code for _ in range(4)] == [200, 200, 413, 413]
        assert len(lying(uploads)) == 2
        refused = client.post("/gradio_api/queue/join", content=b"x" * 17_000_000)
        assert refused.status_code == 413


def test_what_may_be_uploaded_depends_on_who_sends_it(
    tiny_settings, tmp_path, uploads, monkeypatch
):
    small = replace(ANNOTATOR, largest=tiny_settings.max_bytes)
    monkeypatch.setattr("memeclip_core.api.uploads.ANNOTATOR", small)
    users = tmp_path / "users.json"
    for name in ("annotator", "admin"):
        add_user(users, name=name, role=name, password=PASSWORD)
    large = ("files", ("a.png", draw_png() + b"\0" * 21_000_000))
    with served(tiny_settings, host="0.0.0.0", auth=users) as client:
        assert upload(client, PICTURE).status_code == 401
        for name, codes in (("annotator", [200, 413]), ("admin", [200, 200])):
            client.post("/login", data={"username": name, "password": PASSWORD}).raise_for_status()
            assert [upload(client, file).status_code for file in (ARCHIVE, large)] == codes
    with served(tiny_settings, host="0.0.0.0") as client:
        assert upload(client, PICTURE).status_code == 200
        refused = upload(client, ARCHIVE)
        assert (refused.status_code, "'a.zip' was not taken" in refused.text) == (415, True)
        assert upload(client, ("files", ("a.png", b"x" * 30_000_000))).status_code in (413, 415)


def test_what_a_program_sends_is_deleted_when_it_is_read(tiny_settings, uploads, tmp_path):
    meme = tmp_path / "meme.png"
    meme.write_bytes(draw_png())
    with served(tiny_settings) as client:
        program = connect(str(client.base_url))
        for _ in range(2):
            found = program.predict(image=handle_file(meme), api_name="/predict")
            assert found["meme"]["filename"] == "meme.png"
        images = [handle_file(meme), handle_file(meme)]
        assert len(program.predict(images=images, api_name="/predict_batch")) == 2
        broken = tmp_path / "broken.png"
        broken.write_bytes(b"\x89PNG\r\n\x1a\n broken")
        with pytest.raises(Exception, match="damaged or incomplete"):
            program.predict(image=handle_file(broken), api_name="/predict")
        assert lying(uploads) == []


def test_a_file_of_another_server_is_not_fetched(tiny_settings, uploads):
    asked = []

    class Elsewhere(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

    with HTTPServer(("127.0.0.1", 0), Elsewhere) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{other.server_port}/meme.png"
        with served(tiny_settings) as client:
            file = {"path": address, "url": address, "meta": {"_type": "gradio.FileData"}}
            for image in (file, {"path": "/etc/hostname"}, {**file, "path": "/etc/hostname"}):
                body = {"data": [image, "words", "pridemm", "", False]}
                event = client.post("/gradio_api/call/predict", json=body).json()["event_id"]
                said = client.get(f"/gradio_api/call/predict/{event}").text
                assert "event: error" in said
                assert UNFIT[:40] in said
        other.shutdown()
    assert asked == []


pytestmark = SERVER_MARKS


@pytest.fixture
def guarded(tiny_settings, tmp_path, uploads):
    users = tmp_path / "users.json"
    add_user(users, name="ann", role="annotator", password=PASSWORD)
    return build_tiny_studio(replace(tiny_settings, auth=users, proxies=("127.0.0.1",)))


@pytest.fixture
def client(guarded, monkeypatch) -> Iterator[httpx.Client]:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "")
    with serve_page(guarded) as one:
        yield one


def sign_in(client: httpx.Client, password: str, address: str) -> int:
    form = {"username": "ann", "password": password}
    return client.post("/login", data=form, headers={"X-Forwarded-For": address}).status_code


def test_everybody_is_answered_while_passwords_are_checked(guarded, client, monkeypatch):
    go, started = threading.Event(), threading.Event()

    def slow(name: str, password: str, address: str) -> str:
        started.set()
        return "key" if go.wait(2 * PATIENCE) else ""

    monkeypatch.setattr(guarded.keys, "sign_in", slow)
    threads = [threading.Thread(target=sign_in, args=(client, "x", "192.0.2.1")) for _ in range(16)]
    for thread in threads:
        thread.start()
    assert started.wait(PATIENCE)
    # All sign-ins wait for what comes after this: it would be refused if it waited for them.
    assert client.get("/gradio_api/startup-events", timeout=PATIENCE).status_code == 200
    go.set()
    for thread in threads:
        thread.join()


def test_the_address_of_a_guess_is_the_one_that_waits(guarded, client):
    hold_waits(guarded)
    here, there = "203.0.113.9", "198.51.100.1"
    assert [sign_in(client, "wrong", here) for _ in range(5)] == [401] * 5
    refused = client.post(
        "/login",
        data={"username": "ann", "password": PASSWORD},
        headers={"X-Forwarded-For": here},
    )
    assert refused.status_code == 429
    assert "Too many wrong passwords for 'ann' from this address" in refused.json()["detail"]
    assert sign_in(client, PASSWORD, there) == 200


@pytest.mark.usefixtures("uploads")
def test_scripts_are_answered_before_anybody_signs_in_and_kept_by_browsers(tiny_settings, tmp_path):
    users = tmp_path / "users.yaml"
    users.write_text("users: []\n", encoding="utf-8")
    studio = build_tiny_studio(replace(tiny_settings, auth=users))
    [_, route, *_] = launch_options(studio)["app_kwargs"]["routes"]
    address = route.path.replace("{name:path}", ENTRY)
    with serve_page(studio) as client:
        answer = client.get(address)
        assert "export const modules = {};" in answer.text
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-security-policy"] == "frame-ancestors 'self'"
        assert client.get(address, headers={"Host": "elsewhere.example"}).status_code == 421
        assert client.get(address.replace("studio", "studios")).status_code == 404
