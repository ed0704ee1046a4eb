from __future__ import annotations

import io

import pytest
from PIL import Image

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
