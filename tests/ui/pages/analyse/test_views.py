"""The picture, its boxes, and where a text came from."""

import base64
import dataclasses
import io
from pathlib import Path

import pytest
from PIL import Image

from memeclip_core.app.assets import Sample
from memeclip_core.records.decision import Person, SaveReceipt
from memeclip_core.records.meme import Failure, Word
from memeclip_core.ui.formats import clock
from memeclip_core.ui.pages.analyse.opened import Queue
from memeclip_core.ui.pages.analyse.views import (
    render_data_uri,
    render_failures,
    render_person,
    render_picture,
    render_position,
    render_samples,
    render_saved,
    render_source,
    render_strip,
    render_undone,
)
from tests.factories.page_records import HOSTILE, NOON, item, meme


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


def test_an_animation_says_which_frame_is_shown():
    assert "frames" not in render_picture(item())
    assert "first of 12 frames" in render_picture(dataclasses.replace(item(), frames=12))
    assert "first of many frames" in render_picture(dataclasses.replace(item(), frames=0))


@pytest.mark.parametrize("page", [
    render_picture(item(HOSTILE), (Word(text=HOSTILE, box=(0, 0, 1, 1), confidence=0.5),)),
    render_strip(Queue().add((item(HOSTILE, "aa"), item("b", "bb")))),
    render_failures([Failure(filename=HOSTILE, reason=HOSTILE)]),
])  # fmt: skip
def test_hostile_names_and_texts_are_escaped(page):
    assert "onerror=" not in page.replace("onerror=&quot;", "")
    assert "&lt;img src=x" in page


def test_the_strip_opens_closes_and_adds():
    one = Queue().add((item("a", "aa"),))
    assert render_strip(one).count("data-index") == render_strip(one).count("data-shut") == 1
    two = one.add((item("b", "bb"),))
    assert render_strip(two).count("data-index") == 2
    assert render_strip(two).count("data-shut") == 1  # the one on the page
    assert 'aria-label="Close b"' in render_strip(two)
    assert "+ Add memes" in render_strip(one)
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


def test_a_sample_says_what_it_is_for():
    samples = {Sample(path=Path("x"), title="A", task_set="pridemm"): "data:,"}
    assert "for Pride &amp; all" in render_samples(samples, {"pridemm": "Pride & all"})
    assert "<small>" not in render_samples(samples, {"other": "Other"})


def test_a_save_names_its_time_and_the_edited_text():
    receipt = SaveReceipt(save="s", time=NOON, rows=4, total=4)
    page = render_saved(receipt, False)
    assert f"Saved {clock(NOON)}: 4 labels." in page
    assert "text as you edited it" in render_saved(receipt, True)


@pytest.mark.parametrize("behind", [True, False])
def test_what_is_not_in_the_file_yet_says_so(behind):
    receipt = SaveReceipt(save="s", time=NOON, rows=4, total=4, behind=behind)
    for page in (render_saved(receipt, False), render_undone(receipt)):
        assert (". corrections.csv is behind and is tried again by itself." in page) is behind


def test_a_second_save_says_since_when_it_is_there():
    receipt = SaveReceipt(save="s", time=NOON, rows=0, total=4)
    assert f"this was already saved at {clock(NOON)}" in render_saved(receipt, False)


def test_an_undo_says_what_it_took_back():
    receipt = SaveReceipt(save="s", time=NOON, rows=1, total=5)
    assert "took back your last save (1 label)" in render_undone(receipt)


def test_a_person_reads_who_they_are_or_why_they_cannot_write():
    ann = Person(name="ann", role="annotator")
    assert "You are ann (annotator)." in render_person(ann, "")
    page = render_person(ann, "Sign in.")
    assert "Sign in." in page
    assert "You are" not in page
    assert "<a" not in page
    assert '<a href="login">Sign in to label</a>' in render_person(ann, "Sign in.", "login")


def test_names_are_escaped():
    for page in (
        render_person(Person(name=HOSTILE, role="admin"), ""),
        render_samples({Sample(path=Path("x"), title=HOSTILE): "data:,"}),
    ):
        assert "<img src=x" not in page
        assert "&lt;img src=x" in page
