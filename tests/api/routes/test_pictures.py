from __future__ import annotations

import io
from dataclasses import replace

import pytest
from PIL import Image

from tests.factories.api import AskedOfProject
from tests.factories.projects import Work, make_project
from tests.factories.reviewed import KEY, make_reviewed, meme_id
from tests.factories.studios import build_tiny_studio, draw_png


@pytest.fixture
def asked(tiny_studio, tmp_path):
    return AskedOfProject(make_project(tiny_studio, tmp_path / "pictures", count=1))


def test_a_picture_is_an_image_that_a_browser_asks_about_again(asked):
    path = f"memes/{asked.work.ids()[0]}/picture"
    answer = asked.client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")
    assert Image.open(io.BytesIO(answer.content)).size == (320, 240)
    assert answer.headers["cache-control"] == "private, no-cache"
    tag = answer.headers["etag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}'):
        again = asked.client.get(path, headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert asked.client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_small_one_is_another_image(asked):
    path = f"memes/{asked.work.ids()[0]}/picture"
    small = asked.client.get(path, params={"small": True})
    assert Image.open(io.BytesIO(small.content)).size == (240, 180)
    assert small.headers["etag"] != asked.client.get(path).headers["etag"]


def test_without_a_picture_there_is_nothing_and_without_a_meme_a_sentence(tiny_studio):
    asked = AskedOfProject(Work(studio=make_reviewed(tiny_studio), key=KEY))
    answer = asked.client.get(f"memes/{meme_id(1)}/picture")
    assert (answer.status_code, answer.content) == (204, b"")
    assert asked.fails(f"memes/{'f' * 64}/picture")[0] == 404


def test_a_picture_of_the_guidelines_is_asked_about_again_as_well(asked):
    projects, admin = asked.studio.projects, asked.work.admin
    name = projects.add_picture(admin, asked.work.key, draw_png())
    answer = asked.client.get(f"guidelines/{name}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")
    assert answer.content == projects.picture(admin, asked.work.key, name)
    known = {"If-None-Match": answer.headers["etag"]}
    again = asked.client.get(f"guidelines/{name}", headers=known)
    assert (again.status_code, again.content) == (304, b"")
    assert asked.fails(f"guidelines/{'f' * 64}") == (404, "These guidelines have no such picture.")
    assert asked.client.get("guidelines/x").status_code == 422


def test_who_may_not_see_a_meme_is_not_told_that_a_kept_one_is_right(asked, tiny_settings):
    path = f"memes/{asked.work.ids()[0]}/picture"
    tag = asked.client.get(path).headers["etag"]
    stranger = build_tiny_studio(replace(tiny_settings, host="0.0.0.0"))
    refused = AskedOfProject(Work(studio=stranger, key=asked.work.key))
    assert refused.client.get(path, headers={"If-None-Match": tag}).status_code == 403
