from dataclasses import replace

import pytest

from memeclip_core.annotation.decisions.history import (
    History,
    find_save,
    gather_rows,
    is_visible,
    write_history,
)
from memeclip_core.annotation.decisions.queries import select_saves
from memeclip_core.annotation.decisions.standing import Standing
from memeclip_core.records.project import Migration
from tests.factories.decision_logs import rows_of
from tests.factories.logs import TOYS, Log
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
    rows = rows_of(desk.log, KEY, meme_id(0))
    return write_history(desk.store.read(KEY), enumerate(rows, start=1), hidden=hidden)


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


# --- one meme, folded -----------------------------------------------------------------------------


def numbered(log):
    return list(enumerate(log.rows, start=1))


def test_a_save_gathers_its_rows_into_one_decision(tables):
    save = tables.save("ann", "m1", project="p", hate=["Hate"], target=["Community"])
    found = tables.history("m1")
    decision = found.decision("ann")
    assert decision.labels == {"hate": ("Hate",), "target": ("Community",)}
    assert (decision.save, decision.annotator, decision.meme) == (save, "ann", "m1")
    assert decision.text == "text of m1"
    assert found.decisions == (decision,)
    assert found.changed == decision.revision == 2
    assert found.people == {"ann": ("done", 2)}


def test_an_empty_history_answers_too(tables):
    found = tables.history("m1")
    assert found.standing("ann") == Standing()
    assert found.decisions == found.flags == ()
    assert found.adjudicated is None
    assert found.awaited == set()
    assert found.resolve(TOYS) is None
    assert (found.changed, found.people) == (0, {})


def test_decisions_stand_in_the_order_of_the_last_saves(tables):
    for who in ("ann", "bob", "ann"):
        tables.save(who, "m1", project="p", hate=["Hate"])
    found = tables.history("m1")
    assert [d.annotator for d in found.decisions] == ["bob", "ann"]
    assert found.resolve(TOYS).annotators == ("bob", "ann")


def test_a_later_save_replaces_the_earlier_one_as_a_whole(tables):
    tables.save("ann", "m1", project="p", hate=["Hate"], target=["Community"])
    tables.save("ann", "m1", project="p", hate=["No Hate"])
    assert tables.history("m1").resolve(TOYS).labels == {"hate": ("No Hate",)}
    assert len(tables.history("m1").decisions) == 1


def test_several_people_vote_and_all_are_named(tables):
    tables.save("ann", "m1", hate=["Hate"])
    tables.save("bob", "m1", hate=["No Hate"])
    meme = tables.history("m1", "").resolve(TOYS)
    assert (meme.labels, meme.annotators, meme.status) == ({}, ("ann", "bob"), "tie")
    tables.save("ann", "m1", hate=["No Hate"])
    meme = tables.history("m1", "").resolve(TOYS)
    assert (meme.labels, meme.annotators) == ({"hate": ("No Hate",)}, ("bob", "ann"))
    assert meme.status == "unanimous"


def test_task_sets_projects_and_memes_do_not_mix(tables):
    tables.save("ann", "m1", hate=["Hate"])
    tables.save("ann", "m1", project="p", hate=["No Hate"])
    tables.save("ann", "m1", task_set="other", tags=["x"])
    tables.save("ann", "m2", project="p", hate=["Unclear"])
    found = {
        key: tables.history(*key).decision("ann").labels
        for key in (("m1", ""), ("m1", "p"), ("m1", "", "other"), ("m2", "p"))
    }
    assert list(found.values()) == [
        {"hate": ("Hate",)}, {"hate": ("No Hate",)}, {"tags": ("x",)}, {"hate": ("Unclear",)},
    ]  # fmt: skip
    many = tables.ask(History.of_many, "toys", "p", ["m2", "m1", "m3"])
    assert list(many) == ["m2", "m1", "m3"]
    assert [one.changed > 0 for one in many.values()] == [True, True, False]


def test_everything_that_a_meme_is_to_people(tables):
    tables.act("draft", "ann", "m1", project="p", hate=["Hate"])
    tables.act("flag", "ann", "m1", project="p", note="odd")
    tables.act("skip", "bob", "m1", project="p", note="hard")
    tables.save("eve", "m1", project="p", hate=["Hate"])
    tables.act("return", "rev", "m1", project="p", to="eve", note="look")
    found = tables.history("m1")
    assert found.standing("ann").draft.labels == {"hate": ("Hate",)}
    assert found.standing("bob").skip.note == "hard"
    assert found.standing("eve").returned.note == "look"
    assert [flag.note for flag in found.flags] == ["odd"]
    assert found.decision("eve") is None
    assert found.decisions == ()
    assert found.awaited == {"eve"}
    assert {name: state for name, (state, _) in found.people.items()} == {
        "ann": "draft", "bob": "skipped", "eve": "pending", "rev": "pending",
    }  # fmt: skip


def test_what_is_decided_for_all_answers_flags_and_opens_them_again(tables):
    tables.act("flag", "ann", "m1", project="p", note="odd")
    settled = tables.act("adjudicate", "rev", "m1", project="p", hate=["Hate"])
    assert tables.history("m1").adjudicated.save == settled
    assert tables.history("m1").flags == ()
    tables.undo(settled)
    assert tables.history("m1").adjudicated is None
    assert [flag.annotator for flag in tables.history("m1").flags] == ["ann"]


@pytest.mark.parametrize("cut", range(1, 4))
def test_a_save_that_comes_in_pieces_is_one(cut):
    log = Log()
    save = log.save("ann", "m1", project="p", hate=["Hate"], target=["Community"], tags=["x"])
    log.save("bob", "m1", project="p", hate=["Hate"], tags=["y"])
    log.undo(save)
    rows = numbered(log)
    assert list(History(rows[:cut]).decision("ann").labels) == ["hate", "target", "tags"][:cut]
    apart = [*rows[:cut], *rows[3:5], *rows[cut:3]]
    assert History(apart).decision("ann").labels == History(rows[:3]).decision("ann").labels
    assert History([*apart, *rows[5:]]).decisions == History(rows).decisions


def test_a_save_that_is_completed_keeps_its_place_in_the_order(tables):
    one = tables.act("label", "ann", "m1", project="p", hate=["Hate"])
    two = tables.save("ann", "m1", project="p", hate=["No Hate"])
    tables.act("label", "ann", "m1", project="p", save=one, tags=["x"])
    assert tables.history("m1").decision("ann").save == two
    tables.undo(two)
    assert tables.history("m1").decision("ann").labels == {"hate": ("Hate",), "tags": ("x",)}


def test_taking_back_an_early_save_keeps_the_later_ones(tables):
    first = tables.save("ann", "m1", project="p", hate=["Hate"])
    tables.save("bob", "m1", project="p", hate=["No Hate"])
    tables.undo(first)
    assert tables.history("m1").resolve(TOYS).annotators == ("bob",)
    saved, taken = find_save(tables.ask(select_saves, [first])[first])
    assert (saved.annotator, saved.labels, taken) == (
        "ann", {"hate": ("Hate",)}, tables.rows[-1].time,
    )  # fmt: skip
    assert find_save(tables.ask(select_saves, ["s1"])["s1"])[1] is None
    assert find_save([]) is None


def test_rows_that_come_after_their_save_was_taken_back_change_nothing():
    log = Log()
    save = log.save("ann", "m1", hate=["Hate"])
    log.undo(save)
    late = replace(log.rows[0], task="tags", labels=("x",), event="late")
    found = History([*numbered(log), (9, late)])
    assert found.decision("ann") is None
    assert found.decisions == ()
    assert found.changed == 9


def test_an_id_that_stands_for_two_things_loses_neither(tables):
    """Pages cannot do this; whoever pieces two logs together can."""
    save = tables.save("ann", "m1", hate=["Hate"])
    first = tables.rows[0]
    tables.rows += [
        replace(first, meme="m2", event="x"),
        replace(first, annotator="bob", event="y", labels=("No Hate",)),
    ]
    tables._follow()

    def labels(who, meme):
        found = tables.history(meme, "").decision(who)
        return None if found is None else found.labels

    assert labels("ann", "m1") == labels("ann", "m2") == {"hate": ("Hate",)}
    assert labels("bob", "m1") == {"hate": ("No Hate",)}
    tables.rows.append(replace(first, action="retract", event="z"))
    tables._follow()
    assert labels("ann", "m1") is None
    assert labels("ann", "m2") == {"hate": ("Hate",)}
    assert labels("bob", "m1") == {"hate": ("No Hate",)}
    found, taken = find_save(tables.ask(select_saves, [save])[save])
    assert (found.annotator, found.meme) == ("ann", "m1")
    assert taken is not None


def test_what_rows_share_is_taken_from_them():
    log = Log()
    log.act("return", "rev", "m1", project="p", note="why", to="ann")
    found = gather_rows([(7, log.rows[0])])
    assert (found.action, found.annotator, found.target, found.note, found.project) == (
        "return", "rev", "ann", "why", "p",
    )  # fmt: skip
    assert (found.revision, found.model, found.image, found.time) == (
        7, "m", "m1.png", log.rows[0].time,
    )  # fmt: skip
    assert found.labels == {}
