import os
import signal
import subprocess
import sys
import threading

import pytest

from memeclip_core.annotation.queue.leases import Lease, LeaseStore
from memeclip_core.errors import StoreError
from tests.factories.clocks import Clock


@pytest.fixture
def clock():
    return Clock(1000.0)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "projects" / "p" / "leases.sqlite"


@pytest.fixture
def store(path, clock):
    store = LeaseStore(path, clock=clock)
    yield store
    store.close()


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


def test_leases_survive_a_restart(store, path, clock):
    hold(store, lease("a"))
    store.close()
    other = LeaseStore(path, clock=clock)
    assert active(other) == (lease("a"),)
    other.close()


def test_a_damaged_file_is_replaced(path, clock, caplog):
    path.parent.mkdir(parents=True)
    path.write_bytes(b"no database" * 100)
    store = LeaseStore(path, clock=clock)
    hold(store, lease("a"))
    assert active(store) == (lease("a"),)
    assert "damaged" in caplog.text
    store.close()


def test_a_file_that_was_removed_is_made_anew(store, path):
    hold(store, lease("a"))
    for file in path.parent.iterdir():
        file.unlink()
    assert active(store) == ()
    hold(store, lease("b"))
    assert active(store) == (lease("b"),)


def test_a_folder_in_the_way_is_said_in_a_sentence(path, clock):
    path.mkdir(parents=True)
    with pytest.raises(StoreError, match=r"leases\.sqlite"):
        active(LeaseStore(path, clock=clock))


def test_threads_never_hold_one_meme_twice(path, clock):
    """Each of 8 threads, half of them with a store of its own, takes what nobody has."""
    shared = LeaseStore(path, clock=clock)
    stores = [shared if place % 2 else LeaseStore(path, clock=clock) for place in range(8)]
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
    for store in {id(store): store for store in stores}.values():
        store.close()


KILLED = """
import os, signal, sys
from pathlib import Path
from memeclip_core.annotation.queue.leases import Lease, LeaseStore

store = LeaseStore(Path(sys.argv[1]))
with store.exclusive() as table:
    table.hold([Lease(meme="kept", person="ann", client="t", query="", until=9e9)])
with store.exclusive() as table:
    table.hold([Lease(meme="torn", person="ann", client="t", query="", until=9e9)])
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no kill -9")
def test_a_kill_keeps_what_was_given_out_and_frees_the_lock(path, clock):
    path.parent.mkdir(parents=True)
    done = subprocess.run([sys.executable, "-c", KILLED, str(path)], timeout=60)
    assert done.returncode == -signal.SIGKILL
    store = LeaseStore(path, clock=clock)
    assert [one.meme for one in active(store)] == ["kept"]
    store.close()
