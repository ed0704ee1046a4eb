"""Values come back from both kinds of database as they went in."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import insert, select

from memeclip_core.database.schema import answer, fact, model_change


def test_times_keep_their_milliseconds(database):
    time = datetime(2026, 1, 31, 9, 5, 0, 123456, tzinfo=UTC)
    row = {"time": time, "task_set": "t", "version": "v", "by": "a", "action": "promote"}
    with database.write() as connection:
        connection.execute(insert(model_change), row)
        found = connection.execute(select(model_change.c.time)).scalar()
    assert found == time.replace(microsecond=123000)


def test_names_keep_their_order_and_equal_lists_are_equal(database):
    row = {"project": "p", "task_set": "t", "meme": "m", "status": "single"}
    found = (("b", "a", 'ü"'), (), None)
    with database.write() as connection:
        for number, labels in enumerate(found):
            connection.execute(insert(answer), {**row, "task": str(number), "labels": labels})
        kept = connection.execute(select(answer.c.labels).order_by(answer.c.task)).scalars().all()
        same = select(answer.c.task).where(answer.c.labels == ("b", "a", 'ü"'))
        assert connection.execute(same).scalars().all() == ["0"]
    assert tuple(kept) == found


def test_plain_values_keep_their_shape(database):
    value = {"a": ["ä", 1.5, None, True], "b": {}}
    with database.write() as connection:
        connection.execute(insert(fact), {"name": "x", "value": value})
        assert connection.execute(select(fact.c.value)).scalar() == value
