import numpy as np
import pytest
from sqlalchemy import delete, select, update

from memeclip_core.annotation.decisions.entry import Entry
from memeclip_core.annotation.decisions.history import History
from memeclip_core.annotation.decisions.progress import open_memes, read_progress
from memeclip_core.annotation.decisions.states import rebuild_project
from memeclip_core.database.schema import bookmark, meme, progress, tally
from memeclip_core.errors import MemeclipError
from tests.factories.project_records import ids_of
from tests.factories.queues import (
    ANN,
    BOB,
    CAT,
    KEY,
    NO,
    YES,
    make_desk,
    make_meme,
    make_project,
    meme_id,
    new_save,
)

PEOPLE = (ANN, BOB, CAT)


@pytest.fixture
def crew(tmp_path, database):
    return make_project(make_desk(tmp_path, database=database), 8, overlap=2)


def counted(crew):
    """Return the numbers that are kept, without those of people for whom all are 0."""
    with crew.database.read() as connection:
        people = {tuple(row) for row in connection.execute(select(progress)) if any(row[3:])}
        full = connection.scalars(select(tally.c.full)).all()
        is_open = {row.id: row.open for row in connection.execute(select(meme.c.id, meme.c.open))}
    return people, full, is_open


def count_anew(crew):
    """Return what the numbers are by the histories of the memes alone."""
    project, found = crew.store.read(KEY), {}
    ids = ids_of(crew.store.memes(KEY))
    with crew.database.read() as connection:
        histories = History.of_many(connection, "demo", KEY, ids)
    for who in PEOPLE:
        pending, states = 0, {"draft": 0, "done": 0, "skipped": 0}
        for one in ids:
            history = histories[one]
            standing = history.standing(who.name)
            if standing.state in states:
                states[standing.state] += 1
            elif standing.returned is not None or (
                history.adjudicated is None
                and len(history.decisions) + len(history.awaited) < project.wanted(one)
            ):
                pending += 1
        marked = [histories[one].standing(who.name) for one in ids]
        flagged = sum(one.flag is not None for one in marked)
        found[who.name] = pending, states, flagged, sum(one.returned is not None for one in marked)
    return found


def kept(crew):
    found = {}
    for who in PEOPLE:
        counts = crew.queue.counts(who, KEY)
        states = {name: getattr(counts, name) for name in ("draft", "done", "skipped")}
        found[who.name] = counts.pending, states, counts.flagged, counts.returned
    return found


def act(crew, generator):
    """Do something at random; what makes no sense is refused and changes nothing."""
    who = PEOPLE[generator.integers(3)]
    number = int(generator.integers(8))
    one = meme_id(number)
    acts = (
        lambda: crew.save(who, number, YES if generator.random() < 0.5 else NO),
        lambda: crew.save(who, number, NO),
        lambda: crew.skip(who, number),
        lambda: crew.queue.draft(who, KEY, save=new_save(), meme=one, labels=YES, version=1),
        lambda: crew.queue.flag(
            who, KEY, save=new_save(), meme=one, on=generator.random() < 0.6, reason="look"
        ),
        lambda: crew.queue.undo(who, KEY),
        lambda: crew.send_back(number, who.name),
        lambda: crew.adjudicate(number, YES),
    )
    try:
        acts[generator.integers(len(acts))]()
    except MemeclipError:
        return False
    return True


@pytest.mark.parametrize("seed", range(3))
def test_numbers_in_step_with_the_log_are_what_counting_anew_finds(crew, seed):
    generator = np.random.default_rng(seed)
    done = 0
    for turn in range(40):
        done += act(crew, generator)
        if turn % 5 == 4:
            assert kept(crew) == count_anew(crew)
    before = counted(crew)
    with crew.database.write() as connection:
        rebuild_project(connection, crew.store.read(KEY, connection))
    assert counted(crew) == before
    assert done > 15


def test_many_changes_at_once_are_counted_all_the_same(tmp_path):
    crew = make_project(make_desk(tmp_path), 100, overlap=2)
    project = crew.store.read(KEY)
    entries = [
        Entry(save=new_save(), action="label", meme=meme_id(number), labels=YES, project=KEY,
              version=1)
        for number in range(90)
    ]  # fmt: skip
    crew.corrector.decide_many(ANN, project.tasks, entries)
    for number in range(20):
        crew.send_back(number, "ann")
    assert kept(crew) == count_anew(crew)
    assert crew.queue.counts(ANN, KEY).returned == 20


def test_rules_that_change_count_at_once(crew):
    from dataclasses import replace

    for who in (ANN, BOB):
        crew.save(who, 0)
    assert crew.queue.counts(CAT, KEY).pending == 7
    crew.store.write(replace(crew.store.read(KEY), overlap=3))
    assert crew.queue.counts(CAT, KEY).pending == 8
    crew.store.write(replace(crew.store.read(KEY), overlap=1))
    crew.save(ANN, 1)
    assert (kept(crew), crew.queue.counts(CAT, KEY).pending) == (count_anew(crew), 6)


def test_memes_that_come_later_are_pending(crew):
    crew.save(ANN, 0)
    crew.store.add(KEY, [make_meme(20)])
    counts = crew.queue.counts(ANN, KEY)
    assert (counts.pending, counts.done, counts.total) == (8, 1, 9)


def test_a_decision_on_a_meme_that_is_not_known_yet_counts_once_it_is(crew):
    """A log that was put back may be about memes that are imported anew."""
    tasks = crew.store.read(KEY).tasks
    for who in (ANN, BOB):
        entry = Entry(
            save=new_save(), action="label", meme=meme_id(30), labels=YES, project=KEY, version=1
        )
        crew.corrector.decide(who, tasks, entry)
    assert crew.queue.counts(ANN, KEY).done == 0
    crew.store.add(KEY, [make_meme(30)])
    counts = crew.queue.counts(ANN, KEY)
    assert (counts.pending, counts.done, counts.total) == (8, 1, 9)
    assert crew.queue.counts(CAT, KEY).pending == 8
    assert counted(crew)[2][meme_id(30)] is False


def test_what_is_awaited_or_adjudicated_goes_to_nobody_new(crew):
    crew.save(ANN, 0)
    crew.save(BOB, 0)
    crew.send_back(0, "ann")
    crew.adjudicate(1)
    _, full, is_open = counted(crew)
    assert full == [2]
    assert [number for number in range(8) if not is_open[meme_id(number)]] == [0, 1]
    assert crew.queue.counts(ANN, KEY).pending == 7


def test_counting_anew_mends_what_is_wrong(crew):
    crew.save(ANN, 0)
    right = counted(crew)
    with crew.database.write() as connection:
        connection.execute(update(meme).values(open=False))
        connection.execute(update(progress).values(done=7, more=3))
        open_memes(connection, KEY, "demo")
    assert counted(crew) == right


@pytest.mark.parametrize("seed", range(2))
def test_memes_that_were_decided_before_they_came_are_counted_in(crew, seed):
    generator = np.random.default_rng(seed)
    for _ in range(30):
        act(crew, generator)
    crew.save(ANN, 2)
    right = counted(crew)
    with crew.database.write() as connection:
        gone = [meme_id(number) for number in range(4)]
        connection.execute(delete(meme).where(meme.c.id.in_(gone)))
        open_memes(connection, KEY, "demo")
    assert counted(crew) != right
    with crew.database.write() as connection:
        # What was wrong of others stays: only what is fresh is looked at.
        connection.execute(update(progress).where(progress.c.person == "ann").values(flagged=9))
    crew.store.add(KEY, [make_meme(number) for number in range(8)])
    with crew.database.read() as connection:
        assert read_progress(connection, KEY, "demo", "ann").flagged >= 9
    with crew.database.write() as connection:
        flagged = next((row[6] for row in right[0] if row[2] == "ann"), 0)
        own = progress.c.person == "ann"
        connection.execute(update(progress).where(own).values(flagged=flagged))
    assert counted(crew) == right


def test_a_bookmark_goes_where_something_can_be_given_again(crew):
    def put():
        with crew.database.write() as connection:
            for who in PEOPLE:
                row = {"project": KEY, "person": who.name, "ranking": 0, "place": 3}
                connection.execute(bookmark.insert().values(row))

    def have():
        with crew.database.write() as connection:
            found = set(connection.scalars(select(bookmark.c.person)))
            connection.execute(bookmark.delete())
        return found

    put()
    crew.save(ANN, 0)
    assert have() == {"ann", "bob", "cat"}
    put()
    crew.queue.undo(ANN, KEY)  # another may have it as before
    assert have() == {"bob", "cat"}
    for who in (ANN, BOB):
        crew.save(who, 0)
    put()
    crew.queue.undo(BOB, KEY)  # one person more can have it now
    assert have() == set()
