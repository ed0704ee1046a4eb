from dataclasses import replace

import pytest

from memeclip_core.annotation.decisions.history import is_visible, write_history
from memeclip_core.records.project import Migration
from tests.factories.queues import (
    ANN,
    BOB,
    KEY,
    NO,
    START,
    YES,
    make_desk,
    make_project,
    make_table,
    meme_id,
    new_save,
)


@pytest.fixture
def desk(tmp_path):
    return make_project(make_desk(tmp_path), overlap=3)


def history(desk, *, hidden=False):
    rows = desk.log.rows_of(KEY, meme_id(0))
    return write_history(desk.store.read(KEY), rows, hidden=hidden)


def told(desk):
    return [(one.who, one.action, one.old, one.new) for one in history(desk)]


def test_each_save_says_what_was_before_and_after(desk):
    desk.save(ANN, 0, YES)
    desk.save(BOB, 0, NO)
    desk.save(ANN, 0, NO)
    assert told(desk) == [
        ("ann", "label", {}, YES),
        ("bob", "label", {}, NO),
        ("ann", "label", YES, NO),
    ]


def test_an_undo_restores_and_says_so(desk):
    desk.save(ANN, 0, YES)
    desk.save(ANN, 0, NO)
    desk.queue.undo(ANN, KEY)
    desk.queue.undo(ANN, KEY)
    assert told(desk)[2:] == [("ann", "retract", NO, YES), ("ann", "retract", YES, {})]


def test_a_skip_sets_ones_labels_aside_and_a_flag_does_not(desk):
    desk.save(ANN, 0, YES)
    desk.queue.flag(ANN, KEY, save=new_save(), meme=meme_id(0), on=True, reason="look")
    desk.skip(ANN, 0, "not sure")
    assert told(desk)[1:] == [("ann", "flag", YES, YES), ("ann", "skip", YES, {})]
    assert [one.note for one in history(desk)] == ["", "look", "not sure"]


def test_a_draft_stands_beside_the_decision(desk):
    desk.save(ANN, 0, YES)
    begun = {"hate": ("no",)}
    desk.queue.draft(ANN, KEY, save=new_save(), meme=meme_id(0), labels=begun, version=1)
    desk.save(ANN, 0, NO)
    assert [(old, new) for _, _, old, new in told(desk)] == [({}, YES), (YES, begun), (YES, NO)]


def test_what_is_sent_back_is_the_targets(desk):
    desk.save(ANN, 0, YES)
    desk.send_back(0, "ann", "why?")
    desk.save(ANN, 0, NO)
    entries = history(desk)
    assert [(one.who, one.action, one.target) for one in entries][1] == ("rev", "return", "ann")
    assert (entries[1].old, entries[1].new, entries[1].note) == (YES, {}, "why?")
    assert (entries[2].old, entries[2].new) == ({}, NO)


def test_what_is_decided_for_all_is_nobodys_own(desk):
    desk.save(ANN, 0, YES)
    desk.adjudicate(0, NO)
    desk.adjudicate(0, YES)
    desk.save(ANN, 0, NO)
    assert [(old, new) for _, _, old, new in told(desk)] == [
        ({}, YES),
        ({}, NO),
        (NO, YES),
        (YES, NO),
    ]


def test_model_verdict_and_time_are_told_unless_hidden(desk):
    desk.predict(make_table([0.9] * 5))
    desk.save(ANN, 0, {**YES, "tone": ()}, shown=True, seconds=2.5)
    desk.save(BOB, 0, YES, shown=False)
    seen, unseen = history(desk)
    assert (seen.shown, seen.verdict, seen.seconds, seen.model) == (True, "confirmed", 2.5, "m1")
    assert seen.predicted == {"hate": ("yes",), "tone": ()}
    assert (unseen.shown, unseen.verdict, unseen.seconds) == (False, "unaided", None)
    assert all(one.predicted == {} and one.model == "" for one in history(desk, hidden=True))


def test_older_labels_read_as_they_are_called_now(desk):
    desk.save(ANN, 0, YES)
    step = Migration(version=2, tasks={"tone": {"irony": "slur"}}, time=START, by="root")
    desk.store.write(replace(desk.store.read(KEY), version=2, migrations=(step,)))
    (entry,) = history(desk)
    assert (entry.new["tone"], entry.version) == (("slur",), 1)


def test_ones_own_entries_are_those_done_by_or_to_a_person(desk):
    desk.save(ANN, 0)
    desk.send_back(0, "ann")
    desk.save(BOB, 0)
    visible = [one.action for one in history(desk) if is_visible(one, "ann")]
    assert visible == ["label", "return"]
