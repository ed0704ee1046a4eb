"""Suggestions of visitors over HTTP: a visitor of one server, a reviewer of another one."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from memeclip_core.access.rate_limits import ALLOWANCES
from tests.factories.api import Asked
from tests.factories.studios import build_tiny_studio, draw_png, read_log

LABELS = {"hate": ["Hate"], "target": ["Community"], "stance": ["Oppose"], "humour": ["Humour"]}


@pytest.fixture
def visitor(tiny_settings):
    """Return who comes from elsewhere; the reviewer sits at the machine, on the same home."""
    settings = replace(tiny_settings, proxies=("127.0.0.1",), visitors_suggest=True)
    return Asked(build_tiny_studio(settings))


def suggest(asked, labels=LABELS, **more):
    form = {"labels": json.dumps(labels), "session": "session-1", "text": "a cat", **more}
    return asked.client.post("/proposals", data=form, files={"image": ("a.png", draw_png())})


def test_a_visitor_suggests_and_a_reviewer_accepts(visitor, tiny_studio):
    assert suggest(visitor, note="why").json() == {"count": 1, "again": False}
    assert suggest(visitor).json() == {"count": 1, "again": True}
    for path, sent in (
        ("/proposals", None),
        ("/proposals/1/reject", {}),
        ("/proposals/remove", {}),
    ):
        assert visitor.fails(path, sent)[0] == 403
    asked = Asked(tiny_studio)
    found = asked.get("/proposals")
    assert (found["total"], found["proposals"][0]["labels"]) == (1, LABELS)
    assert set(found["proposals"][0]) == {
        "number", "time", "task_set", "meme", "has_image", "text", "text_source", "predicted",
        "labels", "notes", "count",
    }  # fmt: skip
    assert asked.client.get("/proposals/1/picture").headers["content-type"] == "image/webp"
    sent = {"save": "save-0001", "labels": LABELS, "note": "clear"}
    assert asked.post("/proposals/1/accept", **sent)["rows"] == 4
    assert asked.post("/proposals/1/accept", **sent)["rows"] == 0
    assert {row["note"] for row in read_log(tiny_studio)} == {"Suggested by a visitor. clear"}
    assert asked.post("/proposals/1/undo")["rows"] == 4
    assert asked.post("/proposals/1/reject") is None
    assert asked.post("/proposals/1/undo") is None
    assert asked.post("/proposals/remove") == 1
    assert asked.fails("/proposals/1/picture")[0] == 404


def test_what_cannot_be_suggested_is_said(visitor, tiny_studio):
    for labels in ("no json", '["hate"]', '{"hate": "Hate"}'):
        answer = visitor.client.post("/proposals", data={"labels": labels, "session": "session-1"})
        assert (answer.status_code, "JSON object" in answer.text) == (400, True)
    assert suggest(visitor, {"cats": ["Hate"]}).status_code == 400
    assert suggest(visitor, session="a b").status_code == 400
    assert suggest(visitor, note="x" * 501).status_code == 422
    off = suggest(Asked(tiny_studio))
    assert (off.status_code, "takes no suggestions" in off.text) == (400, True)
    assert Asked(tiny_studio).get("/proposals")["total"] == 0


def test_who_may_suggest_no_more_is_told_so_before_anything_is_predicted(visitor, monkeypatch):
    predicted = []
    predict = type(visitor.studio).predict
    monkeypatch.setattr(
        type(visitor.studio), "predict", lambda *a, **k: predicted.append(1) or predict(*a, **k)
    )
    for number in range(ALLOWANCES["suggestion"].burst):
        assert suggest(visitor, session=f"session-{number}").is_success
    answer = suggest(visitor)
    assert (answer.status_code, "Too many suggestions" in answer.text) == (429, True)
    assert len(predicted) == ALLOWANCES["suggestion"].burst
