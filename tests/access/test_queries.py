"""Rows of people, as the database keeps them; what they mean is held with users and keys."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from memeclip_core.access import queries
from memeclip_core.access.records import User
from memeclip_core.errors import StoreError

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
ANN = User(name="ann", role="admin", password="hash")


def test_a_name_stands_there_once_and_is_changed_where_it_stands(database):
    with database.write() as connection:
        assert not queries.update_person(connection, "ann", role="admin")
        queries.insert_people(connection, [ANN], NOW)
        queries.update_hash(connection, "ann", "another hash", "new")
        assert queries.select_people(connection) == (ANN,)
        queries.update_hash(connection, "ann", "hash", "new")
        assert queries.select_people(connection)[0].password == "new"
    with pytest.raises(StoreError), database.write() as connection:
        queries.insert_people(connection, [ANN], NOW)


def test_nobody_who_is_unknown_is_signed_in(database):
    with pytest.raises(StoreError), database.write() as connection:
        queries.insert_session(connection, "key", "eve", created=NOW, expires=NOW)


def test_who_was_taken_in_is_written_down(database):
    with database.write() as connection:
        assert queries.select_taken(connection) == frozenset()
        queries.write_taken(connection, {"bob", "ann"})
        queries.write_taken(connection, {"bob", "ann", "eve"})
        assert queries.select_taken(connection) == {"ann", "bob", "eve"}
