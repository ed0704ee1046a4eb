from dataclasses import replace

import numpy as np
import pytest

from memeclip_core.annotation.queue.states import CODES, StateTable, awaited_by, find_labelled
from tests.factories.queues import (
    ANN,
    BOB,
    CAT,
    KEY,
    NO,
    REV,
    YES,
    make_desk,
    make_meme,
    make_project,
    meme_id,
    new_save,
)

PEOPLE = ("ann", "bob", "cat")


@pytest.fixture
def desk(tmp_path):
    return make_project(make_desk(tmp_path), 8, overlap=2)


def parts(desk):
    return (
        desk.store.read(KEY),
        desk.store.memes(KEY),
        desk.log.ledger().book("demo", KEY),
    )


def assert_same(states, fresh):
    """Hold a table that was kept in step against one that is made anew."""
    for name in ("wanted", "hidden", "decided", "awaited", "closed", "flagged"):
        assert getattr(states, name).tolist() == getattr(fresh, name).tolist(), name
    for person in PEOPLE:
        kept, made = states.marks(person), fresh.marks(person)
        for name in ("codes", "flagged", "returned"):
            assert getattr(kept, name).tolist() == getattr(made, name).tolist(), (person, name)
        assert states.available(person).tolist() == fresh.available(person).tolist()
    for key in (("", "hate", "yes"), ("ann", "hate", "yes"), ("bob", "tone", "irony")):
        assert states.chose(key).tolist() == fresh.chose(key).tolist(), key


def act(desk, generator):
    """Do something at random; what makes no sense is refused and changes nothing."""
    from memeclip_core.errors import MemeclipError

    who = (ANN, BOB, CAT)[generator.integers(3)]
    number = int(generator.integers(8))
    meme = meme_id(number)
    acts = (
        lambda: desk.save(who, number, YES if generator.random() < 0.5 else NO),
        lambda: desk.save(who, number, NO),
        lambda: desk.skip(who, number),
        lambda: desk.queue.draft(who, KEY, save=new_save(), meme=meme, labels=YES, version=1),
        lambda: desk.queue.flag(
            who, KEY, save=new_save(), meme=meme, on=generator.random() < 0.6, reason="look"
        ),
        lambda: desk.queue.undo(who, KEY),
        lambda: desk.send_back(number, who.name),
        lambda: desk.adjudicate(number, YES),
    )
    try:
        acts[generator.integers(len(acts))]()
    except MemeclipError:
        return False
    return True


@pytest.mark.parametrize("seed", range(4))
def test_kept_in_step_it_is_what_it_would_be_made_anew(desk, seed):
    generator = np.random.default_rng(seed)
    states = StateTable(*parts(desk))
    for person in PEOPLE:
        states.marks(person)
    done = 0
    for turn in range(40):
        done += act(desk, generator)
        states.sync(*parts(desk))
        if turn % 5 == 4:
            assert_same(states, StateTable(*parts(desk)))
    assert done > 15


def test_many_changes_at_once_are_counted_all_the_same(tmp_path):
    desk = make_project(make_desk(tmp_path), 100, overlap=2)
    states = StateTable(*parts(desk))
    states.marks("ann")
    for number in range(90):
        desk.save(ANN, number)
    for number in range(80):
        desk.send_back(number, "ann")
    states.sync(*parts(desk))
    assert_same(states, StateTable(*parts(desk)))
    assert states.awaited.sum() == 80


def test_rules_that_change_count_at_once(desk):
    states = StateTable(*parts(desk))
    assert states.wanted.tolist() == [2] * 8
    project = replace(desk.store.read(KEY), overlap=3, hidden_share=1.0)
    desk.store.write(project)
    states.sync(*parts(desk))
    assert states.wanted.tolist() == [3] * 8
    assert states.hidden.all()


def test_memes_that_come_later_are_pending(desk):
    states = StateTable(*parts(desk))
    desk.save(ANN, 0)
    states.marks("ann")
    desk.store.add(KEY, [make_meme(20)])
    states.sync(*parts(desk))
    assert states.size == 9
    assert states.marks("ann").codes.tolist() == [CODES["done"], *([CODES["pending"]] * 8)]
    assert_same(states, StateTable(*parts(desk)))


def test_a_decision_on_a_meme_that_is_not_known_yet_counts_once_it_is(desk):
    """Another process may add a meme and decide it between two looks at memes and log."""
    project, index, _ = parts(desk)
    states = StateTable(*parts(desk))
    from memeclip_core.annotation.decisions.entry import Entry

    entry = Entry(
        save=new_save(), action="label", meme=meme_id(30), labels=YES, project=KEY, version=1
    )
    desk.corrector.decide(ANN, project.tasks, entry)
    states.sync(*parts(desk))
    desk.store.add(KEY, [make_meme(30)])
    states.sync(*parts(desk))
    assert index.place(meme_id(30)) == 8
    assert states.decided[8] == 1


def test_a_log_that_was_put_back_is_read_anew(desk):
    for number in range(4):
        desk.save(ANN, number)
    states = StateTable(*parts(desk))
    lines = desk.home.corrections.read_bytes().splitlines(keepends=True)
    desk.home.corrections.unlink()
    desk.home.corrections.write_bytes(b"".join(lines[:3]))
    states.sync(*parts(desk))
    assert states.decided.tolist() == [1, 0, 0, 0, 0, 0, 0, 0]


def test_who_is_awaited_is_to_whom_it_was_sent_back(desk):
    desk.save(ANN, 0)
    desk.save(BOB, 0)
    desk.send_back(0, "ann")
    book = parts(desk)[2]
    assert awaited_by(book, meme_id(0)) == {"ann"}
    assert awaited_by(book, meme_id(1)) == set()
    assert REV.name not in awaited_by(book, meme_id(0))


def test_what_happens_while_labels_are_looked_up_counts_too(desk):
    for number in range(4):
        desk.save(ANN, number, YES)
    states = StateTable(*parts(desk))
    project, _, book = parts(desk)
    key = ("ann", "hate", "yes")
    revision, found = book.revision, find_labelled(project, book, key)
    assert found == [meme_id(number) for number in range(4)]
    desk.save(ANN, 0, NO)
    desk.save(ANN, 5, YES)
    states.sync(*parts(desk))
    states.put(key, found, revision)
    assert np.flatnonzero(states.chose(key)).tolist() == [1, 2, 3, 5]
    assert states.has(key)
    assert not states.has(("bob", "hate", "yes"))
