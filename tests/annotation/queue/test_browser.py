import io

import pytest
from PIL import Image

from memeclip_core.errors import InputError
from memeclip_core.records.queue import QueueFilter
from memeclip_core.storage.images import ImageStore
from tests.factories.queues import (
    ANN,
    KEY,
    NO,
    YES,
    make_desk,
    make_meme,
    make_project,
    make_table,
    meme_id,
    rows,
)
from tests.factories.services import make_image


@pytest.fixture
def desk(tmp_path):
    return make_project(make_desk(tmp_path), 7)


def test_pages_follow_each_other_and_the_last_may_be_short(desk):
    first = desk.queue.browse(ANN, KEY, size=3)
    last = desk.queue.browse(ANN, KEY, size=3, page=3)
    assert (rows(first), rows(last)) == ([0, 1, 2], [6])
    assert (first.page, first.pages, first.total) == (1, 3, 7)


def test_a_page_beyond_the_end_is_the_last_one(desk):
    page = desk.queue.browse(ANN, KEY, size=3, page=9)
    assert (page.page, rows(page)) == (3, [6])


def test_nothing_found_is_one_empty_page(desk):
    page = desk.queue.browse(ANN, KEY, filters=QueueFilter(text="no such words"))
    assert (page.rows, page.page, page.pages, page.total) == ((), 1, 1, 0)


def test_sizes_and_pages_have_limits(desk):
    for size, page in ((0, 1), (201, 1), (10, 0)):
        with pytest.raises(InputError):
            desk.queue.browse(ANN, KEY, size=size, page=page)


def test_a_line_says_what_is_known_without_the_picture(desk):
    desk.predict(make_table([0.9, 0.2] + [0.5] * 5))
    desk.save(ANN, 1, YES)
    (row,) = desk.queue.browse(ANN, KEY, filters=QueueFilter(state="done")).rows
    assert (row.filename, row.text, row.position) == ("1.png", "words of number 1", 2)
    assert (row.state, row.labels, row.model_labels["hate"]) == ("done", YES, ("no",))
    assert row.probability["hate"] == pytest.approx(0.8)
    assert row.model == "m1"
    assert not any(isinstance(getattr(row, name), bytes) for name in row.__slots__)


def test_long_texts_are_cut(tmp_path):
    desk = make_project(make_desk(tmp_path), memes=[make_meme(0, text="x" * 500)])
    (row,) = desk.queue.browse(ANN, KEY).rows
    assert row.text == "x" * 159 + "…"


def test_an_order_is_a_way_to_look_too(desk):
    desk.predict(make_table([0.9, 0.55, 0.7, 0.5, 0.99, 0.8, 0.6]))
    page = desk.queue.browse(ANN, KEY, order="margin")
    assert (rows(page), page.order, page.order_note) == ([3, 1, 6, 2, 5, 0, 4], "margin", "")


def test_an_order_that_is_not_to_be_had_says_so(desk):
    page = desk.queue.browse(ANN, KEY, order="margin")
    assert page.order == "import"
    assert "No model has looked" in page.order_note


def test_recent_ones_are_the_own_saves_and_skips_newest_first(desk):
    desk.save(ANN, 0, YES)
    desk.skip(ANN, 1)
    desk.save(ANN, 2, NO)
    desk.save(ANN, 3, NO)
    desk.queue.undo(ANN, KEY)
    recent = desk.queue.recent(ANN, KEY)
    assert [(one.meme, one.action) for one in recent] == [
        (meme_id(2), "label"),
        (meme_id(1), "skip"),
        (meme_id(0), "label"),
    ]
    assert (recent[0].labels, recent[1].labels) == (NO, {})
    assert recent[0].filename == "2.png"
    assert len(desk.queue.recent(ANN, KEY, limit=1)) == 1
    with pytest.raises(InputError, match="limit is 0"):
        desk.queue.recent(ANN, KEY, limit=0)


def test_a_picture_that_was_lost_is_made_again(tmp_path):
    import hashlib

    data = make_image(3, size=(2_000, 1_000))
    content = hashlib.sha256(data).hexdigest()
    desk = make_desk(tmp_path)
    name = ImageStore(desk.home).keep(content, data, "png")
    meme = make_meme(0)
    from dataclasses import replace

    make_project(desk, memes=[replace(meme, id=content, image=name), make_meme(1)])
    made = desk.queue.preview(ANN, KEY, content)
    with Image.open(io.BytesIO(made)) as picture:
        assert (picture.format, picture.size) == ("WEBP", (1280, 640))
    assert desk.store.read_preview(KEY, content) == made
    assert desk.queue.preview(ANN, KEY, meme_id(1)) == b""
    with pytest.raises(InputError, match="has no meme"):
        desk.queue.preview(ANN, KEY, "0" * 64)
