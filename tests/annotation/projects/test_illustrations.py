"""Pictures in guidelines: kept by content id, few enough, and dropped when no text names them."""

from __future__ import annotations

import io
import os
import time

import pytest
from PIL import Image

from memeclip_core.annotation.projects import illustrations
from memeclip_core.errors import ImageError, InputError, NotFound
from memeclip_core.memes.image import content_id
from tests.factories.projects import make_cats
from tests.factories.studios import draw_png


@pytest.fixture
def projects(tiny_studio, tmp_path):
    make_cats(tiny_studio, tmp_path / "in", 1)
    return tiny_studio.projects


def test_a_picture_is_kept_small_without_metadata_by_its_content_id(projects, tiny_studio):
    owner, sink, exif = tiny_studio.owner(), io.BytesIO(), Image.Exif()
    exif[0x010E] = "whose it is"
    Image.new("RGB", (2000, 1000), "red").save(sink, "JPEG", exif=exif)
    name = projects.add_picture(owner, "cats", sink.getvalue())
    webp = projects.picture(owner, "cats", name)
    assert content_id(webp) == name
    with Image.open(io.BytesIO(webp)) as picture:
        assert (picture.format, picture.size, len(picture.getexif())) == ("WEBP", (1280, 640), 0)
    assert projects.add_picture(owner, "cats", sink.getvalue()) == name


def test_what_is_no_picture_is_named(projects, tiny_studio):
    owner = tiny_studio.owner()
    for data in (b"<svg onload=alert(1)>", b"no picture", b""):
        with pytest.raises(ImageError):
            projects.add_picture(owner, "cats", data)
    with pytest.raises(NotFound, match="no such picture"):
        projects.picture(owner, "cats", "ab" * 32)
    with pytest.raises(NotFound, match="no project"):
        projects.add_picture(owner, "dogs", draw_png())


def test_pictures_that_no_text_names_make_room_after_a_day(projects, tiny_studio, monkeypatch):
    monkeypatch.setattr(illustrations, "MOST", 2)
    owner = tiny_studio.owner()
    one, two = (projects.add_picture(owner, "cats", draw_png((n, 0, 0))) for n in (10, 90))
    projects.change(owner, "cats", guidelines=f"![a]({one})")
    with pytest.raises(InputError, match="2 pictures, and 2 is the most"):
        projects.add_picture(owner, "cats", draw_png((200, 0, 0)))
    folder = tiny_studio.settings.home / "projects" / "cats" / "guidelines"
    for path in folder.iterdir():
        os.utime(path, (0, time.time() - illustrations.UNUSED_SECONDS - 60))
    three = projects.add_picture(owner, "cats", draw_png((200, 0, 0)))
    assert {path.stem for path in folder.iterdir()} == {one, three}
    with pytest.raises(NotFound):
        projects.picture(owner, "cats", two)


def test_a_copy_of_a_project_shows_the_same_pictures(projects, tiny_studio):
    owner = tiny_studio.owner()
    one = projects.add_picture(owner, "cats", draw_png())
    projects.change(owner, "cats", guidelines=f"![a]({one})")
    projects.copies.make(owner, "cats", new="dogs")
    assert projects.picture(owner, "dogs", one) == projects.picture(owner, "cats", one)
