"""The picture, its boxes, and where a text came from."""

import base64
import io

import pytest
from PIL import Image

from memeclip_core.records.meme import Failure, Word
from memeclip_core.ui.pages.analyse.opened import Queue
from memeclip_core.ui.pages.analyse.picture import (
    render_data_uri,
    render_failures,
    render_picture,
    render_position,
    render_source,
    render_strip,
)
from tests.factories.page_records import HOSTILE, item, meme


def test_a_data_uri_holds_the_picture_within_the_side():
    uri = render_data_uri(Image.new("RGB", (400, 200), "red"), 100)
    head, data = uri.split(",")
    assert head == "data:image/jpeg;base64"
    with Image.open(io.BytesIO(base64.b64decode(data))) as small:
        assert small.size == (100, 50)


def test_rendering_leaves_the_picture_as_it_was():
    image = Image.new("RGB", (400, 200))
    render_data_uri(image, 100)
    assert image.size == (400, 200)


def test_boxes_stand_in_the_pixels_of_the_original():
    page = render_picture(item(), (Word(text="hi", box=(1, 2, 31, 22), confidence=0.94),))
    assert 'viewBox="0 0 200 100"' in page
    assert '<rect x="1.0" y="2.0" width="30.0" height="20.0"><title>hi (94 %)' in page


@pytest.mark.parametrize("page", [
    render_picture(item(HOSTILE), (Word(text=HOSTILE, box=(0, 0, 1, 1), confidence=0.5),)),
    render_strip(Queue().add((item(HOSTILE, "aa"), item("b", "bb")))),
    render_failures([Failure(filename=HOSTILE, reason=HOSTILE)]),
])  # fmt: skip
def test_hostile_names_and_texts_are_escaped(page):
    assert "onerror=" not in page.replace("onerror=&quot;", "")
    assert "&lt;img src=x" in page


def test_the_strip_appears_with_the_second_picture():
    one = Queue().add((item("a", "aa"),))
    assert render_strip(one) == ""
    two = one.add((item("b", "bb"),))
    assert render_strip(two).count("<button") == 2
    assert 'data-index="1" title="b" aria-label="Meme 2: b" aria-current=true' in render_strip(two)
    assert "2 of 2" in render_position(two)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "Read by rapidocr, 1 word, 90 % confident on average."),
        ({"text_source": "user", "words": ()}, "Edited by you."),
        ({"text_source": "file", "words": ()}, "Read by file."),
        ({"text": " ", "text_source": "none", "words": ()}, "No text was found on this picture."),
    ],
)
def test_the_source_of_the_text_is_said(changes, said):
    assert said in render_source(meme(**changes)).replace(" Type it here if there is some", "")


def test_no_failures_take_no_room():
    assert render_failures([]) == ""


def test_each_failure_names_its_file_and_reason():
    page = render_failures([Failure(filename="a.svg", reason="The file is an SVG.")])
    assert "1 file could not be opened" in page
    assert "<strong>a.svg</strong> The file is an SVG." in page
