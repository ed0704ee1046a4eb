import pytest
from sqlalchemy import select

from memeclip_core.database.schema import fact, reading, tally
from memeclip_core.database.upsert import insert_missing, upsert
from memeclip_core.errors import StoreError


def read(database, table):
    with database.read() as connection:
        return [
            tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))
        ]


def test_rows_that_are_there_take_the_new_values(database):
    with database.write() as connection:
        upsert(connection, fact, [{"name": "a", "value": 1}, {"name": "b", "value": 2}])
        upsert(connection, fact, [{"name": "b", "value": 3}, {"name": "c", "value": 4}])
        upsert(connection, fact, [])
    assert read(database, fact) == [("a", 1), ("b", 3), ("c", 4)]


def test_numbers_are_added_to_those_that_are_there(database):
    place = {"project": "p", "task_set": "t", "memes": 0}
    with database.write() as connection:
        for decisions, flagged in ((3, 1), (2, -1)):
            row = {**place, "decisions": decisions, "flagged": flagged}
            upsert(connection, tally, [row], add=True)
    assert read(database, tally) == [("p", "t", 5, 0, 0, 0, 0)]


def test_only_what_is_missing_is_inserted(database):
    with database.write() as connection:
        insert_missing(connection, reading, [{"meme": "m", "reader": "r", "found": "old"}])
        insert_missing(
            connection,
            reading,
            [
                {"meme": "m", "reader": "r", "found": "new"},
                {"meme": "m", "reader": "s", "found": ""},
            ],
        )
        insert_missing(connection, reading, [])
    assert read(database, reading) == [("m", "r", "old"), ("m", "s", "")]


def test_something_else_that_is_wrong_is_not_passed_over(database):
    with pytest.raises(StoreError), database.write() as connection:
        insert_missing(connection, reading, [{"meme": "m", "reader": None, "found": ""}])
