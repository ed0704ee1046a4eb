import os
import signal
import subprocess
import sys
import threading

import pytest

from memeclip_core.annotation.queue.leases import LeaseStore
from memeclip_core.annotation.queue.queries import Lease
from memeclip_core.database.engine import Database
from tests.factories.clocks import Clock


@pytest.fixture
def clock():
    return Clock(1000.0)


@pytest.fixture
def lock(tmp_path):
    return tmp_path / "locks" / "p.lock"


@pytest.fixture
def store(database, lock, clock):
    return LeaseStore(database, "p", lock, clock=clock)


def lease(meme, person="ann", *, client="tab", query="", until=1_060.0):
    return Lease(meme=meme, person=person, client=client, query=query, until=until)


def active(store):
    with store.exclusive() as leases:
        return leases.active()


def hold(store, *leases):
    with store.exclusive() as table:
        table.hold(leases)


def test_what_is_held_is_read_back_in_the_order_in_which_it_was_given_out(store):
    given = (lease("b"), lease("a"), lease("a", "bob", client="other", query="q"))
    hold(store, *given)
    assert active(store) == given


def test_a_lease_ends_at_its_minute(store, clock):
    hold(store, lease("a", until=1_060.0))
    clock.now = 1_059.9
    assert len(active(store)) == 1
    clock.now = 1_060.0
    assert active(store) == ()


def test_holding_again_moves_the_end_and_keeps_the_place(store):
    hold(store, lease("a"), lease("b"))
    hold(store, lease("a", client="second", query="new", until=2_000.0))
    assert active(store) == (
        lease("a", client="second", query="new", until=2_000.0),
        lease("b"),
    )


def test_memes_and_clients_are_let_go_of_one_person_only(store):
    hold(store, lease("a"), lease("b"), lease("a", "bob"), lease("c", client="other"))
    with store.exclusive() as table:
        table.drop("ann", ["a"])
    assert {(one.meme, one.person) for one in active(store)} == {
        ("b", "ann"),
        ("a", "bob"),
        ("c", "ann"),
    }
    with store.exclusive() as table:
        table.drop_client("ann", "tab")
    assert {(one.meme, one.person) for one in active(store)} == {("a", "bob"), ("c", "ann")}


def test_an_error_inside_takes_everything_back(store):
    hold(store, lease("a"))
    with pytest.raises(KeyError), store.exclusive() as table:
        table.hold([lease("b")])
        raise KeyError("b")
    assert active(store) == (lease("a"),)


def test_leases_are_seen_by_others_and_belong_to_one_project(database, lock, store, clock):
    hold(store, lease("a"))
    assert active(LeaseStore(database, "p", lock, clock=clock)) == (lease("a"),)
    assert active(LeaseStore(database, "other", lock, clock=clock)) == ()


def test_threads_never_hold_one_meme_twice(database, lock, clock):
    """Each of 8 threads, half of them with a store of its own, takes what nobody has."""
    shared = LeaseStore(database, "p", lock, clock=clock)
    stores = [
        shared if place % 2 else LeaseStore(database, "p", lock, clock=clock) for place in range(8)
    ]
    taken = []

    def take(store, person):
        for _ in range(10):
            with store.exclusive() as table:
                held = {one.meme for one in table.active()}
                free = next(str(number) for number in range(1_000) if str(number) not in held)
                table.hold([lease(free, person)])
            taken.append(free)

    threads = [
        threading.Thread(target=take, args=(store, f"p{place}"))
        for place, store in enumerate(stores)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken, key=int) == [str(number) for number in range(80)]


KILLED = """
import os, signal, sys
from pathlib import Path
from memeclip_core.annotation.queue.leases import LeaseStore
from memeclip_core.annotation.queue.queries import Lease
from memeclip_core.database.engine import Database

root = Path(sys.argv[1])
database = Database.of_home(root)
store = LeaseStore(database, "p", root / "p.lock")
with store.exclusive() as table:
    table.hold([Lease(meme="kept", person="ann", client="t", query="", until=9e9)])
write = database.write
def killed(*given, **options):
    transaction = write(*given, **options)
    table.write(transaction.__enter__())
    os.kill(os.getpid(), signal.SIGKILL)
database.write = killed
with store.exclusive() as table:
    table.hold([Lease(meme="torn", person="ann", client="t", query="", until=9e9)])
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no kill -9")
def test_a_kill_keeps_what_was_given_out_and_frees_the_lock(tmp_path, clock):
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], timeout=60)
    assert done.returncode == -signal.SIGKILL
    store = LeaseStore(Database.of_home(tmp_path), "p", tmp_path / "p.lock", clock=clock)
    assert [one.meme for one in active(store)] == ["kept"]
