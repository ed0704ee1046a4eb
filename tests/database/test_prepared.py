from datetime import UTC, datetime

import pytest
from sqlalchemy import bindparam, delete, insert, select

from benchmarks.walks import watch
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

ADD_FACT = Prepared(insert(fact), ("name", "value"))


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
        ADD_FACT.run(connection, [{"name": name, "value": [name]} for name in "abc"])
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


def test_lists_of_any_length_are_parameters_too(database):
    some = Prepared(
        select(fact.c.name)
        .where(fact.c.name.in_(bindparam("names", expanding=True)), fact.c.name > bindparam("low"))
        .order_by(fact.c.name)
    )
    drop = Prepared(delete(fact).where(fact.c.name.in_(bindparam("names", expanding=True))))
    fixed = Prepared(select(fact.c.name).where(fact.c.name.in_(["a", "x", "e"])))
    names = "abcdefg"
    with database.write() as connection:
        ADD_FACT.run(connection, [{"name": name, "value": name} for name in names])
        for count in range(len(names) + 1):
            wanted = list(names[:count])
            found = [row[0] for row in some.rows(connection, names=wanted, low="a")]
            assert found == wanted[1:]
        assert sorted(fixed.rows(connection)) == [("a",), ("e",)]
        drop.run(connection, [{"names": ["a"]}, {"names": []}, {"names": ["c", "d", "e"]}])
        left = [row[0] for row in some.rows(connection, names=list(names), low="")]
    assert left == ["b", "f", "g"]


def test_a_value_that_is_forgotten_is_missed(database):
    with pytest.raises((KeyError, StoreError), match="limit"), database.read() as connection:
        FIND.rows(connection, event="e")
    whose = Prepared(select(fact.c.name).where(fact.c.name.in_(bindparam("n", expanding=True))))
    with pytest.raises(KeyError, match="n"), database.read() as connection:
        whose.rows(connection)


def test_values_are_converted_without_a_visit_for_each(database):
    """A value that was converted before costs no call of a function of this package."""
    with database.write() as connection:
        ADD.run(connection, [{**ROW, "event": str(n), "save": str(n)} for n in range(20)])
        every = Prepared(select(*(decision.c[name] for name in ROW)))
        every.rows(connection)
        with watch() as walk:
            assert len(every.rows(connection)) == 20
    assert {file for file, _ in walk.steps} == {"database/prepared.py"}
