from __future__ import annotations

import shutil
from dataclasses import replace

from starlette.applications import Starlette
from starlette.testclient import TestClient

from memeclip_core.api.routes.health import health_route
from tests.factories.api import Asked
from tests.factories.studios import build_tiny_studio


def test_a_server_that_answers_says_whether_it_is_ready(tiny_studio):
    asked = Asked(tiny_studio)
    begun = {"status": "ok", "ready": False, "backup": "none", "backed_up": None}
    assert asked.get("/health") == begun
    tiny_studio.warm_up()
    tiny_studio._predictor._warming.join(timeout=30)
    assert asked.get("/health") == begun | {"ready": True}


def test_a_container_asks_for_the_same_and_an_absent_database_is_told_by_the_code(tiny_studio):
    client = TestClient(Starlette(routes=[health_route(tiny_studio)]))
    answer = client.get("/healthz")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert answer.json() == Asked(tiny_studio).get("/health")
    database = tiny_studio._retrainer.jobs._database
    database.close()
    shutil.rmtree(tiny_studio.settings.home)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["status"]) == (503, "failing")
    assert Asked(tiny_studio).client.get("/health").status_code == 503
    # The home is there again: the next question finds it, without a restart.
    tiny_studio.settings.home.mkdir()
    assert client.get("/healthz").json()["status"] == "ok"


def test_one_is_told_who_one_is_and_what_one_may_not(tiny_studio, tiny_settings):
    found = Asked(tiny_studio).get("/me")
    assert found == {"person": {"name": "local", "role": "admin"}, "write_reason": ""}
    stranger = Asked(build_tiny_studio(replace(tiny_settings, host="0.0.0.0"))).get("/me")
    assert stranger["person"] == {"name": "visitor", "role": "visitor"}
    assert "only predicts" in stranger["write_reason"]
