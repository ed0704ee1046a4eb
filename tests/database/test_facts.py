"""A fact has one value at a time."""

from __future__ import annotations

from memeclip_core.database.facts import read_fact, write_fact


def test_a_fact_is_what_was_written_last(database):
    with database.write() as connection:
        assert read_fact(connection, "known") is None
        write_fact(connection, "known", ["a"])
        write_fact(connection, "known", ["b", 1])
        write_fact(connection, "other", True)
        assert read_fact(connection, "known") == ["b", 1]
