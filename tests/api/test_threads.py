"""Some work has threads of its own: whatever waits, in whatever numbers, keeps nobody else back."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import is_dataclass, replace

import httpx
import pytest

from memeclip_core.api.application import PREFIX
from memeclip_core.api.identity import Asking
from memeclip_core.api.threads import AT_ONCE, OF_VISITORS, Threads
from memeclip_core.config import Settings
from memeclip_core.errors import InputError
from memeclip_core.records.decision import Person
from tests.factories import loops
from tests.factories.api import decision
from tests.factories.browser import SERVER_MARKS
from tests.factories.projects import make_project
from tests.factories.serving import Served, launching
from tests.factories.studios import build_tiny_studio, draw_png
from tests.factories.waits import until

pytestmark = SERVER_MARKS
MANY = 48
"""More than the threads that routes share."""


@pytest.fixture(scope="module")
def work(tiny_checkpoints, tmp_path_factory):

    folder = tmp_path_factory.mktemp("threads")
    settings = Settings(home=folder / "home", checkpoints=tiny_checkpoints, encoder="fake")
    return make_project(build_tiny_studio(settings), folder / "pictures", count=3)


@pytest.fixture(scope="module")
def served(work):
    with launching(work.studio) as app:
        yield Served(work.studio, app)


class Held:
    """Something that holds everybody up who calls it."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.entered = 0

    def __call__(self, *args, **options):
        self.entered += 1
        assert self.go.wait(60)
        raise InputError("Nothing came of it.")


def ask_for_facts(client, key):
    client.get(f"{PREFIX}/projects/{key}/facts")


def ask_for_predictions(client, key):
    client.post(f"{PREFIX}/predict", data={"text": "hello"})


def compare(client, key):
    client.post(f"{PREFIX}/comparisons", json={"task_set": "pridemm"})


def search(client, key):
    client.get(f"{PREFIX}/explore/project:{key}/search", params={"how": "like", "like": "0" * 12})


def search_picture(client, key):
    sent = {"image": ("a.png", draw_png())}
    client.post(f"{PREFIX}/explore/project:{key}/search", files=sent)


def ask_for_maps(client, key):
    client.get(f"{PREFIX}/explore/project:{key}/map")


def ask_for_pictures(client, key):
    client.get(f"{PREFIX}/batches/{'0' * 32}/pictures/0")


def ask_for_answers(client, key):
    client.get(f"{PREFIX}/batches/{'0' * 32}/answers")


def save(client, work, name):
    sent = decision(work.ids()[0], save=name)
    answer = client.post(f"{PREFIX}/projects/{work.key}/decisions", json=sent, timeout=30)
    return answer.json()["saved"]["receipt"]["rows"]


@contextmanager
def holding(work, served, monkeypatch, ask, part):
    """Let many ask for something that answers nobody, and return a client, and how many work."""
    held = Held()
    monkeypatch.setattr(*_find(work.studio, part), held)
    limits = httpx.Limits(max_connections=None)
    with (
        httpx.Client(base_url=served.url, timeout=60, limits=limits) as client,
        ThreadPoolExecutor(MANY) as pool,
    ):
        asked = [pool.submit(ask, client, work.key) for _ in range(MANY)]
        try:
            yield client, held
        finally:
            held.go.set()
        for one in asked:
            one.result(60)


HELD = {
    "routes": (ask_for_facts, "projects.facts", 40),
    "predictions": (ask_for_predictions, "predict", 1),
    "comparisons": (compare, "comparisons.report", 1),
    "searches": (search, "explore.search", 1),
    "pictures searched for": (search_picture, "explore.search", 1),
    "maps": (ask_for_maps, "explore.map", AT_ONCE["many"]),
    "answers": (ask_for_answers, "batches.read", AT_ONCE["many"]),
    "pictures": (ask_for_pictures, "batches.picture", AT_ONCE["picture"]),
}
"""What may take long, how it is asked for, and how many threads it takes at most."""


@pytest.mark.parametrize("what", HELD)
def test_whatever_waits_keeps_no_save_back_and_no_look_at_the_server(
    what, work, served, monkeypatch
):
    ask, part, most = HELD[what]
    name = f"held-{list(HELD).index(what)}"
    with holding(work, served, monkeypatch, ask, part) as (client, held):
        until(lambda: held.entered >= most)
        # All others wait for what comes after this: it would be refused if it waited for them.
        assert save(client, work, f"{name}-first") == 3
        for path in ("/healthz", f"{PREFIX}/health"):
            assert client.get(path, timeout=10).json()["status"] == "ok"
        if what != "routes":
            assert client.get(f"{PREFIX}/projects/{work.key}/facts", timeout=10).is_success
        else:
            sent = client.post(f"{PREFIX}/predict", data={"text": "hello"}, timeout=20)
            assert sent.json()["task_set"] == "pridemm"
        assert held.entered == most


def test_visitors_have_threads_apart(tiny_settings):
    studio = build_tiny_studio(replace(tiny_settings, host="0.0.0.0"))
    visitor, ann = studio.owner(), Person(name="ann", role="annotator")
    held, threads = Held(), Threads()
    waiting = threads._visitors["picture"].statistics

    async def crowd():
        calls = {who: Asking(studio=studio, who=who, threads=threads) for who in (visitor, ann)}
        many = [asyncio.create_task(threads.run(calls[visitor], "picture", held)) for _ in range(9)]
        try:
            async with asyncio.timeout(20):
                while waiting().tasks_waiting < 9 - OF_VISITORS:
                    await asyncio.sleep(0)
                return await threads.run(calls[ann], "picture", lambda: "answered")
        finally:
            held.go.set()
            await asyncio.gather(*many, return_exceptions=True)

    assert loops.run(crowd()) == "answered"
    assert held.entered == 9


def test_what_the_page_waits_for_keeps_no_route_back(served):
    # It is the routes' own where Gradio makes none.
    assert served.app.limiter is not None


def _find(studio, part):
    *owners, name = part.split(".")
    found = getattr(studio, owners[0]) if owners else studio
    return (type(found) if is_dataclass(found) else found), name
