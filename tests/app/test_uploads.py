"""Uploads: read up to a limit, opened, predicted."""

import pytest

from memeclip_core.app.uploads import open_upload, predict_upload, predict_uploads, read_upload
from memeclip_core.errors import InputError, StoreError
from memeclip_core.inference import reading
from memeclip_core.memes.image import content_id
from memeclip_core.records.meme import Failure
from tests.factories.studios import READ, draw_png


def test_an_upload_is_read_up_to_one_byte_more_than_allowed(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"12345")
    assert read_upload(path, max_bytes=9) == b"12345"
    assert read_upload(path, max_bytes=3) == b"1234"


def test_an_upload_that_is_gone_says_why_and_what_to_do(tmp_path):
    with pytest.raises(StoreError, match=r"no longer has a\.png.*Drop it on the page again"):
        read_upload(tmp_path / "a.png", max_bytes=3)


def test_a_picture_is_opened_with_its_content_id(tiny_studio, tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(draw_png(3))
    found = open_upload(tiny_studio, path)
    assert found.meme == content_id(draw_png(3))
    assert open_upload(tiny_studio, path, [found.meme]) is None
    assert found.image.mode == "RGB" and found.image.size == tiny_studio.picture(draw_png(3)).size


def test_the_text_of_an_upload_is_read_given_or_not_there(tiny_studio):
    def predict(data, text, no_text=False, task_set=None):
        found = predict_upload(
            tiny_studio, data, "a.png", text, task_set=task_set, model=" ", no_text=no_text
        )
        return found.meme.filename, found.meme.text

    assert predict(draw_png(3), " ") == ("a.png", READ)
    assert predict(draw_png(3), "typed", task_set=" ") == ("a.png", "typed")
    assert predict(draw_png(3), None, no_text=True) == ("a.png", "")
    assert predict(None, "alone") == ("text", "alone")
    with pytest.raises(InputError, match="neither an image nor a text"):
        predict(None, " ")


def test_of_several_uploads_one_that_is_no_picture_lets_the_rest_go_on(tiny_studio):
    files = [("a.png", draw_png(3)), ("b.png", b"no picture"), ("c.png", draw_png(4))]
    found = list(predict_uploads(tiny_studio, files, task_set="", model=None))
    first, failed, last = found
    assert isinstance(failed, Failure) and failed.filename == "b.png" and failed.reason
    assert last["meme"]["id"] == content_id(draw_png(4))
    assert first["task_set"] == tiny_studio.task_sets[0].key


def test_one_picture_that_is_listed_often_is_looked_at_once(tiny_studio, monkeypatch):
    decoded, real = [], reading.load_image
    monkeypatch.setattr(
        reading, "load_image", lambda data, **k: decoded.append(1) or real(data, **k)
    )
    monkeypatch.setattr(reading, "REMEMBERED_PIXELS", 0)
    files = [(f"{n}.png", draw_png(3)) for n in range(25)] + [("x.png", b"none")] * 2
    known = {}
    found = predict_uploads(tiny_studio, files[:8], task_set="", model=None, known=known)
    found += predict_uploads(tiny_studio, files[8:], task_set="", model=None, known=known)
    assert len(decoded) == 1
    assert [one["meme"]["filename"] for one in found[:25]] == [name for name, _ in files[:25]]
    assert [one.filename for one in found[25:]] == ["x.png"] * 2
