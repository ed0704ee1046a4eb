from datetime import UTC, datetime

import pytest
from sqlalchemy import bindparam, delete, insert, select

from memeclip_core.database.prepared import Prepared
from memeclip_core.database.schema import decision, fact
from memeclip_core.errors import StoreError

ROW = {
    "event": "100% 'e'", "save": "s", "time": datetime(2026, 1, 2, 3, 4, 5, 678000, UTC),
    "annotator": "ann", "action": "label", "meme": "m", "image": "", "text": "what :is %(this)s?",
    "text_source": "user", "task_set": "t", "task": "hate", "predicted": ("a", "b"),
    "probability": 0.1 + 0.2, "model": "", "labels": (), "note": "", "project": "", "version": 1,
    "verdict": "", "seconds": None, "target": "",
}  # fmt: skip
ADD = Prepared(insert(decision), tuple(ROW))
FIND = Prepared(
    select(*(decision.c[name] for name in ROW))
    .where(decision.c.event == bindparam("event"), decision.c.action == "label")
    .limit(bindparam("limit"))
)
DROP = Prepared(delete(fact).where(fact.c.name == bindparam("name")))


def test_values_go_in_and_come_out_as_the_column_types_say(database):
    with database.write() as connection:
        ADD.run(connection, [ROW, {**ROW, "event": "other", "action": "skip"}])
        for _ in range(2):
            assert FIND.rows(connection, event=ROW["event"], limit=5) == [tuple(ROW.values())]
        assert FIND.rows(connection, event=ROW["event"], limit=0) == []
        assert FIND.rows(connection, event="other", limit=5) == []
        same = connection.execute(select(decision.c.time, decision.c.probability)).first()
    assert tuple(same) == (ROW["time"], ROW["probability"])


def test_a_change_is_carried_out_once_for_each_row_of_values(database):
    with database.write() as connection:
        Prepared(insert(fact), ("name", "value")).run(
            connection, [{"name": name, "value": [name]} for name in "abc"]
        )
        DROP.run(connection, [{"name": "a"}, {"name": "c"}])
        DROP.run(connection, [])
    with database.read() as connection:
        rows = connection.execute(select(fact)).all()
    assert [tuple(row) for row in rows] == [("b", ["b"])]


def test_what_the_database_refuses_is_said_as_ever_and_names_no_values(database):
    with database.write() as connection:
        ADD.run(connection, [ROW])
    with pytest.raises(StoreError) as caught, database.write() as connection:
        ADD.run(connection, [{**ROW, "save": "another"}])
    assert "The database could not be used" in str(caught.value)
    assert "what" not in str(caught.value)
    with database.read() as connection:
        assert len(FIND.rows(connection, event=ROW["event"], limit=5)) == 1
