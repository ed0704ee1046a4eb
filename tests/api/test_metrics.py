"""Numbers for Prometheus: what they count, and who may read them."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from memeclip_core.api.application import PREFIX, build_api
from memeclip_core.api.identity import Identity
from memeclip_core.api.metrics import Counted, Metrics
from memeclip_core.errors import ConfigError
from memeclip_core.ui.app import launch_options
from tests.factories.people import add_user
from tests.factories.serving import serve_page
from tests.factories.studios import build_tiny_studio


def serve(studio):
    """Return a client of the API and its metrics."""
    identity = Identity(studio)
    metrics = Metrics(studio, identity)
    routes = [
        Mount(PREFIX, build_api(studio, identity)),
        metrics.route,
        Route("/broken", lambda request: 1 / 0),
        Route("/{any:path}", lambda request: PlainTextResponse("a page")),
    ]
    counted = Middleware(Counted, metrics=metrics)
    app = Starlette(routes=routes, middleware=[counted])
    return TestClient(app, raise_server_exceptions=False)


def read(client, **options):
    """Return the samples by name and labels."""
    answer = client.get("/metrics", **options)
    assert answer.status_code == 200, answer.text
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_requests_are_counted_by_route_and_status_and_no_name_gets_in(tiny_studio):
    client = serve(tiny_studio)
    meme = "ab" * 32
    for path in ("/api/v1/projects/a-secret/facts", "/api/v1/projects/another/facts"):
        assert client.get(path).status_code == 404
    client.get(f"/api/v1/projects/cats/memes/{meme}/history")
    client.get("/whatever-strangers/ask?for=it")
    client.get("/api/v1/there-is-none")
    client.get("/broken")
    client.request("BREW", "/")
    found = read(client)
    count = "memeclip_request_seconds_count"
    assert found[count, "GET", "/api/v1/projects/{project}/facts", "404"] == 2
    assert found[count, "GET", "/api/v1/projects/{project}/memes/{meme}/history", "404"] == 1
    assert found[count, "GET", "/{any:path}", "200"] == 1
    assert found[count, "GET", "other", "404"] == 1
    assert found[count, "GET", "/broken", "500"] == 1
    assert found[count, "other", "/{any:path}", "405"] == 1
    written = client.get("/metrics").text
    assert not any(word in written for word in ("secret", "another", meme, "strangers", "BREW"))


def test_the_state_of_the_server_is_told(tiny_studio):
    found = read(serve(tiny_studio))
    assert found["memeclip_up",] == 1.0
    assert found["memeclip_ready",] == 0.0
    assert found["memeclip_backup", "none"] == 1.0
    assert found["memeclip_backup", "failing"] == 0.0
    assert ("memeclip_backed_up_timestamp_seconds",) not in found
    assert found["process_resident_memory_bytes",] > 1e6


def test_strangers_and_annotators_read_none_and_a_reviewers_token_does(tiny_settings, tmp_path):
    users = tmp_path / "users.json"
    for name, role in (("ann", "annotator"), ("rev", "reviewer")):
        add_user(users, name=name, role=role, password="a long password")
    studio = build_tiny_studio(replace(tiny_settings, host="0.0.0.0", auth=users))
    client = serve(studio)
    assert client.get("/metrics").status_code == 401
    bearer = {
        name: {"Authorization": f"Bearer {studio.keys.make_token(name, 'watch')}"}
        for name in ("ann", "rev")
    }
    assert client.get("/metrics", headers=bearer["ann"]).status_code == 403
    assert read(client, headers=bearer["rev"])["memeclip_up",] == 1.0
    open_to_all = build_tiny_studio(replace(tiny_settings, host="0.0.0.0"))
    assert serve(open_to_all).get("/metrics").status_code == 403


def test_they_are_off_unless_asked_for(tiny_studio, tiny_settings):
    def paths(studio):
        options = launch_options(studio)["app_kwargs"]
        layers = [layer.cls for layer in options["middleware"]]
        return [route.path for route in options["routes"]], Counted in layers

    assert "/metrics" not in paths(tiny_studio)[0] and not paths(tiny_studio)[1]
    counting = build_tiny_studio(replace(tiny_settings, metrics=True))
    assert "/metrics" in paths(counting)[0] and paths(counting)[1]


def test_the_page_counts_what_gradio_answers_too(tiny_settings, tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    with serve_page(build_tiny_studio(replace(tiny_settings, metrics=True))) as client:
        assert client.get("/healthz").json()["status"] == "ok"
        client.get("/api/v1/projects/a-secret")
        client.get("/gradio_api/info")
        found = read(client)
    count = "memeclip_request_seconds_count"
    assert found[count, "GET", "/api/v1/projects/{project}", "404"] == 1
    assert found[count, "GET", "/gradio_api/info", "200"] == 1
    assert sum(found.get((count, "GET", name, "200"), 0) for name in ("other", "/healthz")) == 1


def test_a_missing_package_is_named(tiny_studio, monkeypatch):
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with pytest.raises(ConfigError, match="python -m pip install prometheus-client"):
        Metrics(tiny_studio, Identity(tiny_studio))
