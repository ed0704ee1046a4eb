from __future__ import annotations

import json

import pytest

from memeclip_core.api import turns
from memeclip_core.records.schemas import prediction_to_dict
from tests.factories.api import Asked
from tests.factories.studios import draw_png


@pytest.fixture
def asked(tiny_studio):
    return Asked(tiny_studio)


def send(asked, files=None, path="/predict", **form):
    return asked.client.post(path, files=files, data=form)


def test_an_image_is_answered_as_the_command_line_prints_it(asked):
    direct = asked.studio.predict(draw_png(), "a.png", task_set="pridemm")
    found = send(asked, {"image": ("a.png", draw_png())}).json()
    assert found == json.loads(json.dumps(prediction_to_dict(direct)))


def test_a_text_a_task_set_and_a_model_can_be_named(asked):
    found = send(asked, text="hello", task_set="propaganda", model="propaganda-fake").json()
    assert (found["task_set"], found["meme"]["text"]) == ("propaganda", "hello")
    found = send(asked, {"image": ("a.png", draw_png())}, no_text="true").json()
    assert found["meme"]["text"] == ""


@pytest.mark.parametrize(
    ("form", "code", "words"),
    [
        ({}, 400, "neither an image nor a text"),
        ({"text": "x", "task_set": "none"}, 400, "There is no task set 'none'"),
        ({"text": "x", "model": "none"}, 404, "none"),
        ({"text": "x", "no_text": "perhaps"}, 422, "'no_text'"),
    ],
)
def test_what_cannot_be_predicted_says_why(asked, form, code, words):
    answer = send(asked, **form)
    assert answer.status_code == code
    assert words in answer.json()["detail"]


def test_an_image_that_is_none_or_too_large_is_a_sentence(asked):
    answer = send(asked, {"image": ("a.png", b"no picture")})
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("The file is text, not an image")
    large = b"x" * (asked.studio.settings.max_bytes + 1)
    answer = send(asked, {"image": ("a.png", large)})
    assert "at most 20,000,000 are allowed" in answer.json()["detail"]


def test_of_many_one_that_fails_lets_the_rest_go_on(asked):
    names = ("a.png", "b.png", "c.png")
    data = (draw_png(), b"no picture", draw_png((1, 2, 3)))
    files = [("images", pair) for pair in zip(names, data, strict=True)]
    found = send(asked, files, "/predict_batch").json()
    assert found[1]["filename"] == "b.png" and found[1]["reason"]
    assert [found[place]["meme"]["filename"] for place in (0, 2)] == ["a.png", "c.png"]
    assert send(asked, None, "/predict_batch").status_code == 422
    answer = send(asked, [("images", ("a.png", b"x"))] * 101, "/predict_batch")
    assert (answer.status_code, answer.json()["detail"][:20]) == (400, "There are 101 images")


def test_who_would_wait_too_long_is_told_so(asked, monkeypatch):
    monkeypatch.setattr(turns, "MOST_WAITING", 0)
    answer = send(asked, text="hello")
    assert (answer.status_code, answer.json()["detail"][:14]) == (429, "Too many memes")
