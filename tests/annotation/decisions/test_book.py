from memeclip_core.annotation.decisions.book import BookCounts
from tests.factories.logs import TOYS


def test_what_changed_since_is_told_once_for_each_meme(log):
    book = log.book("p")
    log.save("ann", "m1", project="p", hate=["Hate"], tags=["x"])
    at = book.revision
    assert at == log.ledger.revision == 2
    assert book.touched_since(at) == ()
    second = log.save("bob", "m2", project="p", hate=["Hate"])
    log.save("ann", "m2", project="p", hate=["Hate"])
    log.act("flag", "ann", "m3", project="p")
    log.save("ann", "m9", project="other", hate=["Hate"])
    assert book.touched_since(at) == ("m2", "m3")
    assert book.touched_since(-1) == ("m1", "m2", "m3")
    assert book.revision < log.ledger.revision
    at = book.revision
    log.undo(second)
    assert book.touched_since(at) == ("m2",)
    assert book.revision == log.ledger.revision


def test_a_meme_that_is_decided_and_adjudicated_counts_once(log):
    log.save("ann", "m1", project="p", hate=["Hate"])
    settled = log.act("adjudicate", "rev", "m1", project="p", hate=["Hate"])
    log.act("adjudicate", "rev", "m2", project="p", hate=["Hate"])
    book = log.book("p")
    assert book.count == BookCounts(decisions=1, memes=2, adjudicated=2, flagged=0)
    assert sorted(book.memes()) == ["m1", "m2"]
    assert book.adjudicated("m1").save == settled
    assert book.adjudicated_memes() == ("m1", "m2")
    log.undo(settled)
    assert book.count == BookCounts(decisions=1, memes=2, adjudicated=1, flagged=0)
    assert book.adjudicated("m1") is None


def test_decisions_stand_in_the_order_of_the_last_saves(log):
    for who in ("ann", "bob", "ann"):
        log.save(who, "m1", project="p", hate=["Hate"])
    assert [d.annotator for d in log.book("p").decisions("m1")] == ["bob", "ann"]
    assert log.book("p").decided_by("m1") == 2
    assert log.book("p").resolve("m1", TOYS).annotators == ("bob", "ann")


def test_single_look_ups_agree_with_the_whole(log):
    log.act("draft", "ann", "m1", project="p", hate=["Hate"])
    log.act("flag", "ann", "m1", project="p", note="odd")
    log.act("skip", "bob", "m1", project="p", note="hard")
    log.save("eve", "m1", project="p", hate=["Hate"])
    log.act("return", "rev", "m1", project="p", to="eve", note="look")
    book = log.book("p")
    assert book.standing("ann", "m1").draft.labels == {"hate": ("Hate",)}
    assert book.flagged("ann", "m1").note == "odd"
    assert book.standing("bob", "m1").skip.note == "hard"
    assert book.standing("eve", "m1").returned.note == "look"
    assert book.decision("eve", "m1") is None
    assert book.flagged_memes() == ("m1",)
    assert book.memes() == ()
