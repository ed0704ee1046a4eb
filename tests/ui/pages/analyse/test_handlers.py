"""What happens on the page Analyse."""

from __future__ import annotations

from dataclasses import replace

import pytest

from memeclip_core.app.assets import Sample
from memeclip_core.errors import CheckpointError
from memeclip_core.ui.pages.analyse.opened import Queue
from tests.factories.page_records import press, visit
from tests.factories.studios import READ, draw_png
from tests.ui.conftest import build_page


def opened(page, *paths):
    updates = page.on.on_files([str(path) for path in paths], Queue())
    return updates, updates[page.w.queue]


def read(page, queue, task_set="pridemm"):
    steps = list(page.on.on_read(queue, None, task_set, visit()))
    return steps, steps[-1].get(page.w.seen)


def values(page, prediction):
    """Every choice as the browser holds it: the prediction's where there is one."""
    found = []
    for name, cards in page.w.cards.items():
        for card in cards:
            if name != prediction.task_set:
                found.append(None)
                continue
            item = prediction.task(card.task)
            found.append(list(item.labels) if item.kind == "multilabel" else item.labels[0])
    return found


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
    updates = page.on.on_files([str(missing)], Queue())
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
    monkeypatch.setattr("memeclip_core.ui.pages.analyse.handlers.MOST_FILES", 2)
    updates, queue = opened(page, upload, upload, upload.with_name("third.png"))
    assert len(queue.items) == 1
    assert "third.png" in updates[page.w.message]
    assert "At most 100 pictures are opened at once" in updates[page.w.message]


def test_nothing_uploaded_is_no_error(page):
    assert page.on.on_files(None, Queue())[page.w.message] == ""


def test_reading_shows_the_text_first_and_then_the_answers(page, upload):
    _, queue = opened(page, upload)
    steps, prediction = read(page, queue)
    first, second = steps
    w = page.w
    assert first[w.text] == READ
    assert first[w.picture].count("<rect") == 5
    assert "Read by rapidocr" in first[w.source]
    assert second[w.results]["visible"] is True
    assert prediction.meme.text == READ
    for card in w.cards["pridemm"]:
        item = prediction.task(card.task)
        assert second[card.choice]["value"] == item.labels[0]
        assert len(second[card.plot].data[0].x) == len(item.scores)
    hidden = [card for card in w.cards["propaganda"] if card.answer in second]
    assert hidden == []


def test_a_picture_that_was_read_is_not_read_again(page, upload):
    _, queue = opened(page, upload)
    _, prediction = read(page, queue)
    (step,) = page.on.on_read(queue, prediction, "pridemm", visit())
    assert page.w.seen not in step
    (step,) = page.on.on_read(Queue(), None, "pridemm", visit())
    assert page.w.seen not in step


def test_an_upload_that_is_gone_is_one_sentence(page, upload):
    _, queue = opened(page, upload)
    upload.unlink()
    (step,) = page.on.on_read(queue, None, "pridemm", visit())
    assert "no longer has upload.png" in step[page.w.message]
    assert step[page.w.pending]["visible"] is False
    assert step[page.w.text] == ""


def test_a_model_that_fails_leaves_the_text_that_was_read(page, upload, monkeypatch):
    _, queue = opened(page, upload)

    def broken(*args, **kwargs):
        raise CheckpointError("The manifest is damaged.")

    monkeypatch.setattr(page.studio, "predict", broken)
    first, second = page.on.on_read(queue, None, "pridemm", visit())
    assert first[page.w.text] == READ
    assert "The manifest is damaged." in second[page.w.message]
    assert page.w.text not in second


def test_edited_text_predicts_anew_and_keeps_what_was_chosen(page, upload):
    _, queue = opened(page, upload)
    _, seen = read(page, queue)
    chosen = values(page, seen)
    other = next(n for n in ("Hate", "No Hate") if n != chosen[0])
    chosen[0] = other
    key = queue.current.meme
    updates = page.on.on_text(
        "another text", key, queue, seen, ("hate",), "pridemm", visit(), *chosen
    )
    w = page.w
    assert updates[w.seen].meme.text == "another text"
    assert updates[w.seen].meme.text_source == "user"
    assert updates[w.source].count("Edited by you") == 1
    assert updates[w.cards["pridemm"][0].choice]["value"] == other
    assert updates[w.touched] == ("hate",)
    assert w.text not in updates


@pytest.mark.parametrize("case", ["same text", "another picture", "nothing open"])
def test_a_change_of_text_that_no_person_made_is_passed_over(page, upload, case):
    _, queue = opened(page, upload)
    _, seen = read(page, queue)
    text, key = "typed", queue.current.meme
    if case == "same text":
        text = seen.meme.text
    elif case == "another picture":
        key = "0" * 64
    else:
        queue, key = Queue(), ""
    updates = page.on.on_text(text, key, queue, seen, (), "pridemm", visit(), *values(page, seen))
    assert page.w.seen not in updates


def test_reading_again_brings_back_the_text_that_was_read(page, upload):
    _, queue = opened(page, upload)
    updates = page.on.on_reread(queue, "pridemm", visit())
    assert updates[page.w.text] == READ
    assert updates[page.w.seen].meme.text_source == "rapidocr"
    assert page.w.seen not in page.on.on_reread(Queue(), "pridemm", visit())


def test_another_task_set_asks_about_the_same_text(page, upload):
    _, queue = opened(page, upload)
    _, seen = read(page, queue)
    edited = page.studio.predict(draw_png(), "a", task_set="pridemm", text="typed by hand")
    updates = page.on.on_ask(queue, edited, "propaganda", visit())
    w = page.w
    assert updates[w.seen].task_set == "propaganda"
    assert updates[w.seen].meme.text == "typed by hand"
    assert updates[w.groups["propaganda"]]["visible"] is True
    assert updates[w.groups["pridemm"]]["visible"] is False
    assert len(updates[w.cards["propaganda"][0].rest].data[0].x) == 22
    assert page.w.seen not in page.on.on_ask(queue, seen, "pridemm", visit())


def test_coming_back_to_a_new_model_asks_it(page, upload):
    _, queue = opened(page, upload)
    _, seen = read(page, queue)
    old = replace(seen, model="an older one")
    assert page.on.on_ask(queue, old, "pridemm", visit())[page.w.seen].model == seen.model


def test_what_was_saved_before_is_chosen_again(page, upload):
    _, queue = opened(page, upload)
    _, seen = read(page, queue)
    labels = {"hate": ("Hate",), "target": ("Individual",), "stance": ("Oppose",)}
    labels["humour"] = ("Humour",)
    page.studio.correct(page.studio.owner(), prediction=seen, data=draw_png(), labels=labels)
    steps, _ = read(page, queue)
    chosen = [steps[-1][card.choice]["value"] for card in page.w.cards["pridemm"]]
    assert chosen == ["Hate", "Individual", "Oppose", "Humour"]


def test_turning_and_the_strip_stay_within_the_queue(page, upload, tmp_path):
    other = tmp_path / "other.png"
    other.write_bytes(draw_png((1, 2, 3)))
    _, queue = opened(page, upload, other)
    w = page.w
    forward = page.on.on_forward(queue)
    assert forward[w.queue].index == 1
    assert forward[w.forward]["interactive"] is False
    assert page.on.on_forward(forward[w.queue])[w.queue].index == 1
    assert page.on.on_back(forward[w.queue])[w.queue].index == 0
    assert page.on.on_pick(queue, press(1))[w.queue].index == 1
    assert page.on.on_pick(queue, press(99))[w.queue].index == 1


@pytest.mark.parametrize("index", [None, "1", {"a": 1}])
def test_a_press_that_names_nothing_is_one_sentence(page, index):
    updates = page.on.on_pick(Queue(), press(index))
    assert "names no picture" in updates[page.w.message]


def test_a_sample_opens_like_an_upload(tiny_studio, upload):
    page = build_page(tiny_studio, (Sample(path=upload, title="One"),))
    updates = page.on.on_sample(Queue(), press(0))
    assert updates[page.w.queue].current.filename == "upload.png"


def test_a_visitor_predicts_but_is_told_why_nothing_can_be_saved(visited, upload):
    _, queue = opened(visited, upload)
    steps, _ = read(visited, queue)
    w = visited.w
    assert steps[-1][w.save]["interactive"] is False
    assert "only predicts" in steps[-1][w.person]
    assert all(steps[-1][c.choice]["interactive"] is False for c in w.cards["pridemm"])


def test_an_error_that_nobody_meant_is_one_neutral_sentence(page, upload, monkeypatch, caplog):
    _, queue = opened(page, upload)

    quoted = " ".join(["secret", "words"])

    def broken(*args, **kwargs):
        raise RuntimeError(quoted)

    monkeypatch.setattr(page.studio, "predict", broken)
    updates = page.on.on_reread(queue, "pridemm", visit())
    assert "Something went wrong" in updates[page.w.message]
    assert "RuntimeError" in caplog.text
    assert quoted not in caplog.text
