"""Choose, save, undo."""

from __future__ import annotations

import pytest

from tests.factories.page_records import visit
from tests.factories.studios import draw_png, read_log
from tests.factories.suggested import build_visited
from tests.ui.conftest import build_page

CHOSEN = ("Hate", "Individual", "Oppose", "Humour", None)


def predicted(page, **options):
    return page.studio.predict(draw_png(), "a.png", task_set="pridemm", **options)


def save(page, seen, values=CHOSEN, data=None, text=None, note="", shown=None):
    return page.correct.on_save(
        draw_png() if data is None else data,
        seen.meme.text if text is None else text,
        seen.meme.id if shown is None else shown,
        seen,
        note,
        "pridemm",
        visit(),
        *values,
    )


def test_saving_appends_a_row_per_task_and_says_when(page):
    updates = save(page, predicted(page), note="why not")
    assert "Saved " in updates[page.w.status]
    assert "4 labels" in updates[page.w.status]
    assert "1 meme" in updates[page.w.frame.header]
    assert [row["task"] for row in read_log(page.studio)] == ["hate", "target", "stance", "humour"]
    assert {row["note"] for row in read_log(page.studio)} == {"why not"}


def test_pressing_twice_saves_once(page):
    seen = predicted(page)
    save(page, seen)
    assert "already saved at" in save(page, seen)[page.w.status]
    assert len(read_log(page.studio)) == 4


def test_a_task_that_is_not_asked_is_not_saved(page):
    save(page, predicted(page), ("No Hate", "Individual", "Oppose", "Humour", None))
    assert [row["task"] for row in read_log(page.studio)] == ["hate", "stance", "humour"]


def test_undo_takes_back_the_last_save_and_then_has_nothing_left(page):
    save(page, predicted(page))
    updates = page.correct.on_undo("pridemm", visit())
    assert "took back your last save" in updates[page.w.status]
    assert page.studio.corrections(page.studio.owner(), "pridemm") == ()
    assert "nothing to undo" in page.correct.on_undo("pridemm", visit())[page.w.status]


def test_what_somebody_else_began_in_another_tab_is_saved_as_nobodys(page):
    seen = predicted(page)

    def saved(opener):
        request = visit(opener=opener)
        page_now = (draw_png(), seen.meme.text, seen.meme.id, seen, "", "pridemm", request)
        return page.correct.on_save(*page_now, *CHOSEN)[page.w.status]

    assert "opened by &#x27;ada" in saved("ada")
    assert read_log(page.studio) == []
    assert "Saved " in saved("")
    undone = page.correct.on_undo("pridemm", visit(opener="ada"))
    assert "opened by &#x27;ada" in undone[page.w.status]
    assert {row["action"] for row in read_log(page.studio)} == {"label"}


def test_a_text_edited_but_not_yet_predicted_is_saved_as_edited(page):
    save(page, predicted(page), text="typed in haste")
    assert {row["text"] for row in read_log(page.studio)} == {"typed in haste"}
    assert {row["text_source"] for row in read_log(page.studio)} == {"user"}


def test_a_save_works_from_what_the_page_holds_when_the_state_is_lost(page):
    seen = predicted(page)
    updates = page.correct.on_save(
        draw_png(), seen.meme.text, seen.meme.id, None, "", "pridemm", visit(), *CHOSEN
    )
    assert "Saved " in updates[page.w.status]
    (source,) = {row["text_source"] for row in read_log(page.studio)}
    assert source == "rapidocr"


def test_a_prediction_of_another_picture_is_never_saved(page):
    seen = predicted(page)
    other = draw_png((1, 2, 3))
    save(page, seen, data=other, shown="1" * 64)
    (kept,) = {row["meme"] for row in read_log(page.studio)}
    assert kept != seen.meme.id


def test_without_a_picture_the_page_says_what_to_do(page):
    updates = page.correct.on_save(None, "", "", None, "", "pridemm", visit(), *CHOSEN)
    assert "Open a meme first" in updates[page.w.status]


@pytest.mark.parametrize("value", ["nonsense", ["Hate", "No Hate"], None])
def test_choices_that_no_page_offers_are_refused(page, value):
    updates = save(page, predicted(page), (value, *CHOSEN[1:]))
    assert "mc-error" in updates[page.w.status]
    assert page.studio.corrections(page.studio.owner(), "pridemm") == ()


def test_choosing_hate_wakes_target_and_choosing_none_silences_it(page):
    seen = predicted(page)
    target = page.w.rows["pridemm"][1]
    woken = page.correct.on_choice("hate", (), seen, "", *CHOSEN)
    assert woken[target.choice]["interactive"] is True
    assert "mc-off" not in woken[target.answer]
    assert woken[page.w.touched] == ("hate",)
    silent = page.correct.on_choice("hate", ("hate",), seen, "", "No Hate", *CHOSEN[1:])
    assert silent[target.choice]["interactive"] is False
    assert "asked only where “Hateful?” is" in silent[target.answer]
    assert silent[page.w.touched] == ("hate",)


def test_choosing_before_an_answer_is_only_noted(page):
    assert page.correct.on_choice("hate", (), None, "", *CHOSEN) == {page.w.touched: ("hate",)}


def test_the_service_refuses_a_visitor_whatever_the_page_sends(visited):
    updates = save(visited, predicted(visited))
    assert "mc-error" in updates[visited.w.status]
    assert "only predicts" in updates[visited.w.status]
    assert "mc-error" in visited.correct.on_undo("pridemm", visit())[visited.w.status]
    assert visited.studio.status("pridemm").corrected == 0


def test_a_visitor_suggests_what_counts_nowhere_yet(tiny_settings):
    page = build_page(build_visited(tiny_settings))
    seen = predicted(page)
    asked = (draw_png(), seen.meme.text, seen.meme.id, seen, "why", "pridemm", visit(), *CHOSEN)
    updates = page.correct.on_suggest("session-1", *asked)
    assert "Suggested. A reviewer decides" in updates[page.w.status]
    assert updates[page.w.settled].startswith(seen.meme.id)
    assert "before; it waits" in page.correct.on_suggest("session-1", *asked)[page.w.status]
    assert "1 visitor before you" in page.correct.on_suggest("session-2", *asked)[page.w.status]
    assert "cannot name a session" in page.correct.on_suggest(None, *asked)[page.w.status]
    assert read_log(page.studio) == []


def test_after_an_undo_the_choices_of_that_meme_follow_and_no_others(page):
    seen = predicted(page)
    save(page, seen, note="why")
    settled = page.correct.on_undo("pridemm", visit())[page.w.settled]
    updates = page.correct.on_undone("pridemm", settled, seen, "", visit())
    assert updates[page.w.note] == ""
    for row in page.w.rows["pridemm"]:
        assert updates[row.choice]["value"] == seen.task(row.task).labels[0]
    other = page.studio.predict(draw_png((1, 2, 3)), "b.png", task_set="pridemm")
    choices = {row.choice for row in page.w.rows["pridemm"]}
    assert not choices & set(page.correct.on_undone("pridemm", settled, other, "", visit()))
    nothing = page.correct.on_undo("pridemm", visit())[page.w.settled]
    assert not choices & set(page.correct.on_undone("pridemm", nothing, seen, "", visit()))


def test_for_whom_nothing_is_saved_nothing_is_predicted(page, tiny_settings, monkeypatch):
    """A server that has lost what the page shows would predict it anew, twice."""

    def predict(*args, **options):
        raise AssertionError("it was predicted")

    visited = build_page(build_visited(tiny_settings))
    asked = draw_png(), "a text", "0" * 64, None, "", "pridemm", visit()
    for one in (visited, page):
        monkeypatch.setattr(one.studio, "predict", predict)
    assert "only predicts" in visited.correct.on_save(*asked, *CHOSEN)[visited.w.status]
    said = page.correct.on_suggest("session-1", *asked, *CHOSEN)[page.w.status]
    assert "takes no suggestions" in said
