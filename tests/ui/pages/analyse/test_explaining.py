"""The drawer Why: what is explained on demand, and of what."""

from __future__ import annotations

import base64
import io
import json
from types import SimpleNamespace

import numpy as np
import pytest

from memeclip_core.records.explanation import Asked, Change
from memeclip_core.ui.pages.analyse.explaining import OnWhy
from memeclip_core.ui.pages.analyse.explanations import ASKED, Explained
from memeclip_core.ui.pages.analyse.opened import Queue
from memeclip_core.ui.pages.analyse.running import Running
from tests.factories.page_records import visit
from tests.factories.studios import READ, draw_png


@pytest.fixture
def on(page):
    return OnWhy(studio=page.studio, widgets=page.w)


@pytest.fixture
def queue(page, upload):
    return page.opening.on_files([str(upload)], Queue())[page.w.queue]


@pytest.fixture
def seen(page):
    return page.studio.predict(draw_png(), "a.png", task_set="pridemm")


def steps(on, kind, seen, queue, kept=None, chosen="hate", turn=1, running=None):
    given = (kind, turn, running or Running(), seen, queue, chosen, kept or Explained(), visit())
    return list(on.on_explain(*given))


def explain(on, kind, seen, queue, kept=None, **more):
    """Return what is kept after an explanation; None where nothing was explained."""
    return steps(on, kind, seen, queue, kept, **more)[-1].get(on._w.explained)


def last(answers):
    return list(answers)[-1]


def test_another_task_is_explained(page, on, seen):
    asked = on.on_why("humour", seen, None, Explained())
    assert asked[page.w.chosen] == "humour"
    assert len(asked[page.w.why.plot].data[0].x) == 2
    rule = page.studio.explain.rules(seen)["humour"]
    assert rule.sentence in asked[page.w.why.why]
    assert page.w.chosen not in on.on_why("humour", None, None, Explained())


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("words", "Without “"),
        ("picture", "<h3>Picture"),
        ("agreement", "Match of picture and text"),
        ("scores", "<h3>All models"),
        ("modalities", "Without the text, "),
        ("neighbours", "Nearest training memes"),
    ],
)
def test_what_is_asked_for_is_kept_and_shown_with_what_was_there(page, on, queue, seen, kind, said):
    w = page.w
    kept = explain(on, "modalities", seen, queue)
    kept = explain(on, kind, seen, queue, kept)
    shown = on.on_explained(seen, "hate", None, kept)[w.why.explained]
    assert said in shown
    assert shown.count("<h3>Text or picture") == 1
    assert kind in kept.kinds()
    other = on.on_why("humour", seen, None, kept)[w.why.explained]
    assert ("Nearest" in other) is False  # those of a class are of no other
    assert "Text or picture" in other


def test_a_late_explanation_is_not_shown_under_another_answer(page, on, queue, seen):
    w = page.w
    kept = explain(on, "words", seen, queue)
    edited = page.studio.predict(draw_png(), "a.png", task_set="pridemm", text="other words")
    assert w.why.explained not in on.on_explained(edited, "hate", None, kept)
    assert on.on_why("hate", edited, None, kept)[w.why.explained] == ""
    assert explain(on, "words", None, queue, kept) is None
    elsewhere = page.studio.predict(draw_png((1, 2, 3)), "b.png", task_set="pridemm")
    assert explain(on, "words", elsewhere, queue, kept) is None


def test_words_are_explained_anew_for_an_edited_text_if_they_were_before(page, on, queue, seen):
    w = page.w
    kept = explain(on, "words", seen, queue)
    assert w.explained not in on.on_again(seen, queue, kept)
    edited = page.studio.predict(draw_png(), "a.png", task_set="pridemm", text="other words")
    again = on.on_again(edited, queue, kept)[w.explained]
    assert "other" in on.on_explained(edited, "hate", None, again)[w.why.explained]
    assert w.explained not in on.on_again(edited, queue, Explained())


def test_an_upload_that_is_gone_is_one_sentence(page, on, queue, seen, upload):
    upload.unlink()
    *_, updates = steps(on, "words", seen, queue)
    assert "no longer has upload.png" in updates[page.w.message]
    assert updates[page.w.why.cancel]["visible"] is False
    assert "no longer has" in on.on_costs(seen, queue)[page.w.message]


def send(**data):
    return SimpleNamespace(_data=data)


def test_another_class_is_explained_and_stays_chosen(page, on, queue, seen):
    w = page.w
    shown = on.on_class(seen, "hate", None, Explained(), send(label="No Hate"))
    assert shown[w.chosen] == "hate/No Hate"
    rule = page.studio.explain.rules(seen, {"hate": "No Hate"})["hate"]
    assert rule.sentence in shown[w.why.why]
    kept = explain(on, "neighbours", seen, queue, chosen="hate/No Hate")
    assert kept.found[0][2].label == "No Hate"
    assert on.on_class(seen, "hate/No Hate", None, kept, send(label="x"))[w.chosen] == "hate"


def test_every_button_says_what_it_takes(page, on, queue, seen):
    costs = on.on_costs(seen, queue)
    values = {kind: costs[button]["value"] for kind, button in page.w.why.kinds.items()}
    assert all(value.startswith(f"{ASKED[kind]} · ") for kind, value in values.items())
    assert all(value.endswith(" s") for value in values.values())
    assert costs[page.w.why.changing]["label"].startswith("Change the picture · ")
    bare = page.studio.predict(draw_png(), "a.png", task_set="pridemm", text="")
    costs = on.on_costs(bare, queue)
    assert costs[page.w.why.kinds["words"]]["value"] == "Words · not possible"
    assert set(on.on_costs(None, queue)) == {page.w.message}


def test_it_says_how_far_it_is_and_can_be_cancelled(page, on, queue, seen):
    w, running = page.w, Running()
    begun = on.on_begin(running)
    assert begun[w.why.turn] == 1 and begun[w.why.cancel]["visible"] is True
    assert "Waiting" in begun[w.why.running]
    told = steps(on, "words", seen, queue, running=running)
    assert "Words: 0 of " in told[1][w.why.running] and "<progress" in told[1][w.why.running]
    assert told[-1][w.why.cancel]["visible"] is False and w.explained in told[-1]

    begun = on.on_begin(running)
    going = on.on_explain(
        "words", begun[w.why.turn], running, seen, queue, "hate", Explained(), visit()
    )
    next(going)
    on.on_cancel(running)
    *_, last = going
    assert "Cancelled." in last[w.why.running] and w.explained not in last
    # One that still waited for its turn is not begun at all.
    (only,) = steps(on, "words", seen, queue, turn=begun[w.why.turn], running=running)
    assert "Cancelled." in only[w.why.running] and w.explained not in only
    assert explain(on, "words", seen, queue, turn=running.begin(), running=running)


def test_a_change_of_the_picture_is_shown(page, on, queue, seen, tmp_path):
    w, half = page.w, {"left": 0, "top": 0, "right": 0.5, "bottom": 1}
    said, done = on.on_paint(seen, queue, Explained(), send(**half))
    assert "Encoding the changed picture" in said[w.why.running]
    assert done[w.why.running] == ""
    kept = done[w.explained]
    asked = Asked(task_set="pridemm", data=draw_png(), text=seen.meme.text, model=seen.model)
    direct = page.studio.explain.change(asked, Change(region=(0.0, 0.0, 0.5, 1.0)))
    assert kept.found == (("change", "", direct),)
    shown = on.on_explained(seen, "hate", None, kept)[w.why.explained]
    assert "With the region painted out" in shown and "</s>" in shown
    assert "The region is -1" in last(on.on_paint(seen, queue, kept, send(left="x")))[w.message]
    other = tmp_path / "other.png"
    other.write_bytes(draw_png((9, 9, 9)))
    swapped = last(on.on_other(str(other), seen, queue, kept))[w.explained]
    assert swapped.found[0][2].region is None and len(swapped.found) == 1
    assert "No picture was sent" in last(on.on_other(None, seen, queue, kept))[w.message]
    assert w.explained not in last(on.on_other(str(other), None, queue, kept))


def test_answers_are_copied_and_vectors_are_saved(page, on, queue, seen):
    w = page.w
    copied = json.loads(on.on_copy(seen, explain(on, "words", seen, queue))[w.why.sent])
    assert [one["word"] for one in copied["explanations"]["words"]["words"]] == READ.split()
    as_json, as_npz = (
        base64.b64decode(on.on_vectors(form, seen, queue)[w.why.sent]) for form in ("json", "npz")
    )
    with np.load(io.BytesIO(as_npz)) as read:
        assert read["image"].tolist() == json.loads(as_json)["image"]
    assert on.on_copy(None, Explained())[w.why.sent] == ""
    assert set(on.on_vectors("npz", None, queue)) == {w.message}
