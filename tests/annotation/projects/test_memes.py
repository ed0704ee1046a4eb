"""A project's memes: added by several processes, and never half seen."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from memeclip_core.annotation.projects.memes import Memes
from memeclip_core.annotation.projects.queries import select_revision
from memeclip_core.annotation.projects.store import ProjectStore
from tests.factories.project_records import ids_of, make_id, make_meme, make_project


@pytest.fixture
def store(home, database):
    store = ProjectStore(home, database)
    store.create(make_project())
    return store


def test_memes_are_found_by_id_and_in_import_order(store):
    memes = store.memes("cats")
    assert len(memes) == 0 and ids_of(memes) == () and memes.many([make_id(0)]) == {}
    given = [make_meme(n) for n in (2, 0, 1)]
    store.add("cats", given)
    assert store.memes("cats") == memes and memes.rows == tuple(given)
    assert ids_of(memes) == tuple(make_id(n) for n in (2, 0, 1)) and len(memes) == 3
    assert memes.many([make_id(1), make_id(3)]) == {make_id(1): given[2]}


def test_adding_a_meme_again_replaces_what_is_known_and_keeps_the_place(store):
    store.add("cats", [make_meme(0), make_meme(1)])
    memes = store.memes("cats")
    with store.changing("cats") as connection:
        before, ids = select_revision(connection, "cats"), (make_id(0), make_id(1))
    store.add("cats", [replace(make_meme(0), gold=True, given={"hate": ("Hate",)})])
    assert memes.many([make_id(0)])[make_id(0)].gold and memes.gold() == {
        make_id(0): {"hate": ("Hate",)}
    }
    assert memes.given() == {make_id(0): True, make_id(1): None}
    store.add("cats", [replace(make_meme(1), given={"hate": ("Hate",)})])
    assert memes.given() == {make_id(0): True, make_id(1): False}
    assert ids_of(memes) == ids and len(memes) == 2
    with store.changing("cats") as connection:
        assert select_revision(connection, "cats") > before


def test_of_two_of_one_id_the_later_counts_at_the_place_of_the_first(store):
    store.add("cats", [make_meme(0), make_meme(1), make_meme(0, text="later")])
    rows = store.memes("cats").rows
    assert [row.id for row in rows] == [make_id(0), make_id(1)] and rows[0].text == "later"


def test_what_others_add_is_picked_up(home, database, store):
    other = ProjectStore(home, database)
    store.add("cats", [make_meme(0)])
    assert ids_of(other.memes("cats")) == (make_id(0),)
    other.add("cats", [make_meme(1)])
    assert ids_of(store.memes("cats")) == ids_of(other.memes("cats")) == (make_id(0), make_id(1))


def test_memes_belong_to_one_project(database, store):
    store.create(make_project("dogs"))
    store.add("cats", [make_meme(0), make_meme(1)])
    store.add("dogs", [make_meme(1)])
    assert store.memes("dogs").rows == (make_meme(1),)
    assert Memes(database, "dogs").many([make_id(0)]) == {}


def test_threads_see_whole_states_while_another_adds(store):
    memes = store.memes("cats")
    seen, done = [], threading.Event()

    def look():
        while not done.is_set():
            ids = ids_of(memes)
            seen.append(len(ids) % 10 == 0 and len(memes.many(ids)) == len(ids))

    readers = [threading.Thread(target=look) for _ in range(3)]
    for reader in readers:
        reader.start()
    for start in range(0, 100, 10):
        store.add("cats", [make_meme(n) for n in range(start, start + 10)])
    done.set()
    for reader in readers:
        reader.join()
    assert all(seen) and len(memes) == 100


@pytest.mark.parametrize(
    "meme",
    [
        make_meme(),
        make_meme(given={"hate": ("Hate",), "x": ()}, gold=True, split="val"),
        make_meme(image="", width=0, height=0, text_source="file"),
        make_meme(text="", text_source="none"),
        make_meme(text="line\u2028separator \x85 next"),
    ],
)
def test_memes_read_back_the_same(store, meme):
    store.add("cats", [meme])
    assert store.memes("cats").rows == (meme,)
