"""Everything that can be asked of the page: each route and each event, with who may.

Whoever adds a route or an event fails here until it is written down with its role: the lowest that
may use it. The last tests then try it as everybody below that role.
"""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

import gradio as gr
import httpx
import pytest
from gradio.routes import App
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from memeclip_core.access import rate_limits
from memeclip_core.access.rate_limits import Allowance
from memeclip_core.api.gate import CLOSED, OPEN, find_audience
from memeclip_core.api.identity import SIGN_IN
from memeclip_core.api.problems import NEUTRAL
from memeclip_core.app.people import add_person
from memeclip_core.config import Settings
from memeclip_core.records.decision import Person, Role
from memeclip_core.storage.home import DATABASE
from memeclip_core.storage.task_files import render_task_set
from memeclip_core.ui.app import build_app, launch_options
from tests.factories.api import Asked
from tests.factories.browser import SERVER_MARKS
from tests.factories.reviewed import KEY, make_reviewed, meme_id
from tests.factories.serving import launching
from tests.factories.studios import build_tiny_studio, draw_png
from tests.factories.surface import API, EVENTS, FREE, ROUTES

pytestmark = SERVER_MARKS

ORDER: tuple[Role, ...] = get_args(Role)
PASSWORD = "a long password"
MARK = "a-value-of-the-senders-own"
"""Sent where anything can be sent; it comes back to nobody and stands in no log."""

HELP = (
    "\nThe page has other {0} than are written down in tests/factories/surface.py. Add each new "
    "one to {1} with the lowest role that may use it (a route also to api/gate.py, if it lies "
    "outside /api/v1, and to FREE, if it spends no allowance), and take out what is gone:\n{2}"
)


def walk(routes: Any, before: str = "") -> Iterator[str]:
    """Return every route below some, by its methods and address."""
    for route in routes:
        inner = getattr(getattr(route, "original_router", route), "routes", None)
        path = before + (getattr(route, "path", None) or "")
        if inner:
            yield from walk(inner, path)
        else:
            yield from (f"{method} {path}" for method in getattr(route, "methods", None) or ["*"])


def find_routes(studio: Any) -> set[str]:
    options = launch_options(studio)
    app = App.create_app(
        build_app(studio),
        app_kwargs=options["app_kwargs"],
        auth_dependency=options["auth_dependency"],
    )
    found = {re.sub(r"scripts/\w{16}", "scripts/0", route) for route in walk(app.routes)}
    return {route for route in found if not route.startswith("HEAD ")}


def name_event(fn: Any) -> str:
    return str(getattr(fn.fn, "func", fn.fn).__qualname__)


def differ(found: set[str], written: set[str]) -> str:
    lines = [f"  new:  {one}" for one in sorted(found - written)]
    return "\n".join([*lines, *(f"  gone: {one}" for one in sorted(written - found))])


@pytest.fixture(scope="module")
def settings(tiny_checkpoints: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Return the settings of a home with a project and with somebody of every role."""
    local = Settings(
        home=tmp_path_factory.mktemp("surface"), encoder="fake", checkpoints=tiny_checkpoints,
        threads=1,
    )  # fmt: skip
    make_reviewed(build_tiny_studio(local))
    for role in ORDER[1:]:
        add_person(local, name=role, role=role, password=PASSWORD)
    return replace(local, host="0.0.0.0")


def test_every_route_is_written_down(settings: Settings) -> None:
    found = find_routes(build_tiny_studio(replace(settings, sign_in=True)))
    of_api = {route for route in found if " /api/v1" in route}
    assert of_api == set(API), HELP.format("routes", "API", differ(of_api, set(API)))
    listed = dict(line.rsplit(": ", 1) for line in ROUTES.strip().splitlines())
    rest = found - of_api
    assert rest == set(listed), HELP.format("routes", "ROUTES", differ(rest, set(listed)))
    assert {one: find_audience(*one.split(" ", 1)) or "closed" for one in listed} == listed


def test_every_event_is_written_down(settings: Settings) -> None:
    app = build_app(build_tiny_studio(replace(settings, sign_in=True)))
    found = {name_event(fn) for fn in app.fns.values() if fn.fn is not None}
    assert found == set(EVENTS), HELP.format("events", "EVENTS", differ(found, set(EVENTS)))
    public = {fn.api_name for fn in app.fns.values() if fn.api_visibility == "public"}
    assert public == {"predict", "predict_batch"}


@dataclass(kw_only=True)
class Door:
    """A running page, and one person who knocks; all answers are kept."""

    app: Any
    client: httpx.Client
    studio: Any

    def events(self, calls: list[tuple[Any, list[Any]]]) -> list[str]:
        """Put events into the queue at once, as nobody's browser would; return their answers."""
        answers: list[str] = []
        for start in range(0, len(calls), 12):
            few = calls[start : start + 12]
            ids: dict[str, int] = {}
            for place, (fn, values) in enumerate(few):
                body = {"data": values, "fn_index": fn._id, "session_hash": "knocks"}
                body["event_data"] = {"index": 0}
                answer = self.client.post("/gradio_api/queue/join", json=body)
                assert answer.status_code == 200, answer.text
                ids[answer.json()["event_id"]] = place
            found = [""] * len(few)
            address = "/gradio_api/queue/data?session_hash=knocks"
            with self.client.stream("GET", address) as lines:
                for line in lines.iter_lines():
                    said = json.loads(line[6:]) if line.startswith("data: ") else {}
                    if said.get("event_id") in ids:
                        found[ids[said["event_id"]]] += line
                    if said.get("msg") == "close_stream":
                        break
            answers += found
        return answers


KEPT = ("project", "label_set", "meme", "decision", "model_version", "active_model",
        "model_change", "person", "token")  # fmt: skip


def digest(settings: Settings) -> dict[str, str]:
    """Return what stands in the tables that nobody may change by looking."""
    found = {}
    with sqlite3.connect(settings.home / DATABASE) as connection:
        for table in KEPT:
            rows = sorted(map(repr, connection.execute(f'SELECT * FROM "{table}"')))
            found[table] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
        jobs = connection.execute("SELECT id FROM job WHERE kind <> 'batch'").fetchall()
        found["job"] = repr(sorted(jobs))
    connection.close()
    return found


def usual(fn: Any, studio: Any) -> list[Any]:
    """Return values with which an event does what it is for."""
    fitting = {
        "review-project": KEY, "dashboard-project": KEY, "projects-pick": KEY,
        "project-new-title": "Dogs", "project-new-key": "dogs", "project-new-tasks": "pridemm",
        "project-title": "Other", "project-written": "Look twice.", "project-order": "import",
        "project-labels": render_task_set(studio.task_sets[0]), "project-kind": "csv",
        "models-tasks": "pridemm", "analyse-tasks": "pridemm",
    }  # fmt: skip
    return [
        None if one.stateful else fitting.get(one.elem_id or "", one.value) for one in fn.inputs
    ]


def marked(fn: Any, studio: Any) -> Iterator[list[Any]]:
    """Return values that no widget offers, in each place by turns."""
    values, odd = usual(fn, studio), (MARK, [MARK], {"path": f"/{MARK}"})
    for place, one in enumerate(fn.inputs):
        if not one.stateful:
            yield [*values[:place], odd[place % len(odd)], *values[place + 1 :]]


def distinct(app: Any) -> list[Any]:
    """Return one event of each handler."""
    return list({name_event(fn): fn for fn in app.fns.values() if fn.fn is not None}.values())


@pytest.fixture(scope="module")
def knock(settings: Settings) -> Iterator[Any]:
    """Return a way to come as somebody of a role; one page asks who comes, and one does not."""
    pages: dict[bool, Any] = {}
    opened: list[Any] = []

    def come(role: Role) -> Door:
        asks = role != "visitor"
        if asks not in pages:
            studio = build_tiny_studio(replace(settings, sign_in=asks))
            page = launching(studio)
            pages[asks] = studio, page.__enter__()
            opened.append(page)
        studio, app = pages[asks]
        client = httpx.Client(base_url=app.local_url, timeout=60)
        opened.append(client)
        if asks:
            form = {"username": role, "password": PASSWORD}
            assert client.post("/login", data=form).json() == {"success": True}
        return Door(app=app, client=client, studio=studio)

    yield come
    for one in reversed(opened):
        one.__exit__(None, None, None)


STARTS = ("OnModels.on_retrain", "OnModels.on_push", "OnBatch.on_start")
"""What starts work of its own; tests of their own call these."""


@pytest.mark.parametrize("role", ORDER)
def test_no_event_does_more_than_its_role_may(
    role: Role, knock: Any, settings: Settings, capfd: Any
) -> None:
    door = knock(role)
    above, others = [], []
    for fn in distinct(door.app):
        if ORDER.index(EVENTS[name_event(fn)]) > ORDER.index(role):
            above += [(fn, usual(fn, door.studio)), (fn, [None] * len(fn.inputs))]
            above += [(fn, values) for values in marked(fn, door.studio)]
        elif name_event(fn) not in STARTS:
            others += [(fn, values) for values in marked(fn, door.studio)]
    before = digest(settings)
    answers = door.events(above)
    assert digest(settings) == before
    answers += door.events(others)
    if role == "admin":
        # The values are such that they would have.
        does = ("OnProjects.on_create", "OnProjects.on_write")
        door.events(
            [(fn, usual(fn, door.studio)) for fn in distinct(door.app) if name_event(fn) in does]
        )
        after = digest(settings)
        assert {table for table in after if after[table] != before[table]} >= {"project"}
    faults = [one for one in answers if "process_completed" not in one or NEUTRAL[:40] in one]
    assert faults == []
    logged = "".join(capfd.readouterr())
    assert MARK not in logged
    assert "Traceback" not in logged
    assert str(settings.home) not in "".join(answers)


FORMS: tuple[Any, ...] = (
    lambda path: {"path": path, "meta": {"_type": "gradio.FileData"}},
    lambda path: {"path": path},
    lambda path: {"path": path, "orig_name": "a.csv", "url": f"/gradio_api/file={path}"},
    lambda path: {"path": f"/uploads/../..{path}", "meta": {"_type": "gradio.FileData"}},
    lambda path: path,
)  # fmt: skip
"""How a file of the server could be named where an upload belongs."""


def test_no_event_reads_a_file_that_is_no_upload(knock: Any, settings: Settings) -> None:
    door = knock("admin")
    (settings.home / "secret.csv").write_text(f"text\n{MARK}\n", encoding="utf-8")
    path, calls = str(settings.home / "secret.csv"), []
    for fn in distinct(door.app):
        values = usual(fn, door.studio)
        for place, one in enumerate(fn.inputs):
            if not isinstance(one, gr.File | gr.Image | gr.UploadButton):
                continue
            many = getattr(one, "file_count", "single") != "single"
            calls += [
                (fn, [*values[:place], [form(path)] if many else form(path), *values[place + 1 :]])
                for form in FORMS
            ]
    names = {name_event(fn) for fn, _ in calls}
    assert len(names) >= 7, names
    before = digest(settings)
    for (fn, _), answer in zip(calls, door.events(calls), strict=True):
        assert '"success":false' in answer.replace(" ", ""), name_event(fn)
        assert MARK not in answer
    assert digest(settings) == before


def fill(schema: dict[str, Any], every: dict[str, Any]) -> Any:
    """Return something that a schema takes, with what must be in it."""
    if "$ref" in schema:
        return fill(every[schema["$ref"].rpartition("/")[2]], every)
    if "enum" in schema or "const" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    if schema.get("type") == "object":
        if "properties" not in schema:
            return {"hate": ["Hate"], "stance": ["Neutral"], "humour": ["Humour"]}
        fields = schema["properties"].items()
        return {key: fill(one, every) for key, one in fields if key in schema.get("required", ())}
    if schema.get("type") == "array":
        return [fill(schema["items"], every)]
    if schema.get("type") == "string":
        if "[0-9a-f]" in schema.get("pattern", ""):
            return meme_id(3)
        return {"^[A-Za-z0-9-]{8,64}$": "save-0001"}.get(
            schema.get("pattern", ""), "pridemm" if "ask" in schema.get("title", "") else "x"
        )
    return 1 if schema.get("type") in ("integer", "number") else True


def ask(client: Any, route: str, described: dict[str, Any]) -> Any:
    """Return the answer to a route that is asked for something that it takes."""
    method, path = route.split(" ", 1)
    every, own = described["components"]["schemas"], path.removeprefix("/api/v1")
    said = described["paths"].get(own, {}).get(method.lower(), {})
    content = said.get("requestBody", {}).get("content", {})
    sent: dict[str, Any] = {}
    if "application/json" in content:
        sent["json"] = fill(content["application/json"]["schema"], every)
    elif content:
        sent["files"] = {
            name: ("a.png", draw_png()) for name in ("image", "images", "files", "file")
        }
        sent["data"] = {"task_set": "pridemm", "labels": "{}", "session": "own", "what": "words"}
    asked = [one for one in said.get("parameters", ()) if one["in"] == "query"]
    sent["params"] = {one["name"]: fill(one["schema"], every) for one in asked
                      if one.get("required")}  # fmt: skip
    address = path.replace("{project}", KEY).replace("{meme}", meme_id(3))
    address = address.replace("{batch}", "0" * 32).replace("{save}", "save-0001")
    address = re.sub(r"{(number|thread|place)}", "1", address)
    return client.request(method, re.sub(r"{\w+}", "0" * 64, address), **sent)


@pytest.mark.parametrize("role", ORDER[:-1])
def test_no_route_of_the_api_does_more_than_its_role_may(
    role: Role, knock: Any, settings: Settings
) -> None:
    client = knock(role).client
    described = client.get("/api/v1/openapi.json").json()
    before, found = digest(settings), {}
    for route, needed in API.items():
        if ORDER.index(needed) > ORDER.index(role):
            answer = ask(client, route, described)
            found[route] = answer.status_code if answer.status_code != 422 else answer.text
    assert found
    assert set(found.values()) == {403}, [one for one in found.items() if one[1] != 403]
    assert digest(settings) == before


def test_every_route_spends_an_allowance_or_is_free_for_a_reason(
    settings: Settings, monkeypatch: Any
) -> None:
    studio = build_tiny_studio(replace(settings, sign_in=True, visitors_suggest=True))
    asking = {role: Asked(studio, Person(name=role, role=role)).client.app for role in ORDER}
    apis = {
        role: TestClient(Starlette(routes=[Mount("/api/v1", app)])) for role, app in asking.items()
    }
    described = apis["visitor"].get("/api/v1/openapi.json").json()
    none = {kind: Allowance(rate=1.0, burst=0) for kind in rate_limits.ALLOWANCES}
    monkeypatch.setattr(rate_limits, "ALLOWANCES", none)
    before, free = digest(settings), set()
    for route, needed in API.items():
        answer = ask(apis[needed], route, described)
        if answer.status_code != 429:
            free.add(route)
            print(route, answer.status_code, answer.text[:300])
    assert digest(settings) == before
    listed = dict(line.rsplit(": ", 1) for line in ROUTES.strip().splitlines())
    assert free | {route for route, who in listed.items() if who != "closed"} == set(FREE)
    assert all(FREE.values())


def mark(schema: dict[str, Any], every: dict[str, Any]) -> Any:
    """Return something of a schema's shape with ``MARK`` in all of its words."""
    if "$ref" in schema:
        return mark(every[schema["$ref"].rpartition("/")[2]], every)
    if schema.get("anyOf"):
        return mark(schema["anyOf"][0], every)
    if schema.get("type") == "object":
        fields = schema.get("properties", {MARK: {"type": "string"}}).items()
        return {key: mark(one, every) for key, one in fields}
    if schema.get("type") == "array":
        return [mark(schema.get("items", {}), every)]
    return fill(schema, every) if schema.get("type") in ("integer", "number", "boolean") else MARK


def test_what_is_sent_to_the_api_stands_in_no_log_and_on_nobodys_page(
    knock: Any, settings: Settings, capfd: Any
) -> None:
    client, stranger = knock("admin").client, knock("visitor").client
    described = client.get("/api/v1/openapi.json").json()
    every, answers = described["components"]["schemas"], []
    picture = (f"{MARK}.png", b"\x89PNG\r\n\x1a\n" + MARK.encode())
    for route in API:
        method, path = route.split(" ", 1)
        paths = described["paths"].get(path.removeprefix("/api/v1"), {})
        said = paths.get(method.lower(), {})
        content = said.get("requestBody", {}).get("content", {})
        sent: dict[str, Any] = {"params": {
            one["name"]: MARK for one in said.get("parameters", ()) if one["in"] == "query"
        }}  # fmt: skip
        if "application/json" in content:
            sent["json"] = mark(content["application/json"]["schema"], every)
        elif content:
            form = mark(next(iter(content.values()))["schema"], every)
            files = {"image", "images", "other"} & form.keys()
            sent["data"] = {key: str(value) for key, value in form.items() if key not in files}
            sent["files"] = [(name, picture) for name in files]
        known = path.replace("{project}", KEY).replace("{meme}", meme_id(3))
        for address in (known.replace("{collection}", f"project:{KEY}"), path):
            answers.append(client.request(method, re.sub(r"{\w+}", MARK, address), **sent))
    for name in (f"{MARK}.png", f"{MARK}.zip"):
        answers.append(client.post("/gradio_api/upload", files={"files": (name, MARK.encode())}))
    answers += [client.get(f"/{MARK}"), client.get(f"/gradio_api/file={MARK}")]
    assert [one.status_code for one in answers if one.status_code >= 500] == []
    told = "".join(answer.text for answer in answers)
    assert str(settings.home) not in told
    assert "Traceback" not in told
    for path in ("/", "/config", "/healthz", "/api/v1/models", "/api/v1/retrainings"):
        assert MARK not in stranger.get(path).text
    logged = "".join(capfd.readouterr())
    assert MARK not in logged
    assert "Traceback" not in logged
    assert str(settings.home) not in logged


@pytest.mark.parametrize("audience", ["closed", "signed in", "anybody"])
def test_what_is_open_to_whom_is_as_it_is_written(audience: str, knock: Any) -> None:
    asked = dict(line.rsplit(": ", 1) for line in ROUTES.strip().splitlines())
    found = {}
    with httpx.Client(base_url=knock("admin").client.base_url, timeout=60) as client:
        for route in (route for route, who in asked.items() if who == audience):
            method, path = route.split(" ", 1)
            answer = client.request(method, re.sub(r"{.*?}", "0", path))
            sent_on = answer.headers.get("location") == "login" and path == "/"
            found[route] = (
                "signed in" if sent_on or SIGN_IN in answer.text
                else "closed" if CLOSED in answer.text else "anybody"
            )  # fmt: skip
    assert found
    assert set(found.values()) == {audience}, found


def test_nothing_is_opened_that_is_not_there(settings: Settings) -> None:
    listed = [line.rsplit(": ", 1)[0] for line in ROUTES.strip().splitlines()]
    # The first two on a Space alone, the last by setting.
    listed += [*API, "GET /login/huggingface", "GET /login/callback", "GET /metrics"]
    for opened in OPEN:
        start = opened.removesuffix("*")
        assert any(one.startswith(start) for one in listed), opened


PARTS = (
    MARK,
    "predict",
    "%00",
    "%ff",
    "..%2f..%2fx",
    "x" * 400,
    "a<gradio-sep>b",
    "%5c%5ca",
    "é💥",
)
"""What stands where an address has a part of the sender's choice."""

ASKED = ("?deep_link=" + MARK, "?upload_id=%00", "?session_hash=%ed%a0%80", "?view=%ff&x=" + MARK)
HEADERS: tuple[dict[str, str], ...] = (
    {"host": "["}, {"range": "bytes=9-1"}, {"authorization": f"Bearer {MARK}"}, {"cookie": "=;;"},
    {"x-forwarded-host": "[", "x-forwarded-proto": "x:"}, {"accept-language": ";;q=x"},
    {"content-type": "multipart/form-data"}, {"content-type": "application/json; charset=x"},
)  # fmt: skip
WRONG: tuple[dict[str, Any], ...] = (
    {}, {MARK: MARK}, {"data": None}, {"data": {}}, {"data": [MARK] * 300}, {"fn_index": "x"},
    {"fn_index": 10**30}, {"fn_index": -1}, {"fn_index": 1.5}, {"event_id": MARK}, {"event_id": 5},
    {"trigger_id": 10**9}, {"trigger_id": MARK}, {"event_data": MARK}, {"batched": True},
    {"session_hash": None}, {"session_hash": ""}, {"session_hash": "a<gradio-sep>b"},
    {"session_hash": "\ud800"}, {"session_hash": {}}, {"task_set": MARK, "no_text": MARK},
    {"image": {"path": MARK, "meta": {"_type": "gradio.FileData"}}}, {"text": [MARK]},
)  # fmt: skip
BODIES = (
    b"", b"{", b"null", b"[]", b"\xff\xfe", b"[" * 50_000, b"9" * 6000, b'{"data":NaN}',
    *(json.dumps({"data": [], "fn_index": fn, "session_hash": MARK} | one).encode()
      for one in WRONG for fn in (None, 3)),
    *(json.dumps(one).encode() for one in WRONG),
)  # fmt: skip


def silly(route: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Return requests of a route that nobody means."""
    method, path = route.split(" ", 1)
    usual = re.sub(r"{.*?}", "0", path)
    yield from ((method, usual + asked, {}) for asked in ASKED)
    for headers in HEADERS:
        sent = {name: value.encode() for name, value in headers.items()}
        yield method, usual, {"headers": sent} | ({"content": b"{}"} if method == "POST" else {})
    for part in PARTS if "{" in path else ():
        for rest in ("0", part):
            address = re.sub(r"{.*?}", lambda _, rest=rest: rest, path.replace("{", part + "{", 1))
            yield method, address.replace(part + rest, part, 1), {}
    if method == "POST":
        paths = {usual, re.sub(r"{.*?}", "predict", path)}
        sent = {"content-type": "application/json"}
        yield from ((method, one, {"content": body, "headers": sent})
                    for one in paths for body in BODIES)  # fmt: skip


@pytest.mark.timeout(300)
def test_nothing_that_is_sent_to_gradios_routes_is_a_fault_of_the_server(
    knock: Any, capfd: Any
) -> None:
    client, faults = knock("visitor").client, []
    for line in ROUTES.strip().splitlines():
        route, audience = line.rsplit(": ", 1)
        for method, path, sent in silly(route) if audience != "closed" else ():
            with client.stream(method, path, **sent) as answer:
                if answer.status_code >= 500:
                    faults.append((answer.status_code, method, path[:80], str(sent)[:120]))
    assert faults == []
    logged = "".join(capfd.readouterr())
    assert MARK not in logged
    assert "Traceback" not in logged and "while a request was answered" not in logged
    # The queue goes on for everybody.
    event = client.post("/gradio_api/call/predict", json={"data": [None, "a text"]}).json()
    assert "event: complete" in client.get(f"/gradio_api/call/predict/{event['event_id']}").text
    for name, sent, code in (
        (MARK, {}, 404), ("predict", {MARK: MARK}, 422), ("predict", {"text": "a text"}, 200),
    ):  # fmt: skip
        answer = client.post(f"/gradio_api/call/v2/{name}", json=sent)
        assert answer.status_code == code, answer.text
        assert MARK not in answer.text
