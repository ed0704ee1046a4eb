"""The API as a whole: what it offers, what it says of itself, and how much it takes."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from memeclip_core.api.application import larger_bodies
from memeclip_core.config import Settings
from memeclip_core.records.decision import Person
from tests.factories.api import LABELS, Asked
from tests.factories.projects import make_project
from tests.factories.studios import build_tiny_studio, read_log

VISITOR = Person(name="visitor", role="visitor")
SENT = {
    "assignments": {"people": ["ann"]},
    "remove": {"people": ["ann"]}, "pass": {"people": ["ann"]}, "reset": {"people": ["ann"]},
    "next": {"client": "t"}, "open": {"client": "t", "meme": "a" * 64}, "held": {"client": "t"},
    "many": {"save": "save-0001", "memes": ["a" * 64], "labels": LABELS, "version": 1},
    "skips": {"save": "save-0001", "meme": "a" * 64, "reason": "why"},
    "flags": {"save": "save-0001", "meme": "a" * 64, "on": True, "reason": "why"},
    "adjudicate": {"save": "save-0001", "labels": LABELS, "version": 1},
    "comments": {"save": "save-0001", "text": "why"},
    "send-back": {"save": "save-0001", "annotator": "a", "reason": "why"},
    "resolve": {"save": "save-0001", "reason": "why"}, "exports": {"format": "csv"},
    "retrainings": {"task_set": "pridemm"}, "comparisons": {"task_set": "pridemm"},
    "webhooks": {"url": "https://a.org"},
    "password": {"old": "a", "new": "b"}, "tokens": {"title": "script"},
    "revoke": {"title": "script"}, "gallery": {"ids": ["a" * 64]}, "queue": {"ids": ["a" * 64]},
    "preview": {"ids": ["a" * 64], "task": "hate", "labels": ["Hate"]},
    "corrections": {"ids": ["a" * 64], "task": "hate", "labels": ["Hate"], "save": "save-0001"},
    "text": {"text": "words"}, "duplicate": {"key": "dogs"},
    "accept": {"save": "save-0001", "labels": LABELS},
}  # fmt: skip
DECISION = {"save": "save-0001", "meme": "a" * 64, "labels": LABELS, "version": 1}
OPEN = {
    "/health", "/me", "/predict", "/predict_batch", "/task-sets", "/models", "/models/active",
    "/explore/collections",
}  # fmt: skip
"""What a visitor may do, who is shown no collection; answers are explained to everybody, and
retrainings and one's own batches may be looked at, as on the page."""


@pytest.fixture
def description(tiny_studio):
    return Asked(tiny_studio).get("/openapi.json")


def test_every_route_is_described_in_words(description):
    for path, methods in description["paths"].items():
        for method, route in methods.items():
            assert route["description"].endswith("."), (method, path)
            assert route["tags"], (method, path)
    assert "/docs" not in description["paths"]


def test_what_an_answer_holds_is_described(description):
    shapes = description["components"]["schemas"]
    assert {"WorkItem", "Saved", "Case", "ModelInfo", "Predicted"} <= set(shapes)
    assert "file" in shapes["JobFacts"]["properties"]
    assert "arguments" not in shapes["JobFacts"]["properties"]


def list_requests(description, key="cats"):
    """Yield a request of each route that can be made without a file: method, path, place, body."""
    for path, methods in description["paths"].items():
        for method in methods:
            place = re.sub(r"\{(meme|picture)\}", "a" * 64, path)
            place = place.replace("{number}", "1").replace("{project}", key).replace("{job}", "x")
            place = place.replace("{collection}", f"project:{key}").replace("{save}", "save-0001")
            place = place.replace("{thread}", "7")
            last = path.rsplit("/", 1)[-1]
            if last in ("search", "file", "suggestions", "proposals") and method == "post":
                continue
            place += {"colours": "?by=models", "suspects": "?task=hate"}.get(last, "")
            sent = SENT.get(last, DECISION if last in ("decisions", "drafts") else {})
            sent = {} if "{thread}" in path else sent
            sent = {"reason": "why"} if path.endswith("{meme}/remove") else sent
            yield method, path, place, sent if method == "post" else None


def test_a_visitor_is_refused_everything_else(tiny_settings, description):
    studio = build_tiny_studio(replace(tiny_settings, host="0.0.0.0"))
    asked = Asked(studio)
    refused = 0
    for method, path, place, sent in list_requests(description):
        looks = method == "get" and path.startswith("/retrainings")
        if path in OPEN or looks or path.startswith(("/batches", "/explain/")):
            continue
        code, said = asked.fails(place, sent)
        assert (code, said[:10]) == (403, "You cannot"), (method, path, code, said)
        refused += 1
    assert refused == 84
    assert read_log(studio) == []


@pytest.mark.parametrize("role", ["annotator", "reviewer"])
def test_a_project_of_others_is_answered_as_none_on_every_route(
    tiny_studio, description, tmp_path, role
):
    """Not even that it exists is told to who is no member of it."""
    make_project(tiny_studio, tmp_path / "memes", 1, key="cats")
    tiny_studio.projects.change(tiny_studio.owner(), "cats", members_only=True)
    asked, alike = Asked(tiny_studio, Person(name="bob", role=role)), 0
    for request in zip(
        list_requests(description), list_requests(description, "zebras"), strict=True
    ):
        (method, path, there, sent), (*_, nowhere, _) = request
        if "{project}" not in path and "{collection}" not in path:
            continue
        one, other = (asked.fails(place, sent) for place in (there, nowhere))
        assert one == (other[0], other[1].replace("zebras", "cats")), (method, path)
        alike += 1
    assert alike > 50


def test_images_may_be_as_large_as_the_settings_say():
    sizes = larger_bodies(Settings(max_bytes=5_000_000))
    for path in ("predict_batch", "batches", "comparisons/file"):
        assert sizes.pop(f"/api/v1/{path}") == 200_000_000
    assert "/api/v1/predict" in sizes and set(sizes.values()) == {6_000_000, 11_000_000}
    assert larger_bodies(Settings(max_bytes=10**9))["/api/v1/predict_batch"] > 10**9
