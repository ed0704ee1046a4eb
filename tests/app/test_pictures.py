from __future__ import annotations

import io

from PIL import Image

from memeclip_core.app import pictures
from memeclip_core.app.pictures import THUMB_SIDE, Pictures
from tests.factories.projects import make_project


def test_small_pictures_are_made_once_and_asked_for_each_time(tiny_studio, tmp_path, monkeypatch):
    work = make_project(tiny_studio, tmp_path / "pictures", count=1)
    found, who, meme = Pictures(tiny_studio), work.admin, work.ids()[0]
    whole = found.read(who, work.key, meme)
    assert whole == tiny_studio.queue.preview(who, work.key, meme)
    small = found.read(who, work.key, meme, small=True)
    assert Image.open(io.BytesIO(small)).size == (THUMB_SIDE, THUMB_SIDE * 3 // 4)
    monkeypatch.setattr(pictures, "make_thumb", lambda _: b"made again")
    assert found.read(who, work.key, meme, small=True) == small
    monkeypatch.setattr(tiny_studio.queue, "preview", lambda *_: b"")
    assert found.read(who, work.key, meme, small=True) == b""
