import random
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from memeclip_core.annotation.decisions import queries
from memeclip_core.annotation.decisions.book import BookCounts
from memeclip_core.annotation.decisions.ledger import Ledger, gather_rows
from memeclip_core.annotation.decisions.standing import PersonCounts
from memeclip_core.database.schema import mark
from tests.factories.logs import START, TOYS, Log


def snapshot(log, project=""):
    """Return all that a book says, for comparing two times; without the order of equal things."""
    book = log.book(project)
    memes = ("m1", "m2", "m3")
    return (
        [(book.decisions(m), book.flags(m), book.adjudicated(m)) for m in memes],
        [(book.resolve(m, TOYS)) for m in memes],
        {(who, m): book.standing(who, m) for who in ("ann", "bob", "rev") for m in memes},
        {(who, m): book.state(who, m) for who in ("ann", "bob", "rev") for m in memes},
        {who: book.count_of(who) for who in ("ann", "bob", "rev")},
        {who: book.saves(who) for who in ("ann", "bob", "rev")},
        book.count,
        sorted(book.memes()),
    )


def test_a_save_gathers_its_rows_into_one_decision(log):
    save = log.save("ann", "m1", hate=["Hate"], target=["Community"])
    decision = log.book().decision("ann", "m1")
    assert decision.labels == {"hate": ("Hate",), "target": ("Community",)}
    assert (decision.save, decision.annotator, decision.meme) == (save, "ann", "m1")
    assert decision.text == "text of m1"
    assert log.book().decisions("m1") == (decision,)
    assert log.ledger.revision == decision.revision == 2


def test_an_empty_book_answers_too(log):
    book = log.book("nothing")
    assert book.state("ann", "m1") == "pending"
    assert book.standing("ann", "m1").decision is None
    assert book.decisions("m1") == book.flags("m1") == book.memes() == book.saves("ann") == ()
    assert book.resolve("m1", TOYS) is None
    assert book.count == BookCounts(decisions=0, memes=0, adjudicated=0, flagged=0)
    assert book.count_of("ann") == PersonCounts()
    assert (book.revision, book.touched_since(-1)) == (0, ())


def test_a_later_save_replaces_the_earlier_one_as_a_whole(log):
    log.save("ann", "m1", hate=["Hate"], target=["Community"])
    log.save("ann", "m1", hate=["No Hate"])
    assert log.book().resolve("m1", TOYS).labels == {"hate": ("No Hate",)}
    assert log.book().count.decisions == 1


def test_several_people_on_the_page_vote_as_in_a_project_and_all_are_named(log):
    log.save("ann", "m1", hate=["Hate"])
    log.save("bob", "m1", hate=["No Hate"])
    meme = log.book().resolve("m1", TOYS)
    assert (meme.labels, meme.annotators, meme.status) == ({}, ("ann", "bob"), "tie")
    log.save("ann", "m1", hate=["No Hate"])
    meme = log.book().resolve("m1", TOYS)
    assert (meme.labels, meme.annotators) == ({"hate": ("No Hate",)}, ("bob", "ann"))
    assert meme.status == "unanimous"


def test_the_order_of_the_log_counts_rather_than_its_clocks(log):
    log.save("ann", "m1", hate=["Hate"])
    log.save("ann", "m1", hate=["No Hate"])
    ledger = Ledger()
    ledger.add([log.rows[0], replace(log.rows[1], time=START - timedelta(days=1))])
    assert ledger.book("toys").resolve("m1", TOYS).labels == {"hate": ("No Hate",)}


def test_task_sets_and_projects_do_not_mix(log):
    log.save("ann", "m1", hate=["Hate"])
    log.save("ann", "m1", project="one", hate=["No Hate"])
    log.save("ann", "m1", task_set="other", tags=["x"])
    assert log.book().decision("ann", "m1").labels == {"hate": ("Hate",)}
    assert log.book("one").decision("ann", "m1").labels == {"hate": ("No Hate",)}
    assert log.book(task_set="other").decision("ann", "m1").labels == {"tags": ("x",)}
    assert [book.project for book in log.ledger.books("toys")] == ["", "one"]


def test_an_empty_multilabel_decision_is_a_decision(log):
    log.save("ann", "m1", tags=[])
    assert log.book().resolve("m1", TOYS).labels == {"tags": ()}


def act_at_random(log, chance):
    """Do one thing that a person can do; return its save."""
    who, meme = chance.choice(("ann", "bob")), chance.choice(("m1", "m2", "m3"))
    action = chance.choice(
        ("label", "label", "label", "draft", "skip", "flag", "unflag", "adjudicate", "return")
    )
    labels = {"hate": [chance.choice(("Hate", "No Hate"))], "tags": chance.sample("xyz", k=1)}
    if action == "return":
        return log.act(action, "rev", meme, project="p", note="look again", to=who)
    if action in ("skip", "flag", "unflag"):
        return log.act(action, who, meme, project="p", note="why")
    who = "rev" if action == "adjudicate" else who
    return log.act(action, who, meme, project="p", **labels)


@pytest.mark.parametrize("seed", range(20))
def test_an_undo_after_any_log_gives_the_state_before(seed):
    log, chance = Log(), random.Random(seed)
    states, saves = [], []
    for _ in range(40):
        states.append(snapshot(log, "p"))
        saves.append(act_at_random(log, chance))
        if log.ledger.save(saves[-1]).action == "draft":
            # A draft is overwritten by the next one and never taken back.
            states.clear()
            saves.clear()
    for save in reversed(saves):
        log.undo(save)
        assert snapshot(log, "p") == states.pop()


@pytest.mark.parametrize("seed", range(20))
def test_the_numbers_that_are_kept_are_those_that_are_counted(seed):
    log, chance = Log(), random.Random(seed)
    saves = []
    for _ in range(60):
        saves.append(act_at_random(log, chance))
        if chance.random() < 0.2:
            log.undo(saves.pop(chance.randrange(len(saves))))
    book, memes = log.book("p"), ("m1", "m2", "m3")
    for who in ("ann", "bob"):
        standings = {meme: book.standing(who, meme) for meme in memes}
        assert {meme: book.state(who, meme) for meme in memes} == {
            meme: standing.state for meme, standing in standings.items()
        }
        states = [standing.state for standing in standings.values()]
        assert book.count_of(who) == PersonCounts(
            done=states.count("done"),
            skipped=states.count("skipped"),
            draft=states.count("draft"),
            flagged=sum(s.flag is not None for s in standings.values()),
            returned=sum(s.returned is not None for s in standings.values()),
        )
        for state in ("done", "skipped", "draft"):
            assert set(book.memes_of(who, state)) == {
                meme for meme, standing in standings.items() if standing.state == state
            }
        returned = {meme for meme, s in standings.items() if s.returned is not None}
        assert set(book.memes_of(who, "pending")) == returned
    for meme in memes:
        each = (book.standing(who, meme).decision for who in book.annotators)
        expected = sorted((d for d in each if d is not None), key=lambda d: d.revision)
        assert book.decisions(meme) == tuple(expected)
    decided = {m for m in memes if book.decisions(m) or book.adjudicated(m)}
    assert set(book.memes()) == decided
    assert book.count == BookCounts(
        decisions=sum(len(book.decisions(m)) for m in memes),
        memes=len(decided),
        adjudicated=sum(book.adjudicated(m) is not None for m in memes),
        flagged=sum(bool(book.flags(m)) for m in memes),
    )
    assert [book.decided_by(m) for m in memes] == [len(book.decisions(m)) for m in memes]
    assert {*book.flagged_memes()} == {m for m in memes if book.flags(m)}
    assert {*book.adjudicated_memes()} == {m for m in memes if book.adjudicated(m)}


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_it_is_the_same_whatever_pieces_the_log_comes_in(log, size):
    """Also where a piece ends between two rows of one save."""
    log.save("ann", "m1", project="p", hate=["Hate"], target=["Person"], tags=["x"])
    first = log.save("bob", "m1", project="p", hate=["No Hate"], tags=[])
    log.save("ann", "m2", project="p", hate=["No Hate"], tags=["y", "z"])
    log.undo(first)
    pieces = Ledger()
    for start in range(0, len(log.rows), size):
        pieces.add(log.rows[start : start + size])
    whole, book = log.book("p"), pieces.book("toys", "p")
    for meme in ("m1", "m2"):
        assert book.decisions(meme) == whole.decisions(meme)
    assert (book.count, pieces.revision) == (whole.count, log.ledger.revision)
    assert book.saves("ann") == whole.saves("ann")


def test_taking_back_an_early_save_keeps_the_later_ones(log):
    first = log.save("ann", "m1", hate=["Hate"])
    log.save("bob", "m1", hate=["No Hate"])
    log.undo(first)
    assert log.book().resolve("m1", TOYS).annotators == ("bob",)
    assert log.ledger.save(first).annotator == "ann"
    assert log.ledger.taken_back(first) == log.rows[-1].time
    assert log.ledger.taken_back("s1") is None
    log.undo(first)
    assert log.book().count.decisions == 1


def test_rows_that_come_after_their_save_was_taken_back_change_nothing(log):
    save = log.save("ann", "m1", hate=["Hate"])
    log.undo(save)
    log.ledger.add([replace(log.rows[0], task="tags", labels=("x",), event="late")])
    assert log.book().decision("ann", "m1") is None
    assert log.book().memes() == ()


def test_an_id_that_stands_for_two_things_loses_neither(log):
    """Pages cannot do this; whoever pieces two logs together can."""
    save = log.save("ann", "m1", hate=["Hate"])
    log.ledger.add(
        [
            replace(log.rows[0], meme="m2", event="x"),
            replace(log.rows[0], annotator="bob", event="y", labels=("No Hate",)),
        ]
    )
    assert log.book().decision("ann", "m1").labels == {"hate": ("Hate",)}
    assert log.book().decision("ann", "m2").labels == {"hate": ("Hate",)}
    assert log.book().decision("bob", "m1").labels == {"hate": ("No Hate",)}
    log.ledger.add([replace(log.rows[0], action="retract", event="z")])
    assert log.ledger.taken_back(save) is not None
    assert set(log.book().memes()) == {"m1", "m2"}
    assert log.book().decision("ann", "m1") is None


def test_equal_answers_are_kept_once(log):
    log.save("ann", "m1", hate=["Hate"])
    log.save("bob", "m2", hate=["Hate"])
    one, two = log.book().decision("ann", "m1"), log.book().decision("bob", "m2")
    assert one.labels is two.labels


def test_a_log_that_was_replaced_goes_on_counting_and_touches_what_was_there(log):
    log.save("ann", "m1", hate=["Hate"])
    log.save("ann", "m2", hate=["Hate"])
    before = log.ledger.revision
    new = Ledger(log.ledger)
    assert new.revision > before
    new.add([replace(log.rows[1], meme="m3")])
    book = new.book("toys")
    assert book.memes() == ("m3",)
    assert set(book.touched_since(before)) == {"m1", "m2", "m3"}


def test_readers_beside_a_writer_see_whole_decisions():
    log = Log()
    torn = []
    stop = threading.Event()

    def look():
        while not stop.is_set():
            for decision in log.book("p").decisions("m1"):
                if set(decision.labels) != {"hate", "tags"}:
                    torn.append(decision)

    readers = [threading.Thread(target=look) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(200):
        log.save(f"a{number % 5}", "m1", project="p", hate=["Hate"], tags=["x"])
    stop.set()
    for reader in readers:
        reader.join()
    assert torn == []
    assert log.book("p").decided_by("m1") == 5


def test_what_rows_share_is_taken_from_them():
    log = Log()
    log.act("return", "rev", "m1", project="p", note="why", to="ann")
    found = gather_rows(log.rows, {}, {}, 7)
    assert (found.action, found.annotator, found.target, found.note, found.project) == (
        "return", "rev", "ann", "why", "p",
    )  # fmt: skip
    assert (found.revision, found.model, found.image, found.time) == (7, "m", "m1.png", START)


@pytest.mark.parametrize("seed", range(6))
def test_the_tables_say_the_same(tables, seed):
    """Goes with the ledger."""
    chance, saves = random.Random(seed), []
    for _ in range(50):
        saves.append(act_at_random(tables, chance))
        if chance.random() < 0.2:
            tables.undo(saves.pop(chance.randrange(len(saves))))
    book = tables.book("p")
    for meme in ("m1", "m2", "m3"):
        found = tables.history(meme)
        assert found.decisions == book.decisions(meme)
        assert found.flags == book.flags(meme)
        assert found.adjudicated == book.adjudicated(meme)
        assert found.awaited == book.awaited_by(meme)
        assert found.resolve(TOYS) == book.resolve(meme, TOYS)
        for who in ("ann", "bob", "rev"):
            assert found.standing(who) == book.standing(who, meme)
    assert tables.ask(queries.read_tally, "p", "toys") == queries.Tally(
        decisions=book.count.decisions,
        memes=book.count.memes,
        adjudicated=book.count.adjudicated,
        flagged=book.count.flagged,
    )
    with tables.database.read() as connection:
        marks = connection.execute(select(mark).order_by(mark.c.since)).all()
    for who in ("ann", "bob", "rev"):
        own = [row for row in marks if row.person == who]
        for state in ("draft", "done", "skipped"):
            kept = tuple(row.meme for row in own if row.state == state)
            assert kept == book.memes_of(who, state)
        assert {row.meme for row in own if row.returned} == set(book.memes_of(who, "pending"))
        place = {"project": "p", "task_set": "toys", "annotator": who, "limit": 99}
        undoable = tables.ask(queries.find_undoable, **place)
        assert undoable == [one.save for one in reversed(book.saves(who))]
    assert {row.person for row in marks} == set(book.annotators)
