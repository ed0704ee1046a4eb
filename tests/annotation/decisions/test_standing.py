import pytest

from memeclip_core.annotation.decisions.standing import Standing, fold_standing

LABEL = {"hate": ["Hate"]}


def standing(log, who="ann"):
    return log.history("m1").standing(who)


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
    assert log.history("m1").people.get("ann", ("pending", 0))[0] == state
    assert (standing(log).decision is None) == (state != "done")
    assert standing(log, "bob") == Standing()
    assert log.history("m1").decisions == (() if state != "done" else (standing(log).latest,))


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
    assert len(log.history("m1").events) == 3


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
    assert [d.annotator for d in log.history("m1").decisions] == ["bob"]
    assert log.history("m1").awaited == {"ann"}
    again = act(log, "label", **LABEL)
    assert standing(log).returned is None
    log.undo(again)
    assert standing(log) == back


def test_flags_are_each_persons_own_and_a_reviewer_can_take_them_off(log):
    act(log, "flag", note="is this a meme?")
    log.act("flag", "bob", "m1", project="p")
    assert [f.annotator for f in log.history("m1").flags] == ["ann", "bob"]
    assert standing(log).flag.note == "is this a meme?"
    act(log, "unflag")
    assert [f.annotator for f in log.history("m1").flags] == ["bob"]
    act(log, "unflag", who="rev", to="bob")
    assert log.history("m1").flags == ()


def test_it_is_a_pure_fold(log):
    act(log, "label", **LABEL)
    events = log.history("m1").decisions
    assert fold_standing(events, "ann").decision == events[0]
    assert fold_standing((), "ann") == Standing()


def test_a_decision_for_all_answers_every_flag_and_taken_back_leaves_them_open(log):
    act(log, "flag", note="is this a meme?")
    log.act("flag", "bob", "m1", project="p")
    act(log, "label", **LABEL)  # the flagger's own decision is no answer to it
    assert len(log.history("m1").flags) == 2
    verdict = act(log, "adjudicate", who="rev", **LABEL)
    assert log.history("m1").flags == ()
    assert standing(log).flag is standing(log, "bob").flag is None
    act(log, "flag", note="and yet")
    assert [flag.note for flag in log.history("m1").flags] == ["and yet"]
    log.undo(verdict)
    assert {flag.annotator for flag in log.history("m1").flags} == {"ann", "bob"}
