"""Every event of every page, called as anybody could: never a server error, always a sentence."""

from __future__ import annotations

import copy
import inspect
import itertools
import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import gradio as gr
import pytest
from gradio.state_holder import SessionState

from memeclip_core.access.users import add_user
from memeclip_core.config import Settings
from memeclip_core.ui.app import build_app
from memeclip_core.ui.blocks import REFUSED, UNFIT
from memeclip_core.ui.messages import NEUTRAL
from memeclip_core.ui.predict_endpoint import EXAMPLE
from tests.factories import loops
from tests.factories.browser import SERVER_MARKS
from tests.factories.reviewed import KEY, make_reviewed
from tests.factories.studios import build_tiny_studio

pytestmark = SERVER_MARKS

ROLES = {None: "visitor", "ann": "annotator", "rev": "reviewer", "root": "admin"}
HOMES = ("empty", "open", "closed")
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


def test_whatever_is_sent_is_answered_in_a_sentence(build: Any) -> None:
    app = build("open")
    calls = [
        (fn, [*usual(fn)[:place], odd, *usual(fn)[place + 1 :]], "root")
        for fn in events(app)
        for place, odd in itertools.product(range(len(fn.inputs)), ODD)
    ]
    calls += [
        (fn, usual(fn), "rev", pressed)
        for fn in events(app)
        for pressed in PRESSED
        if "event" in inspect.signature(fn.fn).parameters
    ]
    assert faults(app, calls) == []


def test_what_no_widget_offers_is_refused_in_our_own_words(build: Any) -> None:
    app = build("empty")
    fn = next(fn for fn in events(app) if fn.name == "on_ask")
    said = loops.run(call(app, fn, [None, None, "no such task set"], None))
    assert said == REFUSED


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
