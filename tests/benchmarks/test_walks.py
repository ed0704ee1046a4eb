"""The count of file changes: its definition on small walks, and what it is on a tiny studio."""

import threading

import pytest

from benchmarks.walks import measure, walk_again, watch
from memeclip_core.config import Settings
from memeclip_core.database.engine import Database
from memeclip_core.database.facts import write_fact
from memeclip_core.datasets.pictures import is_address
from memeclip_core.memory import Memory
from tests.factories.studios import build_tiny_studio, write_starters


def test_two_functions_of_one_file_are_no_change():
    with watch() as walk:
        is_address("a b")
        is_address("c d")
    assert walk.changes == 0
    assert [file for file, _ in walk.legs] == ["datasets/pictures.py"]


def test_each_entry_into_another_file_is_a_change():
    memory = Memory(2)
    with watch() as walk:
        memory.put("a", 1)
        is_address("a b")
        sorted([3, 2, 1], key=lambda number: -number)
        memory.get("a")
    assert [file for file, _ in walk.legs] == ["memory.py", "datasets/pictures.py", "memory.py"]
    assert walk.changes == 2
    assert walk.legs[0] == ("memory.py", ["Memory.put"])


def test_threads_that_begin_meanwhile_are_followed():
    with watch() as walk:
        thread = threading.Thread(target=is_address, args=("a b",))
        thread.start()
        thread.join()
    assert [file for file, _ in walk.legs] == ["datasets/pictures.py"]


def test_nothing_is_recorded_afterwards():
    with watch() as walk:
        pass
    is_address("a b")
    assert (walk.steps, walk.changes) == ([], 0)


def test_the_second_time_is_counted():
    done = []

    def do():
        if not done:
            is_address("a b")
        done.append(Memory(2))

    assert [file for file, _ in walk_again(do).legs] == ["memory.py"]


@pytest.fixture(scope="module")
def walks(tmp_path_factory):
    root = tmp_path_factory.mktemp("walks")
    (root / "pictures").mkdir()
    starters = write_starters(root / "checkpoints")
    settings = Settings(home=root / "home", encoder="fake", checkpoints=starters, threads=1)
    return measure(build_tiny_studio(settings), root / "pictures")


def test_three_walks_of_a_studio(walks):
    entered = {
        name: [f"{file}:{call}" for file, call in walk.steps] for name, walk in walks.items()
    }
    assert entered["predict"][0] == "app/studio.py:Studio.predict"
    assert entered["save"][0] == "annotation/queue/queue.py:LabelQueue.save"
    assert entered["status"][0] == "app/studio.py:Studio.status"
    assert all(walk.changes > 10 for walk in walks.values())


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("predict", 60),  # half of what it was once
        ("status", 74),  # the same
        # Once 162 for one append to a file. Today a save also settles, in the transaction of its
        # decision, what the meme's decisions add up to, the place's counts and the leases, and
        # asks whether it came late and whether the meme was removed.
        ("save", 121),
    ],
)
def test_walks_are_no_longer_than_they_may_be(walks, name, most):
    assert walks[name].changes <= most


def test_how_a_statement_is_carried_out_is_no_leg(tmp_path):
    database = Database.of_home(tmp_path)
    with database.write() as connection:
        write_fact(connection, "a", "b")
    with database.write() as connection, watch() as walk:
        write_fact(connection, "a", "c")
    assert [file for file, _ in walk.legs] == ["database/facts.py"]
