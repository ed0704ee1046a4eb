"""An old database becomes one of today; a newer one is left alone."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from memeclip_core.database.engine import FILE, Database
from memeclip_core.database.migrations import HEAD, SCRIPTS
from memeclip_core.database.schema import metadata
from memeclip_core.errors import StoreError

PUBLISHED = sorted(Path(__file__).parent.glob("schema_*.sql"))
"""The tables of every release so far, one file for each step of ``versions/``. A step that was
published is not changed: one more is added, with its file."""


def differences(database: Database) -> list[object]:
    with database.read() as connection:
        return compare_metadata(MigrationContext.configure(connection), metadata)


def test_the_program_knows_its_last_step():
    assert ScriptDirectory(str(SCRIPTS)).get_heads() == [HEAD]


def test_a_fresh_database_has_the_tables_of_today(database):
    assert differences(database) == []


def test_every_step_has_its_tables_written_down():
    steps = ScriptDirectory(str(SCRIPTS)).walk_revisions()
    assert {f"schema_{step.revision}.sql" for step in steps} == {path.name for path in PUBLISHED}


@pytest.mark.parametrize("published", PUBLISHED, ids=lambda path: path.stem)
def test_every_release_upgrades(published, tmp_path):
    with sqlite3.connect(tmp_path / FILE) as old:
        old.executescript(published.read_text(encoding="utf-8"))
        old.execute("INSERT INTO fact VALUES ('known', '1')")
    old.close()
    database = Database.of_home(tmp_path)
    assert differences(database) == []
    with database.read() as connection:
        assert connection.execute(text("SELECT value FROM fact")).scalar() == "1"
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == HEAD
    database.close()


def test_an_older_program_refuses_a_newer_database(database):
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    with pytest.raises(StoreError, match="newer release"), database.read():
        pass  # pragma: no cover
    with pytest.raises(StoreError, match="schema 9999"), database.write():
        pass  # pragma: no cover
