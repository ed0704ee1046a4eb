"""The SQL of the queue; what it adds up to is tested where it is used."""

import os
import signal
import subprocess
import sys
import threading

import pytest

from memeclip_core.annotation.queue import queries
from memeclip_core.annotation.queue.filters import Pool
from memeclip_core.annotation.queue.queries import Lease, find_memes, hold_memes, select_leases
from memeclip_core.database.engine import Database
from memeclip_core.database.schema import meme
from tests.factories.queues import (
    ANN,
    KEY,
    NUMBERS,
    make_desk,
    make_meme,
    make_project,
    make_table,
    meme_id,
)

NOW = 1_000.0


def lease(meme, person="ann", *, client="tab", query="", until=1_060.0):
    return Lease(meme=meme, person=person, client=client, query=query, until=until)


@pytest.fixture
def connection(database):
    with database.write() as connection:
        yield connection


# --- leases -----------------------------------------------------------------------------------


def test_what_is_held_is_read_back_in_the_order_in_which_it_was_given_out(connection):
    given = (lease("b"), lease("a"), lease("a", "bob", client="other", query="q"))
    hold_memes(connection, "p", given, NOW)
    assert select_leases(connection, "p", NOW) == given
    assert select_leases(connection, "p", NOW, person="bob") == given[2:]
    assert select_leases(connection, "p", NOW, memes=["a"]) == given[1:]
    assert select_leases(connection, "p", NOW, memes=[]) == ()
    assert select_leases(connection, "other", NOW) == ()


def test_a_lease_ends_at_its_minute(connection):
    hold_memes(connection, "p", [lease("a", until=1_060.0)], NOW)
    assert len(select_leases(connection, "p", 1_059.9)) == 1
    assert select_leases(connection, "p", 1_060.0) == ()


def test_holding_again_moves_the_end_and_keeps_the_place(connection):
    hold_memes(connection, "p", [lease("a"), lease("b")], NOW)
    again = lease("a", client="second", query="new", until=2_000.0)
    hold_memes(connection, "p", [again], NOW)
    assert select_leases(connection, "p", NOW) == (again, lease("b"))


def test_expired_leases_are_known_for_a_day_and_then_swept_away(connection):
    hold_memes(connection, "p", [lease("a", until=50.0), lease("b")], 0.0)
    hold_memes(connection, "q", [lease("a", until=50.0)], 0.0)
    hold_memes(connection, "p", [lease("c")], 60.0)
    assert [
        queries.count_late(connection, "p", "ann", ["a", "b"], now) for now in (49.0, 60.0)
    ] == [0, 1]
    hold_memes(connection, "p", [lease("c")], 60.0 + queries.FORGOTTEN)
    assert queries.count_late(connection, "p", "ann", ["a"], 60.0) == 0
    assert len(select_leases(connection, "q", 0.0)) == 1


def test_memes_and_clients_are_let_go_of_one_person_of_one_project_only(connection):
    for project in ("p", "q"):
        held = [lease("a"), lease("b"), lease("a", "bob"), lease("c", client="other")]
        hold_memes(connection, project, held, NOW)
    queries.drop_leases(connection, "p", "ann", ["a", "x"])
    queries.drop_leases(connection, "p", "ann", [])
    assert select_leases(connection, "p", NOW) == (
        lease("b"), lease("a", "bob"), lease("c", client="other"),
    )  # fmt: skip
    queries.drop_client(connection, "p", "ann", "tab")
    assert select_leases(connection, "p", NOW) == (lease("a", "bob"), lease("c", client="other"))
    queries.drop_client(connection, "p", "ann", "")
    assert select_leases(connection, "p", NOW) == (lease("a", "bob"),)
    assert len(select_leases(connection, "q", NOW)) == 4


def test_an_error_inside_takes_everything_back(database):
    with database.write() as connection:
        hold_memes(connection, "p", [lease("a")], NOW)
    with pytest.raises(KeyError), database.write() as connection:
        hold_memes(connection, "p", [lease("b")], NOW)
        raise KeyError("b")
    with database.read() as connection:
        assert select_leases(connection, "p", NOW) == (lease("a"),)


def test_threads_never_hold_one_meme_twice(database):
    """Each of 8 threads, half of them on connections of another server, takes what nobody has."""
    other = Database(database._url)
    taken = []

    def take(database, person):
        for _ in range(10):
            with database.write(queries.order_of("p"), lasting=False) as connection:
                held = {one.meme for one in select_leases(connection, "p", NOW)}
                free = next(str(number) for number in range(1_000) if str(number) not in held)
                hold_memes(connection, "p", [lease(free, person)], NOW)
            taken.append(free)

    threads = [
        threading.Thread(target=take, args=(other if place % 2 else database, f"p{place}"))
        for place in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert sorted(taken, key=int) == [str(number) for number in range(80)]


KILLED = """
import os, signal, sys
from pathlib import Path
from memeclip_core.annotation.queue.queries import Lease, hold_memes
from memeclip_core.database.engine import Database

database = Database.of_home(Path(sys.argv[1]))
with database.write(lasting=False) as connection:
    hold_memes(connection, "p", [Lease("kept", "ann", "t", "", 9e9)], 0.0)
with database.write(lasting=False) as connection:
    hold_memes(connection, "p", [Lease("torn", "ann", "t", "", 9e9)], 0.0)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no kill -9")
def test_a_kill_keeps_what_was_given_out_and_frees_the_lock(tmp_path):
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], timeout=60)
    assert done.returncode == -signal.SIGKILL
    database = Database.of_home(tmp_path)
    with database.write() as connection:
        assert [one.meme for one in select_leases(connection, "p", 0.0)] == ["kept"]
    database.close()


# --- which memes ------------------------------------------------------------------------------


@pytest.fixture
def desk(tmp_path, database):
    """Eight memes that come by margin from the last to the first."""
    desk = make_project(make_desk(tmp_path, database=database), 8)
    desk.predict(make_table([0.99 - number / 16 for number in range(8)]))
    return desk


def find(desk, conditions=(), order="margin", **given):
    number = desk.orderings.get(KEY, order).number
    with desk.sessions.reading(KEY, None) as session:
        pool = Pool(session.project, "ann")
        given = {"limit": 20, **given}
        found = find_memes(session.connection, pool, conditions, number, **given)
        return [NUMBERS[one.id] for one in found]


@pytest.mark.parametrize("few", [False, True])
def test_memes_come_in_the_order_however_they_are_found(desk, few):
    assert find(desk, few=few) == [7, 6, 5, 4, 3, 2, 1, 0]
    assert find(desk, few=few, order="import") == list(range(8))
    assert find(desk, few=few, limit=3, offset=2) == [5, 4, 3]
    assert find(desk, few=few, start=6) == [1, 0]
    assert find(desk, few=few, start=6, order="import") == [6, 7]
    odd = [meme.c.place % 2 == 1]
    assert find(desk, odd, few=few, limit=3) == [7, 5, 3]


def test_what_is_counted_is_what_is_found(desk):
    with desk.sessions.reading(KEY, None) as session:
        pool = Pool(session.project, "ann", "bob")
        for conditions in ((), [meme.c.place > 2], [queries.is_any([meme_id(1), "x"])]):
            found = find_memes(session.connection, pool, conditions, 0, limit=20)
            assert queries.count_memes(session.connection, pool, conditions) == len(found)
        ((place, found),) = session.placed([meme_id(5), "x"]).values()
        assert (place, found.id) == (5, meme_id(5))


def mark_of(desk, who="ann"):
    with desk.sessions.reading(KEY, None) as session:
        return queries.read_bookmark(session.connection, KEY, who, 0)


def test_a_bookmark_stands_before_the_first_meme_that_could_be_given(desk, monkeypatch):
    from memeclip_core.annotation.queue import assignment

    monkeypatch.setattr(assignment, "_FAR", 1)
    for number in (0, 1, 2, 4):
        desk.save(ANN, number)
    assert desk.ids(ANN, count=2) == [3, 5]
    assert mark_of(desk) == 3
    desk.clock.now += 3_600
    # A meme that somebody holds could be given once it is let go of.
    desk.queue.open(ANN, KEY, meme_id(3), "other")
    desk.save(ANN, 5)
    assert desk.ids(ANN, count=2) == [6, 7]
    assert mark_of(desk) == 3
    desk.queue.release(ANN, KEY, "other")
    assert desk.ids(ANN, count=2) == [6, 7]
    desk.queue.undo(ANN, KEY)
    assert mark_of(desk) == 0
    assert desk.ids(ANN, "fresh", count=3) == [3, 5]


def test_what_comes_later_lies_behind_every_bookmark(desk, monkeypatch):
    from memeclip_core.annotation.queue import assignment

    monkeypatch.setattr(assignment, "_FAR", 1)
    for number in range(6):
        desk.save(ANN, number)
    assert desk.ids(ANN, count=1) == [6]
    desk.store.add(KEY, [make_meme(9)])
    desk.save(ANN, 6)
    desk.save(ANN, 7)
    assert (desk.ids(ANN), mark_of(desk)) == ([9], 8)


def test_a_round_is_forgotten_after_a_day(desk):
    with desk.database.write() as connection:
        queries.deal(connection, KEY, "ann", [lease("a", query="round-1")], NOW)
        pool = Pool(desk.store.read(KEY, connection), "ann", query="round-1")
        later = NOW + queries.FORGOTTEN
        queries.deal(connection, KEY, "ann", [lease(meme_id(1), query="round-1")], later)
        dealt = queries.was_dealt()
        found = find_memes(connection, pool, [dealt], 0, limit=20)
        assert [one.id for one in found] == [meme_id(1)]
        assert connection.exec_driver_sql("SELECT count(*) FROM dealt").scalar() == 1
        queries.end_round(connection, KEY, "ann", "round-1")
        assert find_memes(connection, pool, [dealt], 0, limit=20) == []
