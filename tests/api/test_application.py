"""The API as a whole: what it offers, what it says of itself, and how much it takes."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from memeclip_core.api.application import larger_bodies
from memeclip_core.config import Settings
from memeclip_core.records.decision import Person
from tests.factories.api import LABELS, Asked
from tests.factories.studios import build_tiny_studio, read_log

VISITOR = Person(name="visitor", role="visitor")
SENT = {
    "next": {"client": "t"}, "open": {"client": "t", "meme": "a" * 64}, "held": {"client": "t"},
    "many": {"save": "save-0001", "memes": ["a" * 64], "labels": LABELS, "version": 1},
    "skips": {"save": "save-0001", "meme": "a" * 64, "reason": "why"},
    "flags": {"save": "save-0001", "meme": "a" * 64, "on": True, "reason": "why"},
    "adjudicate": {"save": "save-0001", "labels": LABELS, "version": 1},
    "send-back": {"save": "save-0001", "annotator": "a", "reason": "why"},
    "resolve": {"save": "save-0001", "reason": "why"}, "exports": {"format": "csv"},
    "retrainings": {"task_set": "pridemm"}, "comparisons": {"task_set": "pridemm"},
    "password": {"old": "a", "new": "b"}, "tokens": {"title": "script"},
    "revoke": {"title": "script"}, "gallery": {"ids": ["a" * 64]}, "queue": {"ids": ["a" * 64]},
    "preview": {"ids": ["a" * 64], "task": "hate", "labels": ["Hate"]},
    "corrections": {"ids": ["a" * 64], "task": "hate", "labels": ["Hate"], "save": "save-0001"},
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


def test_a_visitor_is_refused_everything_else(tiny_settings, description):
    studio = build_tiny_studio(replace(tiny_settings, host="0.0.0.0"))
    asked = Asked(studio)
    refused = 0
    for path, methods in description["paths"].items():
        for method in methods:
            looks = method == "get" and path.startswith("/retrainings")
            if path in OPEN or looks or path.startswith(("/batches", "/explain/")):
                continue
            place = re.sub(r"\{(meme|picture)\}", "a" * 64, path)
            place = place.replace("{project}", "cats").replace("{job}", "x")
            place = place.replace("{collection}", "project:cats").replace("{save}", "save-0001")
            last = path.rsplit("/", 1)[-1]
            if last in ("search", "file") and method == "post":  # a form with a file
                continue
            place += {"colours": "?by=models", "suspects": "?task=hate"}.get(last, "")
            sent = SENT.get(last, DECISION if last in ("decisions", "drafts") else {})
            code, said = asked.fails(place, sent if method == "post" else None)
            assert (code, said[:10]) == (403, "You cannot"), (method, path, code, said)
            refused += 1
    assert refused == 53
    assert read_log(studio) == []


def test_images_may_be_as_large_as_the_settings_say():
    sizes = larger_bodies(Settings(max_bytes=5_000_000))
    for path in ("predict_batch", "batches", "comparisons/file"):
        assert sizes.pop(f"/api/v1/{path}") == 200_000_000
    assert "/api/v1/predict" in sizes and set(sizes.values()) == {6_000_000, 11_000_000}
    assert larger_bodies(Settings(max_bytes=10**9))["/api/v1/predict_batch"] > 10**9
