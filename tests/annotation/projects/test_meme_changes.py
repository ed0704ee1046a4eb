"""The rows of what an admin mends."""

from __future__ import annotations

import pytest

from memeclip_core.annotation.projects import meme_changes
from memeclip_core.annotation.projects.store import ProjectStore
from memeclip_core.records.meme import MemeChange
from tests.factories.project_records import TIME, make_id, make_meme, make_project


@pytest.fixture
def store(home, database):
    store = ProjectStore(home, database)
    for key in ("cats", "dogs"):
        store.create(make_project(key))
        store.add(key, [make_meme(number) for number in range(3)])
    return store


def note(store, key, number, action, **facts):
    change = MemeChange(
        project=key, meme=make_id(number), filename="", time=TIME, by="ana", action=action, **facts
    )
    with store.changing(key) as connection:
        meme_changes.add_change(connection, change)
        if action == "remove":
            meme_changes.take_out(connection, key, change.meme)


def test_a_removal_is_of_one_project_and_says_why(store):
    note(store, "cats", 1, "remove", reason="asked")
    ids = [make_id(number) for number in range(3)]
    with store.reading() as connection:
        assert meme_changes.select_removed(connection, "cats", ids) == {make_id(1)}
        assert meme_changes.select_removed(connection, "dogs", ids) == set()
        assert meme_changes.find_removal(connection, "cats", make_id(1)) == "asked"
        assert meme_changes.find_removal(connection, "dogs", make_id(1)) == ""
    with store.changing("cats") as connection:
        meme_changes.put_back(connection, "cats", make_id(1))
        assert meme_changes.find_removal(connection, "cats", make_id(1)) == ""


def test_changes_are_listed_newest_first_and_counted_from_a_number(store):
    note(store, "cats", 0, "text", before="a", after="b")
    note(store, "dogs", 2, "remove", reason="asked")
    note(store, "cats", 1, "restore")
    with store.reading() as connection:
        found = meme_changes.select_changes(connection, "cats")
        assert [(one.action, one.filename) for one in found] == [
            ("restore", "1.png"), ("text", "0.png"),
        ]  # fmt: skip
        assert meme_changes.last_mended(connection, "dogs") == 2
        assert meme_changes.last_mended(connection) == 3
        assert meme_changes.select_mended(connection, "pridemm", 1) == sorted(
            [make_id(1), make_id(2)]
        )
        assert meme_changes.select_mended(connection, "other", 0) == []
        texts = meme_changes.select_texts(connection, [make_id(0), make_id(1)])
        assert texts == {("cats", make_id(0)): make_meme(0).text}
