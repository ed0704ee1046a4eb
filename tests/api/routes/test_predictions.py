from __future__ import annotations

import asyncio
import json

import pytest

from memeclip_core.api.routes import predictions
from memeclip_core.api.routes.predictions import Turns
from memeclip_core.errors import RateLimited
from memeclip_core.records.schemas import prediction_to_dict
from tests.factories import loops
from tests.factories.api import Asked
from tests.factories.clocks import Clock
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
    monkeypatch.setattr(predictions, "MOST_WAITING", 0)
    answer = send(asked, text="hello")
    assert (answer.status_code, answer.json()["detail"][:14]) == (429, "Too many memes")


def test_a_caller_has_a_share_of_those_who_wait_and_is_told_how_long_it_takes():
    clock = Clock()
    turns = Turns(8, shared=True, clock=clock)

    async def refused(caller):
        with pytest.raises(RateLimited) as caught:
            async with turns.turn(caller):
                pass
        return str(caught.value)

    async def wait(caller):
        async with turns.turn(caller):
            clock.now += 9

    async def crowd():
        async with turns.turn("ann"):
            waiting = [asyncio.create_task(wait("ann")) for _ in range(2)]
            await asyncio.sleep(0)
            said = [await refused("ann")]
            waiting += [asyncio.create_task(wait(f"guest {n}")) for n in range(6)]
            await asyncio.sleep(0)
            said.append(await refused("bob"))
        await asyncio.gather(*waiting)
        return said

    first, full = loops.run(crowd())
    assert first == (
        "Too many memes wait to be predicted: 2 of yours, and 0 of others. Try again in about 3 "
        "seconds."
    )
    assert "0 of yours, and 8 of others. Try again in about 9 seconds" in full
    assert turns._took > 5
    assert turns._waiting.total() == 0


def test_one_is_served_at_a_time_in_the_order_in_which_they_came():
    served = []

    async def serve(turns, name):
        async with turns.turn(name):
            served.append(f"{name} begins")
            await asyncio.sleep(0)
            served.append(f"{name} ends")

    async def all_three():
        turns = predictions.Turns()
        await asyncio.gather(*(serve(turns, name) for name in "abc"))

    loops.run(all_three())
    assert served == [f"{name} {what}" for name in "abc" for what in ("begins", "ends")]
