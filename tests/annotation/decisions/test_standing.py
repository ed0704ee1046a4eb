import pytest

from memeclip_core.annotation.decisions.standing import (
    UNDOABLE,
    PersonCounts,
    Standing,
    fold_standing,
)
from memeclip_core.records.decision import Action

LABEL = {"hate": ["Hate"]}


def standing(log, who="ann"):
    return log.book("p").standing(who, "m1")


def act(log, action, who="ann", **more):
    return log.act(action, who, "m1", project="p", **more)


@pytest.mark.parametrize(
    ("actions", "state"),
    [
        ([], "pending"),
        (["label"], "done"),
        (["draft"], "draft"),
        (["skip"], "skipped"),
        (["draft", "label"], "done"),
        (["label", "draft"], "done"),
        (["skip", "label"], "done"),
        (["label", "skip"], "skipped"),
        (["skip", "draft"], "draft"),
        (["draft", "skip"], "skipped"),
        (["label", "return"], "pending"),
        (["label", "return", "draft"], "draft"),
        (["label", "return", "label"], "done"),
        (["label", "return", "skip"], "skipped"),
        (["skip", "return"], "skipped"),
        (["flag"], "pending"),
        (["label", "flag", "unflag"], "done"),
        (["adjudicate"], "pending"),
    ],
)
def test_what_a_meme_is_after(log, actions, state):
    for action in actions:
        if action == "return":
            act(log, action, who="rev", to="ann")
        else:
            act(log, action, **(LABEL if action in ("label", "draft", "adjudicate") else {}))
    assert standing(log).state == state
    assert log.book("p").state("ann", "m1") == state
    assert (standing(log).decision is None) == (state != "done")
    assert standing(log, "bob") == Standing()
    assert log.book("p").decisions("m1") == (() if state != "done" else (standing(log).latest,))


def test_a_draft_beside_a_decision_can_be_taken_up_again_and_ends_with_the_next_save(log):
    act(log, "label", **LABEL)
    act(log, "draft", hate=["No Hate"])
    assert standing(log).draft.labels == {"hate": ("No Hate",)}
    assert standing(log).decision.labels == {"hate": ("Hate",)}
    act(log, "label", **LABEL)
    assert standing(log).draft is None


def test_of_drafts_in_a_row_the_last_one_is_kept(log):
    act(log, "label", **LABEL)
    for label in ("Hate", "No Hate", "Unclear"):
        act(log, "draft", hate=[label])
        log.act("draft", "bob", "m1", project="p", hate=[label])
    assert standing(log).draft.labels == {"hate": ("Unclear",)}
    assert len(log.book("p")._events["m1"]) == 3


def test_a_skip_keeps_the_draft_and_what_others_did(log):
    act(log, "draft", **LABEL)
    log.act("draft", "bob", "m1", project="p", **LABEL)
    log.act("label", "eve", "m1", project="p", **LABEL)
    act(log, "skip", note="too dark")
    assert standing(log).draft.labels == {"hate": ("Hate",)}
    assert standing(log).skip.note == "too dark"
    assert standing(log, "bob").state == "draft"
    assert standing(log, "eve").state == "done"


def test_a_return_is_for_its_target_alone_until_the_target_saves_anew(log):
    act(log, "label", **LABEL)
    log.act("label", "bob", "m1", project="p", **LABEL)
    act(log, "return", who="rev", to="ann", note="read the guidelines")
    back = standing(log)
    assert (back.returned.note, back.returned.annotator) == ("read the guidelines", "rev")
    assert (back.decision, back.latest.labels) == (None, {"hate": ("Hate",)})
    assert standing(log, "bob").state == "done"
    assert [d.annotator for d in log.book("p").decisions("m1")] == ["bob"]
    assert log.book("p").memes_of("ann", "pending") == ("m1",)
    again = act(log, "label", **LABEL)
    assert standing(log).returned is None
    log.undo(again)
    assert standing(log) == back


def test_flags_are_each_persons_own_and_a_reviewer_can_take_them_off(log):
    act(log, "flag", note="is this a meme?")
    log.act("flag", "bob", "m1", project="p")
    assert [f.annotator for f in log.book("p").flags("m1")] == ["ann", "bob"]
    assert log.book("p").flagged("ann", "m1").note == "is this a meme?"
    act(log, "unflag")
    assert [f.annotator for f in log.book("p").flags("m1")] == ["bob"]
    act(log, "unflag", who="rev", to="bob")
    assert log.book("p").flags("m1") == ()
    assert log.book("p").count.flagged == 0


def test_it_is_a_pure_fold(log):
    act(log, "label", **LABEL)
    events = log.book("p").decisions("m1")
    assert fold_standing(events, "ann").decision == events[0]
    assert fold_standing((), "ann") == Standing()


def test_a_decision_for_all_answers_every_flag_and_taken_back_leaves_them_open(log):
    act(log, "flag", note="is this a meme?")
    log.act("flag", "bob", "m1", project="p")
    act(log, "label", **LABEL)  # the flagger's own decision is no answer to it
    assert log.book("p").count.flagged == 1
    verdict = act(log, "adjudicate", who="rev", **LABEL)
    book = log.book("p")
    assert (book.flags("m1"), book.flagged_memes(), book.count.flagged) == ((), (), 0)
    assert book.count_of("ann").flagged == book.count_of("bob").flagged == 0
    act(log, "flag", note="and yet")
    assert [flag.note for flag in book.flags("m1")] == ["and yet"]
    log.undo(verdict)
    assert {flag.annotator for flag in book.flags("m1")} == {"ann", "bob"}


def test_what_can_be_taken_back_stands_oldest_first(log):
    saves = []
    for action in Action.__args__:
        if action != "retract":
            labels = {"hate": ["Hate"]} if action in ("label", "draft", "adjudicate") else {}
            saves.append((action, log.act(action, "ann", "m1", project="p", **labels)))
    expected = [save for action, save in saves if action in UNDOABLE]
    found = log.book("p").saves("ann")
    assert [decision.save for decision in found] == expected
    assert {d.action for d in found} == {"label", "adjudicate", "skip", "flag", "unflag"}
    for limit in range(7):
        assert log.book("p").saves("ann", limit) == found[max(0, 5 - limit) :]
    log.undo(expected[2])
    assert [d.save for d in log.book("p").saves("ann")] == [*expected[:2], *expected[3:]]
    assert log.book("p").saves("bob") == ()


def test_memes_stand_in_the_order_in_which_they_came_into_a_state(log):
    for meme in ("m1", "m2", "m3"):
        log.save("ann", meme, hate=["Hate"])
    log.act("skip", "ann", "m1")
    log.save("ann", "m1", hate=["Hate"])
    assert log.book().memes_of("ann", "done") == ("m2", "m3", "m1")
    assert log.book().memes_of("ann", "skipped") == ()
    assert log.book().count_of("ann") == PersonCounts(done=3)
    assert log.book().annotators == ("ann",)
