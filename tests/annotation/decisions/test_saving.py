from dataclasses import replace

import pytest

from memeclip_core.annotation.decisions import saving
from memeclip_core.annotation.queue.queries import select_leases
from memeclip_core.errors import InputError, LabelError, StoreError
from memeclip_core.records.queue import QueueFilter
from tests.factories import decision_logs
from tests.factories.queues import (
    ANN,
    BOB,
    KEY,
    NO,
    YES,
    make_desk,
    make_project,
    make_table,
    meme_id,
    new_save,
    rename_labels,
)


@pytest.fixture
def desk(tmp_path, database):
    return make_project(make_desk(tmp_path, database=database))


def rows_of(desk, number):
    return decision_logs.rows_of(desk.log, KEY, meme_id(number))


# --- saving -----------------------------------------------------------------------------------


def test_a_closed_project_takes_only_what_somebody_has_open(desk):
    assert desk.ids(ANN, count=1) == [0]
    desk.store.write(replace(desk.store.read(KEY), closed=True))
    with pytest.raises(InputError, match="“Cats” is closed"):
        desk.save(ANN, 3)
    many = desk.queue.save_many(
        ANN, KEY, save=new_save(), memes=[meme_id(0), meme_id(1)], labels=YES, version=1
    )
    assert many.memes == (meme_id(0),)
    assert "“Cats” is closed" in many.refused[meme_id(1)]
    assert rows_of(desk, 1) == rows_of(desk, 3) == ()


def test_a_save_is_in_the_log_with_everything_that_was_seen(desk):
    desk.predict(make_table([0.9, 0.2, 0.5, 0.5, 0.5]))
    save = new_save()
    saved = desk.save(ANN, 0, YES, save=save, note="sure", seconds=3.5, shown=True, model="m1")
    hate, tone = rows_of(desk, 0)
    assert (hate.save, hate.annotator, hate.project, hate.version) == (save, "ann", KEY, 1)
    assert (hate.labels, hate.predicted, hate.verdict) == (("yes",), ("yes",), "confirmed")
    assert (tone.labels, tone.predicted, tone.verdict) == (("irony",), (), "corrected")
    assert (hate.model, hate.seconds, hate.note) == ("m1", 3.5, "sure")
    assert hate.probability == pytest.approx(0.9)
    assert (saved.receipt.save, saved.receipt.rows, saved.conflict) == (save, 2, "")
    assert (saved.counts.done, saved.counts.pending, saved.memes) == (1, 4, (meme_id(0),))
    assert desk.saved == [KEY]


def test_the_same_save_twice_counts_once_also_after_a_restart(desk):
    save = new_save()
    first = desk.save(ANN, 0, save=save)
    desk.clock.now += 60
    again = desk.save(ANN, 0, save=save)
    later = desk.restart().save(ANN, 0, save=save)
    assert first.receipt.rows == 2
    assert (again.receipt.rows, later.receipt.rows) == (0, 0)
    assert again.receipt.time == later.receipt.time == first.receipt.time
    assert len(rows_of(desk, 0)) == 2


def test_an_id_that_stands_for_something_else_is_refused(desk):
    save = new_save()
    desk.save(ANN, 0, YES, save=save)
    with pytest.raises(InputError, match="another decision"):
        desk.save(ANN, 0, NO, save=save)
    with pytest.raises(InputError, match="somebody else's"):
        desk.save(BOB, 0, YES, save=save)


def test_a_decision_that_took_too_long_is_kept_all_the_same(desk):
    desk.ids(ANN, count=1)
    desk.clock.now += 3_600
    assert desk.ids(BOB, count=1) == [0]
    desk.save(BOB, 0)
    saved = desk.save(ANN, 0, NO)
    assert saved.receipt.rows == 2
    with desk.sessions.reading(KEY, None) as session:
        assert len(session.histories([meme_id(0)])[meme_id(0)].decisions) == 2


def test_an_incomplete_decision_or_an_unknown_label_is_refused(desk):
    with pytest.raises(LabelError, match="Tone has no label"):
        desk.save(ANN, 0, {"hate": ("yes",)})
    with pytest.raises(LabelError, match="no label 'maybe'"):
        desk.save(ANN, 0, {"hate": ("maybe",), "tone": ()})
    assert rows_of(desk, 0) == ()


def test_the_lease_goes_with_the_decision(desk):
    desk.ids(ANN, count=1)
    desk.save(ANN, 0)
    with desk.sessions.reading(KEY, None) as session:
        assert select_leases(session.connection, KEY, session.now) == ()


def test_a_decision_and_its_lease_go_together_or_not_at_all(desk, monkeypatch):
    def fail(*_):
        raise StoreError("no disk")

    desk.ids(ANN, count=1)
    with monkeypatch.context() as patch:
        patch.setattr(saving, "let_go", fail)
        with pytest.raises(StoreError, match="no disk"):
            desk.save(ANN, 0, save="save-once")
    assert rows_of(desk, 0) == ()
    assert desk.ids(BOB, count=1) == [1]
    assert desk.save(ANN, 0, save="save-once").counts.done == 1
    assert desk.saved == [KEY]


# --- suggestions ------------------------------------------------------------------------------


def test_hidden_suggestions_never_leave_and_are_noted_as_not_shown(tmp_path):
    desk = make_project(make_desk(tmp_path), hidden_share=1.0)
    desk.predict(make_table([0.9, 0.2, 0.5, 0.5, 0.5]))
    (item, *_) = desk.queue.next(ANN, KEY, client="tab")
    assert (item.hidden, item.suggestions, item.model) == (True, {}, "")
    # Even a page that claims otherwise.
    desk.save(ANN, 0, YES, shown=True, model="m1")
    hate, _ = rows_of(desk, 0)
    assert (hate.predicted, hate.verdict) == (("yes",), "unaided")
    assert desk.queue.open(ANN, KEY, meme_id(0), "tab").suggestions == {}
    (row,) = desk.queue.browse(ANN, KEY, filters=QueueFilter(state="done")).rows
    assert (row.model_labels, row.probability, row.hidden, row.model) == ({}, {}, True, "")
    (entry,) = desk.queue.history(ANN, KEY, meme_id(0))
    assert (entry.predicted, entry.model, entry.shown) == ({}, "", False)
    by_model = QueueFilter(state=None, label=("hate", "yes"))
    assert desk.queue.browse(ANN, KEY, filters=by_model).total == 0


def test_shown_suggestions_come_with_their_probability_and_model(desk):
    desk.predict(make_table([0.9, 0.2, 0.5, 0.5, 0.5]))
    (item,) = desk.queue.next(ANN, KEY, count=1, client="tab")
    suggestion = item.suggestions["hate"]
    assert (suggestion.labels, item.model, item.hidden) == (("yes",), "m1", False)
    assert suggestion.probability == pytest.approx(0.9)


def test_what_was_seen_is_noted_also_where_another_model_answers_by_now(desk):
    desk.predict(make_table([0.9] * 5, model="m1"))
    (item,) = desk.queue.next(ANN, KEY, count=1, client="tab")
    desk.predict(make_table([0.1] * 5, model="m2"))
    desk.save(ANN, 0, YES, shown=True, model=item.model)
    hate, _ = rows_of(desk, 0)
    assert (hate.model, hate.predicted, hate.verdict) == ("m1", ("yes",), "confirmed")


def test_a_save_does_not_fail_for_predictions_that_are_gone(desk):
    assert desk.save(ANN, 0, YES, shown=True, model="gone").receipt.rows == 2


# --- label sets -------------------------------------------------------------------------------


def test_labels_of_an_older_label_set_become_a_draft_and_nothing_is_lost(desk):
    rename_labels(desk)
    saved = desk.save(ANN, 0, {"hate": ("yes",), "tone": ("irony",)}, version=1, note="sure")
    assert "version 2, yours is 1" in saved.conflict
    assert saved.version == 2
    assert (saved.counts.draft, saved.counts.done) == (1, 0)
    item = desk.queue.open(ANN, KEY, meme_id(0), "tab")
    assert (item.state, item.note, item.version) == ("draft", "sure", 2)
    assert item.labels == {"hate": ("hateful",)}
    again = desk.save(ANN, 0, {"hate": ("hateful",), "tone": ("joke",)}, version=2)
    assert (again.conflict, again.counts.done) == ("", 1)


def test_a_retry_across_a_change_of_the_label_set_finds_its_save(desk):
    save = new_save()
    first = desk.save(ANN, 0, YES, save=save, version=1)
    rename_labels(desk)
    again = desk.save(ANN, 0, YES, save=save, version=1)
    assert (again.conflict, again.receipt.rows) == ("", 0)
    assert again.receipt.time == first.receipt.time
    assert again.counts.done == 1


def test_a_conflict_sent_twice_is_one_draft(desk):
    rename_labels(desk)
    save = new_save()
    desk.save(ANN, 0, YES, save=save, version=1)
    again = desk.save(ANN, 0, YES, save=save, version=1)
    assert again.receipt.rows == 0
    assert again.counts.draft == 1


def test_decisions_of_an_older_label_set_read_as_it_is_now(desk):
    desk.save(ANN, 0, {"hate": ("yes",), "tone": ("slur",)})
    rename_labels(desk)
    assert desk.queue.open(ANN, KEY, meme_id(0), "tab").labels == {
        "hate": ("hateful",),
        "tone": ("slur",),
    }


def test_a_version_that_does_not_exist_is_refused(desk):
    with pytest.raises(InputError, match="version is 7"):
        desk.save(ANN, 0, version=7)


# --- drafts, skips, flags -----------------------------------------------------------------------


def test_a_draft_holds_what_is_chosen_so_far(desk):
    saved = desk.queue.draft(
        ANN, KEY, save=new_save(), meme=meme_id(0), labels={"hate": ("yes",)}, note="?", version=1
    )
    assert (saved.counts.draft, saved.counts.pending) == (1, 4)
    item = desk.restart().queue.open(ANN, KEY, meme_id(0), "tab")
    assert (item.state, item.labels, item.note) == ("draft", {"hate": ("yes",)}, "?")
    assert desk.ids(ANN, filters=QueueFilter(state="draft")) == [0]


def test_a_skip_needs_a_reason_and_can_be_taken_back(desk):
    with pytest.raises(InputError, match="say why"):
        desk.skip(ANN, 0, "  ")
    saved = desk.skip(ANN, 0, " blurred ")
    assert (saved.counts.skipped, saved.counts.pending) == (1, 4)
    assert rows_of(desk, 0)[0].note == "blurred"
    undone = desk.queue.undo(ANN, KEY)
    assert (undone.meme, undone.counts.skipped, undone.counts.pending) == (meme_id(0), 0, 5)


def test_a_flag_is_ones_own_until_a_reviewer_takes_it_off(desk):
    from memeclip_core.errors import PermissionDenied
    from tests.factories.queues import REV

    saved = desk.queue.flag(
        ANN, KEY, save=new_save(), meme=meme_id(1), on=True, reason="a child on it"
    )
    assert saved.counts.flagged == 1
    assert desk.queue.counts(BOB, KEY).flagged == 0
    item = desk.queue.open(ANN, KEY, meme_id(1), "tab")
    assert (item.flagged, item.flag_reason, item.state) == (True, "a child on it", "pending")
    with pytest.raises(PermissionDenied):
        desk.queue.flag(BOB, KEY, save=new_save(), meme=meme_id(1), on=False, of="ann")
    desk.queue.flag(REV, KEY, save=new_save(), meme=meme_id(1), on=False, of="ann")
    assert desk.queue.counts(ANN, KEY).flagged == 0


def test_ones_own_flag_is_taken_off_again(desk):
    desk.queue.flag(ANN, KEY, save=new_save(), meme=meme_id(1), on=True, reason="look")
    saved = desk.queue.flag(ANN, KEY, save=new_save(), meme=meme_id(1), on=False)
    assert saved.counts.flagged == 0


# --- undo -------------------------------------------------------------------------------------


def test_undo_restores_what_was_before(desk):
    desk.save(ANN, 0, YES)
    desk.save(ANN, 0, NO)
    undone = desk.queue.undo(ANN, KEY)
    assert undone.meme == meme_id(0)
    assert desk.queue.open(ANN, KEY, meme_id(0), "tab").labels == YES
    assert desk.queue.undo(ANN, KEY).counts.done == 0
    with pytest.raises(InputError, match="nothing to undo"):
        desk.queue.undo(ANN, KEY)


def test_undo_takes_back_ones_own_only(desk):
    desk.save(ANN, 0)
    desk.save(BOB, 1)
    assert desk.queue.undo(ANN, KEY).meme == meme_id(0)
    assert desk.queue.counts(BOB, KEY).done == 1


def test_an_undo_whose_answer_was_lost_takes_back_nothing_more(desk):
    for number in (0, 1):
        desk.save(ANN, number, YES, note=f"note {number}")
    desk.save(BOB, 2)
    first = desk.queue.undo(ANN, KEY, "tab", "undo-0001")
    assert (first.meme, first.note, first.receipt.rows) == (meme_id(1), "note 1", 2)
    desk.clock.now += 60
    desk = desk.restart()
    again = desk.queue.undo(ANN, KEY, "tab", "undo-0001")
    assert again == replace(first, receipt=replace(first.receipt, rows=0))
    assert desk.queue.counts(ANN, KEY).done == 1
    # The id is that of one person.
    assert desk.queue.undo(BOB, KEY, "tab", "undo-0001").meme == meme_id(2)
    assert desk.queue.undo(ANN, KEY, "tab", "undo-0002").meme == meme_id(0)
    assert desk.queue.undo(ANN, KEY, "tab", "undo-0001").meme == meme_id(1)
    with pytest.raises(InputError, match="nothing to undo"):
        desk.queue.undo(ANN, KEY, "tab", "undo-0003")


def test_an_undo_that_is_sent_twice_leaves_what_was_decided_in_between(desk):
    desk.save(ANN, 0, YES)
    desk.queue.undo(ANN, KEY, "tab", "undo-0001")
    desk.save(ANN, 0, NO)
    again = desk.queue.undo(ANN, KEY, "tab", "undo-0001")
    assert (again.receipt.rows, again.labels, again.counts.done) == (0, YES, 1)
    assert desk.history(0).decision("ann").labels == NO


# --- many at once -------------------------------------------------------------------------------


def save_many(desk, who, numbers, labels=NO, **given):
    given = {"save": new_save(), **given}
    return desk.queue.save_many(
        who, KEY, memes=[meme_id(number) for number in numbers], labels=labels, **given
    )


def test_many_are_saved_at_once_and_taken_back_together(desk):
    desk.save(ANN, 4)
    saved = save_many(desk, ANN, [0, 1, 2], note="all harmless")
    assert (saved.receipt.rows, saved.counts.done) == (6, 4)
    assert saved.memes == (meme_id(0), meme_id(1), meme_id(2))
    undone = desk.queue.undo(ANN, KEY)
    assert set(undone.memes) == {meme_id(0), meme_id(1), meme_id(2)}
    assert undone.counts.done == 1


def test_many_are_saved_with_what_was_seen_of_each_and_its_share_of_the_time(tmp_path, database):
    desk = make_project(make_desk(tmp_path, database=database), 40, hidden_share=0.5)
    desk.predict(make_table([0.9] * 39, model="m1", numbers=range(39)))  # and nothing of the last
    desk.predict(make_table([0.1] * 40, model="m2"))
    save_many(desk, ANN, range(40), YES, seconds=1.25, shown=True, model="m1")
    hides = desk.store.read(KEY).hides
    hidden = [n for n in range(40) if hides(meme_id(n))]
    assert 0 < len(hidden) < 40
    for n in range(39):
        hate, tone = rows_of(desk, n)
        assert (hate.seconds, tone.seconds, hate.model) == (1.25, 1.25, "m1")
        seen = ("unaided", "unaided") if n in hidden else ("confirmed", "corrected")
        assert (hate.verdict, tone.verdict) == seen
    assert {row.verdict for row in rows_of(desk, 39)} == {""}


def test_many_without_a_word_on_what_was_seen_are_unaided_and_of_unknown_time(desk):
    desk.predict(make_table([0.9, 0.2, 0.5, 0.5, 0.5]))
    save_many(desk, ANN, [0, 1])
    found = [row for n in (0, 1) for row in rows_of(desk, n)]
    assert {(row.verdict, row.seconds) for row in found} == {("unaided", None)}


def test_many_are_taken_back_once_however_often_that_is_asked_for(desk):
    save_many(desk, ANN, [3, 4])
    save_many(desk, ANN, [0, 1, 2])
    first = desk.queue.undo(ANN, KEY, "tab", "undo-0001")
    again = desk.queue.undo(ANN, KEY, "tab", "undo-0001")
    assert again == replace(first, receipt=replace(first.receipt, rows=0))
    assert (set(again.memes), again.counts.done) == ({meme_id(n) for n in (0, 1, 2)}, 2)


def test_many_leave_out_what_others_hold_and_say_why(desk):
    desk.ids(BOB, count=1)
    desk.save(BOB, 1)
    saved = save_many(desk, ANN, [0, 1, 2])
    assert saved.memes == (meme_id(2),)
    assert "Somebody else is labelling" in saved.refused[meme_id(0)]
    assert "labelled this meme" in saved.refused[meme_id(1)]
    with pytest.raises(InputError, match="None of the 2 memes"):
        save_many(desk, ANN, [0, 1])


def test_many_sent_twice_count_once(desk):
    save = new_save()
    save_many(desk, ANN, [0, 1], save=save)
    again = save_many(desk, ANN, [0, 1], save=save)
    assert (again.receipt.rows, again.counts.done) == (0, 2)


def test_many_under_an_old_label_set_become_drafts(desk):
    rename_labels(desk)
    saved = save_many(desk, ANN, [0, 1], version=1)
    assert saved.conflict
    assert saved.counts.draft == 2


def test_none_and_too_many_are_refused(desk):
    with pytest.raises(InputError, match="0 memes were chosen"):
        save_many(desk, ANN, [])
    with pytest.raises(InputError, match="201 memes were chosen"):
        save_many(desk, ANN, range(201))


# --- counts -----------------------------------------------------------------------------------


def test_counts_add_up(tmp_path):
    desk = make_project(make_desk(tmp_path, retraining=7), 6)
    desk.save(ANN, 0)
    desk.skip(ANN, 1)
    desk.queue.draft(ANN, KEY, save=new_save(), meme=meme_id(2), labels={}, version=1)
    desk.save(BOB, 3)
    desk.save(ANN, 4)
    desk.send_back(4, "ann")
    counts = desk.queue.counts(ANN, KEY)
    assert (counts.done, counts.skipped, counts.draft, counts.returned) == (1, 1, 1, 1)
    assert (counts.pending, counts.total, counts.to_retraining) == (2, 6, 7)
    assert desk.restart().queue.counts(ANN, KEY).pending == 2
