"""Saves have threads of their own: whatever else waits, in whatever numbers, keeps none back."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from memeclip_core.api.application import PREFIX
from memeclip_core.config import Settings
from memeclip_core.errors import InputError
from tests.factories.api import decision
from tests.factories.browser import SERVER_MARKS
from tests.factories.projects import make_project
from tests.factories.serving import Served, launching
from tests.factories.studios import build_tiny_studio
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


def save(client, work, name):
    sent = decision(work.ids()[0], save=name)
    answer = client.post(f"{PREFIX}/projects/{work.key}/decisions", json=sent, timeout=30)
    return answer.json()["saved"]["receipt"]["rows"]


@pytest.mark.parametrize(
    ("ask", "part", "waiting"),
    [(ask_for_facts, "projects.facts", 40), (ask_for_predictions, "predict", 1)],
    ids=["routes", "predictions"],
)
def test_a_save_waits_for_saves_alone(ask, part, waiting, work, served, monkeypatch):
    held = Held()
    monkeypatch.setattr(*_find(work.studio, part), held)
    limits = httpx.Limits(max_connections=None)
    with (
        httpx.Client(base_url=served.url, timeout=60, limits=limits) as client,
        ThreadPoolExecutor(MANY) as pool,
    ):
        assert save(client, work, f"first-{part}".replace(".", "-")) == 3
        for _ in range(MANY):
            pool.submit(ask, client, work.key)
        try:
            until(lambda: held.entered >= waiting)
            # All others wait for what comes after this: it would be refused if it waited for them.
            assert save(client, work, f"second-{part}".replace(".", "-")) == 3
        finally:
            held.go.set()


def test_what_the_page_waits_for_keeps_no_route_back(served):
    # It is the routes' own where Gradio makes none.
    assert served.app.limiter is not None


def _find(studio, part):
    *owners, name = part.split(".")
    return (getattr(studio, owners[0]) if owners else studio), name
