"""Many memes over HTTP: handed in, followed, stopped, taken up, and read."""

from __future__ import annotations

import io
import threading
import zipfile

import pytest
from PIL import Image

from memeclip_core.inference.predictor import Predictor
from memeclip_core.records.decision import Person
from tests.factories.api import Asked
from tests.factories.studios import draw_png
from tests.factories.waits import until


@pytest.fixture
def batch(tiny_studio, tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(draw_png((1, 2, 3), (320, 240)))
    own, owner = tiny_studio.batches, tiny_studio.owner()
    name = own.start(owner, {"a.png": path}, task_set="pridemm", columns=None)
    until(lambda: own.read(owner, name).job.state == "done", "the batch did not end")
    return name


def test_a_picture_is_small_and_asked_about_again(tiny_studio, batch):
    client = Asked(tiny_studio).client
    answer = client.get(f"/batches/{batch}/pictures/0")
    assert Image.open(io.BytesIO(answer.content)).size == (160, 120)
    known = {"If-None-Match": answer.headers["etag"]}
    assert client.get(f"/batches/{batch}/pictures/0", headers=known).status_code == 304
    assert client.get(f"/batches/{batch}/pictures/7").status_code == 204


def test_answers_come_as_files(tiny_studio, batch):
    asked = Asked(tiny_studio)
    for kind, start in (("csv", b"\xef\xbb\xbffilename"), ("jsonl", b"{"), ("parquet", b"PAR1")):
        answer = asked.client.get(f"/batches/{batch}/file", params={"format": kind})
        assert answer.content.startswith(start)
        said = answer.headers["content-disposition"]
        assert said == f'attachment; filename="predictions.{kind}"'
    assert asked.fails(f"/batches/{batch}/file?format=xls")[0] == 422
    code, said = asked.fails(f"/batches/{'ab' * 16}/file")
    assert (code, said[:18]) == (404, "This batch is gone")


def send(client, *files, **fields):
    return client.post("/batches", data=fields, files=[("files", file) for file in files])


def follow(asked, name, state="done"):
    until(lambda: asked.get(f"/batches/{name}")["job"]["state"] == state, f"it is not {state}")
    return asked.get(f"/batches/{name}")


def test_files_are_predicted_in_the_background_and_one_that_fails_says_why(tiny_studio):
    asked = Asked(tiny_studio)
    files = [("a.png", draw_png((9, 9, 9))), ("b.png", b"no picture"), ("a.png", draw_png())]
    begun = send(asked.client, *files)
    assert begun.status_code == 202, begun.text
    facts = follow(asked, begun.json()["id"])
    assert (facts["answered"], facts["task_set"]) == (2, "pridemm")
    (failed,) = facts["failed"]
    assert failed["filename"] == "b.png" and failed["reason"]
    answers = asked.get(f"/batches/{facts['id']}/answers")
    # In the order of their names, of which two that are the same are told apart.
    assert [one.get("filename") or one["meme"]["filename"] for one in answers] == [
        "2-a.png", "a.png", "b.png",
    ]  # fmt: skip
    alone = asked.client.post("/predict", files={"image": ("a.png", draw_png())}).json()
    assert answers[0]["tasks"] == alone["tasks"] != answers[1]["tasks"]
    assert asked.get(f"/batches/{facts['id']}/answers", start=1, count=1) == answers[1:2]


def test_an_archive_and_a_list_are_read_as_the_page_reads_them(tiny_studio):
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for number in range(3):
            archive.writestr(f"{number}.png", draw_png((number, 2, 3)))
    asked = Asked(tiny_studio)
    begun = send(asked.client, ("memes.zip", sink.getvalue()))
    assert follow(asked, begun.json()["id"])["answered"] == 3
    listed = ("memes.csv", b"words,other\na text,x\nanother text,y\n")
    begun = send(asked.client, listed, columns="text=words")
    assert follow(asked, begun.json()["id"])["answered"] == 2


def test_it_is_stopped_and_goes_on_where_it_was(tiny_studio, monkeypatch):
    asked, seen, known = Asked(tiny_studio), [], threading.Event()
    # Made here: FastAPI swaps the process's warning filters, and so does whoever decodes a picture.
    beside, whole = Asked(tiny_studio), Predictor.predict

    def predict(self, meme, *rest):
        seen.append(meme.id)
        if len(seen) == 1:
            assert known.wait(60)
            assert beside.client.post(f"/batches/{name}/stop").status_code == 200
        return whole(self, meme, *rest)

    monkeypatch.setattr(Predictor, "predict", predict)
    files = [(f"{number:02}.png", draw_png((number, 90, 3))) for number in range(40)]
    name = send(asked.client, *files).json()["id"]
    known.set()
    half = follow(asked, name, "cancelled")["answered"]
    assert 0 < half < 40
    before = len(seen)
    assert asked.client.post(f"/batches/{name}/resume").status_code == 202
    assert follow(asked, name)["answered"] == 40
    assert len(set(seen[before:])) == 40 - half


def test_visitors_hand_in_pictures_alone_and_nobody_reads_anothers(tiny_studio):
    eve = Asked(tiny_studio, Person(name="eve", role="visitor"))
    assert send(eve.client, ("memes.zip", b"PK" + bytes(40))).status_code == 400
    assert send(eve.client, ("a.csv", b"text\na text\n")).status_code == 400
    many = [(f"{number}.png", draw_png()) for number in range(101)]
    assert send(eve.client, *many).status_code == 413
    begun = send(eve.client, ("a.png", draw_png()))
    follow(eve, begun.json()["id"])
    ann = Asked(tiny_studio, Person(name="ann", role="annotator"))
    assert ann.fails(f"/batches/{begun.json()['id']}")[0] == 404
