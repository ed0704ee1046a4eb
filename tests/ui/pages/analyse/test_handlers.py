"""What happens on the page Analyse."""

from __future__ import annotations

from dataclasses import replace

import pytest

from memeclip_core.errors import CheckpointError
from memeclip_core.ui.pages.analyse.opened import Queue
from tests.factories.page_records import visit
from tests.factories.studios import READ, draw_png


def opened(page, *paths):
    updates = page.opening.on_files([str(path) for path in paths], Queue())
    return updates, updates[page.w.queue]


def read(page, queue, task_set="pridemm"):
    steps = list(page.on.on_read(queue, None, task_set, "", visit()))
    return steps, steps[-1].get(page.w.seen)


def values(page, prediction):
    """Every choice as the browser holds it: the prediction's where there is one."""
    found = []
    for name, rows in page.w.rows.items():
        for row in rows:
            if name != prediction.task_set:
                found.append(None)
                continue
            item = prediction.task(row.task)
            found.append(list(item.labels) if item.kind == "multilabel" else item.labels[0])
    return found


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
    for row in w.rows["pridemm"]:
        assert second[row.choice]["value"] == prediction.task(row.task).labels[0]
    assert second[w.chosen] == "hate"
    assert len(second[w.why.plot].data[0].x) == len(prediction.task("hate").scores)
    assert second[w.drawer]["visible"] is True
    assert "mc-summary" in second[w.summary]
    assert second[w.reread]["visible"] is False
    hidden = [row for row in w.rows["propaganda"] if row.answer in second]
    assert hidden == []


def test_a_picture_that_was_read_is_not_read_again(page, upload):
    _, queue = opened(page, upload)
    _, prediction = read(page, queue)
    (step,) = page.on.on_read(queue, prediction, "pridemm", "", visit())
    assert page.w.seen not in step
    (step,) = page.on.on_read(Queue(), None, "pridemm", "", visit())
    assert page.w.seen not in step


def test_an_upload_that_is_gone_is_one_sentence(page, upload):
    _, queue = opened(page, upload)
    upload.unlink()
    (step,) = page.on.on_read(queue, None, "pridemm", "", visit())
    assert "no longer has upload.png" in step[page.w.message]
    assert step[page.w.pending]["visible"] is False
    assert step[page.w.text] == ""


def test_a_model_that_fails_leaves_the_text_that_was_read(page, upload, monkeypatch):
    _, queue = opened(page, upload)

    def broken(*args, **kwargs):
        raise CheckpointError("The manifest is damaged.")

    monkeypatch.setattr(page.studio, "predict", broken)
    first, second = page.on.on_read(queue, None, "pridemm", "", visit())
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
        "another text", key, queue, seen, False, ("hate",), "pridemm", "", None, visit(), *chosen
    )
    w = page.w
    assert updates[w.seen].meme.text == "another text"
    assert updates[w.seen].meme.text_source == "user"
    assert updates[w.source].count("Edited by you") == 1
    assert updates[w.rows["pridemm"][0].choice]["value"] == other
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
    updates = page.on.on_text(
        text, key, queue, seen, False, (), "pridemm", "", None, visit(), *values(page, seen)
    )
    assert page.w.seen not in updates


def test_a_text_left_from_before_does_not_answer_for_a_meme_that_is_to_be_read(page, upload):
    _, queue = opened(page, upload)
    _, seen = read(page, queue)
    sent = (READ, queue.current.meme, queue, None)
    rest = ((), "pridemm", "", None, visit(), *values(page, seen))
    assert page.w.seen not in page.on.on_text(*sent, False, *rest)
    # Where it could not be read, nothing else will answer.
    assert page.on.on_text(*sent, True, *rest)[page.w.seen].meme.text == READ


def test_a_reading_that_failed_is_known_until_another_meme_is_turned_to(page, upload, monkeypatch):
    updates, queue = opened(page, upload)
    assert updates[page.w.unread] is False
    upload.unlink()
    (step,) = page.on.on_read(queue, None, "pridemm", "", visit())
    assert step[page.w.unread] is True


def test_reading_again_brings_back_the_text_that_was_read(page, upload):
    _, queue = opened(page, upload)
    updates = page.on.on_reread(queue, "pridemm", "", visit())
    assert updates[page.w.text] == READ
    assert updates[page.w.seen].meme.text_source == "rapidocr"
    assert page.w.seen not in page.on.on_reread(Queue(), "pridemm", "", visit())


def test_another_task_set_asks_about_the_same_text(page, upload):
    _, queue = opened(page, upload)
    _, seen = read(page, queue)
    edited = page.studio.predict(draw_png(), "a", task_set="pridemm", text="typed by hand")
    updates = page.on.on_ask(queue, edited, "propaganda", "", visit())
    w = page.w
    assert updates[w.seen].task_set == "propaganda"
    assert updates[w.seen].meme.text == "typed by hand"
    assert updates[w.groups["propaganda"]]["visible"] is True
    assert updates[w.groups["pridemm"]]["visible"] is False
    assert len(updates[w.why.plot].data[0].x) == 22
    assert page.w.seen not in page.on.on_ask(queue, seen, "pridemm", "", visit())


def test_the_task_in_the_drawer_stays_so_when_the_text_changes(page, upload):
    _, queue = opened(page, upload)
    _, seen = read(page, queue)
    updates = page.on.on_text(
        "other words", queue.current.meme, queue, seen, False, (), "pridemm", "humour", seen,
        visit(), *values(page, seen),
    )  # fmt: skip
    w = page.w
    assert updates[w.chosen] == "humour"
    assert updates[w.reread]["visible"] is True
    rows = w.rows["pridemm"]
    assert [row.task for row in rows if 'pressed="true' in updates[row.answer]] == ["humour"]
    elsewhere = page.on.on_ask(queue, seen, "propaganda", "humour", visit())
    assert elsewhere[w.chosen] == "techniques"


def test_an_edited_text_stands_beside_the_first_answer_until_it_is_read_again(page, upload):
    _, queue = opened(page, upload)
    steps, seen = read(page, queue)
    w, key = page.w, queue.current.meme
    assert steps[-1][w.first] is seen
    assert "was " not in steps[-1][w.why.why]
    updates = page.on.on_text(
        "other words",
        key,
        queue,
        seen,
        False,
        (),
        "pridemm",
        "",
        seen,
        visit(),
        *values(page, seen),
    )
    assert updates[w.why.why].count("<small>was ") == 2
    assert "was " in updates[w.rows["pridemm"][0].answer]
    assert w.first not in updates
    again = page.on.on_reread(queue, "pridemm", "", visit())
    assert again[w.first].meme.text == READ
    assert "was " not in again[w.why.why]


def test_coming_back_to_a_new_model_asks_it(page, upload):
    _, queue = opened(page, upload)
    _, seen = read(page, queue)
    old = replace(seen, model="an older one")
    assert page.on.on_ask(queue, old, "pridemm", "", visit())[page.w.seen].model == seen.model


def test_what_was_saved_before_is_chosen_again(page, upload):
    _, queue = opened(page, upload)
    _, seen = read(page, queue)
    labels = {"hate": ("Hate",), "target": ("Individual",), "stance": ("Oppose",)}
    labels["humour"] = ("Humour",)
    page.studio.correct(page.studio.owner(), prediction=seen, data=draw_png(), labels=labels)
    steps, _ = read(page, queue)
    chosen = [steps[-1][row.choice]["value"] for row in page.w.rows["pridemm"]]
    assert chosen == ["Hate", "Individual", "Oppose", "Humour"]


def test_a_visitor_predicts_but_is_told_why_nothing_can_be_saved(visited, upload):
    _, queue = opened(visited, upload)
    steps, _ = read(visited, queue)
    w = visited.w
    assert steps[-1][w.save]["interactive"] is False
    assert "only predicts" in steps[-1][w.person]
    assert all(steps[-1][row.choice]["interactive"] is False for row in w.rows["pridemm"])


def test_an_error_that_nobody_meant_is_one_neutral_sentence(page, upload, monkeypatch, caplog):
    _, queue = opened(page, upload)

    quoted = " ".join(["secret", "words"])

    def broken(*args, **kwargs):
        raise RuntimeError(quoted)

    monkeypatch.setattr(page.studio, "predict", broken)
    updates = page.on.on_reread(queue, "pridemm", "", visit())
    assert "Something went wrong" in updates[page.w.message]
    assert "RuntimeError" in caplog.text
    assert quoted not in caplog.text


def look(page, queue, model, task_set="pridemm"):
    """Return the notes and the prediction of a page whose address asks for a model."""
    asks = visit(page="Analyse", model=model)
    last = list(page.on.on_read(queue, None, task_set, "", asks))[-1]
    return last[page.w.notes], last[page.w.seen]


def test_the_address_has_another_model_answer_or_is_told_why_not(page, upload):
    _, queue = opened(page, upload)
    active = page.studio.status("pridemm").model.version
    said, seen = look(page, queue, active)
    assert (seen.model, "address" in said) == (active, False)
    other = next(m.version for m in page.studio.models("propaganda"))
    said, seen = look(page, queue, other)
    assert seen.model == active
    assert f"asks for the model &#x27;{other}&#x27;. It answers for Propaganda" in said
    said, seen = look(page, queue, "nobody")
    assert seen.model == active
    assert (
        f"There is none of this name; there are {active} and zero-shot. The active one answers."
        in said
    )
    elsewhere = visit(page="Models", model="nobody")
    assert (
        "address"
        not in list(page.on.on_read(queue, None, "pridemm", "", elsewhere))[-1][page.w.notes]
    )


def test_a_model_that_is_not_active_answers_every_time_where_the_address_asks_for_it(page, upload):
    _, queue = opened(page, upload)
    said, seen = look(page, queue, "zero-shot")
    assert seen.model == "zero-shot"
    assert "&#x27;zero-shot&#x27; answers, as the address asks; it is not the active one" in said
    asks, w = visit(page="analyse", model="zero-shot"), page.w
    assert page.on.on_reread(queue, "pridemm", "", asks)[w.seen].model == "zero-shot"
    edited = page.on.on_text(
        "other", seen.meme.id, queue, seen, False, (), "pridemm", "", None, asks,
        *values(page, seen),
    )  # fmt: skip
    assert edited[w.seen].model == "zero-shot"
    assert w.seen not in page.on.on_ask(queue, seen, "pridemm", "", asks)
    assert page.on.on_ask(queue, seen, "pridemm", "", visit())[w.seen].model != "zero-shot"
