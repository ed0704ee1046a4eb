"""What is open on the page Analyse."""

from __future__ import annotations

from collections import Counter

import pytest

from memeclip_core.app.assets import Sample
from memeclip_core.ui.pages.analyse.opened import Queue
from tests.factories.page_records import press
from tests.factories.studios import draw_png
from tests.ui.conftest import build_page


def opened(page, *paths):
    updates = page.opening.on_files([str(path) for path in paths], Queue())
    return updates, updates[page.w.queue]


def test_a_picture_shows_at_once_and_everything_else_is_pending(page, upload):
    updates, queue = opened(page, upload)
    w = page.w
    assert queue.current.filename == "upload.png"
    assert updates[w.picture].count("data:image/jpeg;base64") == 1
    assert updates[w.held] == str(upload)
    assert updates[w.shown] == queue.current.meme
    assert updates[w.results]["visible"] is False
    assert updates[w.pending]["visible"] is True
    assert updates[w.seen] is None
    assert updates[w.message] == ""


def test_one_wrong_file_is_reported_and_the_others_go_on(page, upload, tmp_path):
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"no picture")
    updates, queue = opened(page, bad, upload)
    assert [item.filename for item in queue.items] == ["upload.png"]
    assert "bad.png" in updates[page.w.message]
    assert "text, not an image" in updates[page.w.message]


def test_only_wrong_files_leave_the_page_as_it_was(page, tmp_path):
    missing = tmp_path / "gone.png"
    updates = page.opening.on_files([str(missing)], Queue())
    assert page.w.queue not in updates
    assert page.w.picture not in updates
    assert "gone.png" in updates[page.w.message]
    assert updates[page.w.drop] is None


def test_a_picture_listed_often_is_decoded_once(page, tmp_path, monkeypatch):
    from memeclip_core.inference import reading

    decoded, real = [], reading.load_image
    monkeypatch.setattr(
        reading, "load_image", lambda data, **k: decoded.append(1) or real(data, **k)
    )
    monkeypatch.setattr(reading, "REMEMBERED_PIXELS", 0)
    paths = [tmp_path / name for name in ("a.png", "copy of a.png", "b.png")]
    for path, colour in zip(paths, (90, 90, 91), strict=True):
        path.write_bytes(draw_png((200, 40, colour)))
    _, queue = opened(page, *(paths[:1] * 25), *paths)
    assert [item.filename for item in queue.items] == ["a.png", "b.png"]
    assert len(decoded) == 2


def test_a_call_opens_only_so_many_pictures(page, upload, monkeypatch):
    monkeypatch.setattr("memeclip_core.ui.pages.analyse.opening.MOST_FILES", 2)
    updates, queue = opened(page, upload, upload, upload.with_name("third.png"))
    assert len(queue.items) == 1
    assert "third.png" in updates[page.w.message]
    assert "At most 2 pictures are opened at once" in updates[page.w.message]


def test_nothing_uploaded_is_no_error(page):
    assert page.opening.on_files(None, Queue())[page.w.message] == ""


def test_turning_and_the_strip_stay_within_the_queue(page, upload, tmp_path):
    other = tmp_path / "other.png"
    other.write_bytes(draw_png((1, 2, 3)))
    _, queue = opened(page, upload, other)
    w = page.w
    forward = page.opening.on_forward(queue)
    assert forward[w.queue].index == 1
    assert forward[w.forward]["interactive"] is False
    assert page.opening.on_forward(forward[w.queue])[w.queue].index == 1
    assert page.opening.on_back(forward[w.queue])[w.queue].index == 0
    assert page.opening.on_pick(queue, press(1))[w.queue].index == 1
    assert page.opening.on_pick(queue, press(99))[w.queue].index == 1


@pytest.mark.parametrize("index", [None, "1", {"a": 1}])
def test_a_press_that_names_nothing_is_one_sentence(page, index):
    updates = page.opening.on_pick(Queue(), press(index))
    assert "names no picture" in updates[page.w.message]


def test_a_sample_opens_like_an_upload(tiny_studio, upload):
    page = build_page(tiny_studio, (Sample(path=upload, title="One"),))
    updates = page.opening.on_sample(Queue(), press(0))
    assert updates[page.w.queue].current.filename == "upload.png"


@pytest.fixture
def three(page, tmp_path):
    """Return the page's queue with three pictures, the first one on the page."""
    paths = [tmp_path / f"{name}.png" for name in "abc"]
    for place, path in enumerate(paths):
        path.write_bytes(draw_png((1, 2, place)))
    return opened(page, *paths)[1]


def test_closing_another_meme_leaves_the_page_as_it_is(page, three):
    updates = page.opening.on_close(three, press(2))
    assert [item.filename for item in updates[page.w.queue].items] == ["a.png", "b.png"]
    assert page.w.picture not in updates
    assert page.w.seen not in updates
    assert [path[-5:] for path in updates[page.w.opened]] == ["a.png", "b.png"]


def test_what_is_closed_is_deleted_unless_another_tab_has_it_open(page, three, tmp_path):
    tabs = Counter({item.path: 1 for item in three.items})
    tabs[three.items[1].path] = 2
    page.studio.uploads.open(tmp_path, lambda: tabs)
    for place in (2, 1):
        page.opening.on_close(three, press(place))
    assert sorted(path.name for path in tmp_path.glob("*.png")) == ["a.png", "b.png"]


def test_closing_the_open_meme_turns_to_its_neighbour_and_the_last_one_to_the_beginning(
    page, three
):
    w, updates = page.w, page.opening.on_close(three.turn(2), press(2))
    assert updates[w.queue].current.filename == "b.png"
    assert updates[w.shown] == three.items[1].meme
    assert updates[w.seen] is None
    alone = page.opening.on_close(page.opening.on_close(three, press(0))[w.queue], press(0))
    assert alone[w.turner]["visible"] is False
    nothing = page.opening.on_close(alone[w.queue], press(0))
    assert nothing[w.workspace]["visible"] is False
    assert nothing[w.empty]["visible"] is True
    assert (nothing[w.held], nothing[w.shown], nothing[w.opened]) == (None, "", None)
    assert page.opening.on_close(Queue(), press(0))[w.queue] == Queue()


def test_the_next_two_are_read_ahead_and_one_that_cannot_be_read_stops_nobody(
    page, three, tmp_path, monkeypatch
):
    asked = []
    real = page.studio.predict
    monkeypatch.setattr(
        page.studio, "predict", lambda data, name, **k: asked.append(name) or real(data, name, **k)
    )
    page.opening.on_ahead(three, "pridemm")
    assert asked == ["b.png", "c.png"]
    page.opening.on_ahead(three.turn(2), "pridemm")
    assert len(asked) == 2
    (tmp_path / "b.png").unlink()
    page.opening.on_ahead(three, "pridemm")
    assert asked[2:] == ["c.png"]
