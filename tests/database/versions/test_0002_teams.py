"""What a database of the first release held is there afterwards, with the usual values."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from memeclip_core.database.engine import FILE, Database

FIRST = Path(__file__).parents[1] / "schema_0001.sql"
MEME = (
    "INSERT INTO meme (project, id, place, filename, text, words, text_source, image, given, gold,"
    " split, added) VALUES ('cats', 'a', 0, 'a.png', '', '', 'none', '', '{}', 0, '', 0)"
)


@pytest.fixture
def upgraded(tmp_path):
    with sqlite3.connect(tmp_path / FILE) as old:
        old.executescript(FIRST.read_text(encoding="utf-8"))
        old.execute(MEME)
    old.close()
    database = Database.of_home(tmp_path)
    with database.read():
        pass
    database.close()
    with sqlite3.connect(tmp_path / FILE) as new:
        yield new
    new.close()


def test_memes_are_neither_removed_nor_assigned(upgraded):
    assert upgraded.execute("SELECT id, removed, assigned FROM meme").fetchall() == [("a", 0, 0)]


def test_nobody_has_said_anything(upgraded):
    said = ("member", "qualification", "gold_answer", "comment", "proposal", "webhook")
    for table in (*said, "meme_change"):
        assert upgraded.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table


def test_a_comment_counts_once(upgraded):
    add = (
        "INSERT INTO comment (event, project, meme, thread, time, person, text)"
        " VALUES ('said-0001', 'cats', 'a', 0, 0, 'ann', 'why')"
    )
    upgraded.execute(add)
    with pytest.raises(sqlite3.IntegrityError, match=r"comment\.event"):
        upgraded.execute(add)
