"""Explanations over HTTP: what the studio says, within limits, for as long as somebody waits."""

import io
import json
import threading
from types import SimpleNamespace

import numpy as np
import pytest

from memeclip_core.api.application import FORM, larger_bodies
from memeclip_core.api.routes import explanations
from memeclip_core.api.turns import Turns
from memeclip_core.errors import JobError
from memeclip_core.records.decision import Person
from memeclip_core.records.explanation import Asked, Change, Cost
from memeclip_core.records.job import Progress
from memeclip_core.records.schemas import to_plain
from tests.factories.api import Asked as AskedApi
from tests.factories.loops import run
from tests.factories.studios import draw_png
from tests.factories.waits import until

TEXT = "the cat sits"
ASKED = Asked(task_set="pridemm", data=draw_png(), filename="a.png", text=TEXT)
KINDS = ("words", "picture", "modalities", "agreement", "scores", "neighbours", "rule", "vectors")


@pytest.fixture
def asked(tiny_studio):
    return AskedApi(tiny_studio)


def send(asked, kind, *, image=True, **form):
    files = {"image": ("a.png", draw_png())} if image else None
    return asked.client.post(f"/explain/{kind}", data={"text": TEXT} | form, files=files)


@pytest.mark.parametrize("what", KINDS)
def test_each_answer_is_the_studios_own(asked, what):
    who = (asked.studio.owner(),) if what == "neighbours" else ()
    direct = getattr(asked.studio.explain, what)(*who, ASKED)
    answer = send(asked, what)
    assert answer.status_code == 200, answer.text
    assert answer.json() == json.loads(json.dumps(to_plain(direct)))


def test_a_change_of_the_picture_is_the_studios_own(asked):
    region = send(asked, "change", paint_out="0.1,0.2,0.5,0.6")
    direct = asked.studio.explain.change(ASKED, Change(region=(0.1, 0.2, 0.5, 0.6)))
    assert region.json() == json.loads(json.dumps(to_plain(direct)))
    other = draw_png((1, 200, 3))
    files = {"image": ("a.png", draw_png()), "other": ("b.png", other)}
    sent = asked.client.post("/explain/change", data={"text": TEXT}, files=files)
    direct = asked.studio.explain.change(ASKED, Change(other=other))
    assert sent.json() == json.loads(json.dumps(to_plain(direct)))
    assert send(asked, "change").status_code == 400
    assert "shares of the picture" in send(asked, "change", paint_out="1,2").json()["detail"]


def test_vectors_can_be_a_file_of_numpy(asked):
    said = asked.client.app.openapi()["paths"]["/explain/vectors"]["post"]["responses"]["200"]
    assert said["content"].keys() == {"application/json", "application/octet-stream"}
    sent = send(asked, "vectors", format="npz")
    assert sent.headers["content-disposition"].endswith('.npz"')
    with np.load(io.BytesIO(sent.content)) as read:
        assert read["text"].tolist() == send(asked, "vectors").json()["text"]


def test_what_is_explained_can_be_chosen(asked):
    found = send(asked, "neighbours", task="stance", label="Oppose").json()
    assert (found["task"], found["label"]) == ("stance", "Oppose")
    assert list(send(asked, "rule", task="humour").json()) == ["humour"]
    assert send(asked, "picture", grid="3").json()["grid"] == 3
    assert send(asked, "words", model="zero-shot", image=False).json()["model"] == "zero-shot"


def test_the_cost_is_told_before(asked):
    cost = send(asked, "cost", what="words").json()
    assert set(cost) == set(Cost.__slots__)
    assert (cost["texts"], cost["pictures"]) == (4, 1)


@pytest.mark.parametrize(
    ("what", "form", "code", "words"),
    [
        ("cost", {"what": "dreams"}, 422, "'what'"),
        ("picture", {"grid": "99"}, 422, "'grid'"),
        ("words", {"model": "none"}, 404, "none"),
        ("neighbours", {"task": "colour"}, 400, "no task 'colour'"),
        ("rule", {"task": "hate", "label": "x"}, 400, "no label 'x'"),
        ("words", {"text": "", "no_text": "false", "task_set": "x"}, 400, "There is no task set"),
    ],
)
def test_what_cannot_be_explained_says_why(asked, what, form, code, words):
    answer = send(asked, what, **form)
    assert answer.status_code == code and words in answer.json()["detail"]


def test_visitors_are_told_no_meme(asked):
    visitor = AskedApi(asked.studio, Person(name="eve", role="visitor"))
    found = send(visitor, "neighbours").json()
    assert {one["meme"] for one in found["nearest"]} == {""}


def test_images_may_be_as_large_as_for_predictions(asked):
    sizes = larger_bodies(asked.studio.settings)
    for what in (*KINDS, "cost"):
        assert sizes[f"/api/v1/explain/{what}"] == sizes["/api/v1/predict"]
    assert sizes["/api/v1/explain/change"] == 2 * asked.studio.settings.max_bytes + FORM


def test_only_so_many_wait_and_predictions_do_not_wait_for_them(asked):
    asked.client.app.state.explaining = Turns(0, "memes wait to be explained")
    answer = send(asked, "words")
    assert (answer.status_code, answer.json()["detail"][:36]) == (
        429, "Too many memes wait to be explained:",
    )  # fmt: skip
    assert asked.client.post("/predict", data={"text": TEXT}).status_code == 200


def test_who_hangs_up_ends_the_work_at_the_next_batch(monkeypatch):
    monkeypatch.setattr(explanations, "LOOK", 0.01)
    begun, ended = threading.Event(), []

    async def is_disconnected():
        return begun.is_set()

    def work(on_progress):
        on_progress(Progress(done=0, total=2, message=""))
        begun.set()
        try:
            until(lambda: on_progress(Progress(done=1, total=2, message="")))
        except JobError as error:
            ended.append(str(error))
            raise

    async def ask():
        state = SimpleNamespace(explaining=Turns())
        app = SimpleNamespace(state=state)
        request = SimpleNamespace(is_disconnected=is_disconnected, app=app, scope={})
        with pytest.raises(JobError):
            await explanations._explain(request, work)

    run(ask())
    assert ended == ["Whoever asked for this explanation has hung up."]
