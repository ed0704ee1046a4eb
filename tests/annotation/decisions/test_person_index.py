from memeclip_core.annotation.decisions.person_index import UNDOABLE, PersonCounts
from memeclip_core.records.decision import Action


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
