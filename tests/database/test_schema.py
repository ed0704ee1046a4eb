"""What the tables themselves forbid."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import Text, insert

from memeclip_core.database.schema import decision, mark, metadata
from memeclip_core.errors import StoreError

ROW = {
    "event": "e1", "save": "s1", "time": datetime(2026, 1, 1, tzinfo=UTC), "annotator": "ada",
    "action": "label", "meme": "m", "image": "", "text": "", "text_source": "none",
    "task_set": "t", "task": "hate", "predicted": (), "probability": None, "model": "",
    "labels": ("yes",), "note": "", "project": "", "version": 1, "verdict": "", "seconds": None,
    "target": "",
}  # fmt: skip


@pytest.mark.parametrize("again", [{"event": "e2"}, {"save": "s2"}])
def test_an_event_and_an_action_on_a_task_stand_once(database, again):
    with database.write() as connection:
        connection.execute(insert(decision), ROW)
    with pytest.raises(StoreError), database.write() as connection:
        connection.execute(insert(decision), {**ROW, **again})


def test_a_mark_has_a_known_state(database):
    row = {"project": "", "task_set": "t", "meme": "m", "person": "ada", "since": 1}
    with pytest.raises(StoreError), database.write() as connection:
        connection.execute(insert(mark), {**row, "state": "lost"})


def test_no_text_is_null():
    loose = [
        str(column)
        for table in metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, Text) and column.nullable
    ]
    assert not loose
