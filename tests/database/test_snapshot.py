"""A copy of a running database is whole, holds nobody's password, and comes back."""

from __future__ import annotations

import logging
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Integer, Text, insert, select, update

from memeclip_core.annotation.decisions.queries import append_rows
from memeclip_core.annotation.projects.queries import insert_project, update_project
from memeclip_core.database import engine
from memeclip_core.database.engine import Database
from memeclip_core.database.facts import write_fact
from memeclip_core.database.jobs import Jobs
from memeclip_core.database.schema import (
    PRIVATE,
    active_model,
    comment,
    decision,
    fact,
    job,
    label_set,
    lease,
    member,
    metadata,
    person,
    prediction,
    project,
    proposal,
    qualification,
    session,
)
from memeclip_core.database.snapshot import (
    FOLLOWING,
    PASSING,
    WATCHED,
    holds_work,
    is_open,
    keep_people,
    read_revision,
    write_snapshot,
)
from memeclip_core.errors import StoreError
from memeclip_core.models.queries import insert_models
from memeclip_core.records.decision import Person
from memeclip_core.records.project import DEMO
from memeclip_core.storage.home import DATABASE
from tests.factories.corrections import row
from tests.factories.model_rows import make_row
from tests.factories.project_records import make_demo, make_project

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
SECRET = "the-hash-of-a-password"


@pytest.fixture
def database(tmp_path):
    found = Database.of_home(tmp_path)
    with found.write() as connection:
        connection.execute(insert(fact), {"name": "known", "value": 1})
        add_person(connection, "ada")
        connection.execute(
            insert(lease),
            {"project": "p", "meme": "m", "person": "a", "client": "c", "query": "", "until": 1.0},
        )
    yield found
    found.close()


def add_person(connection, name):
    connection.execute(
        insert(person), {"name": name, "role": "admin", "password": SECRET, "created": NOON}
    )
    connection.execute(
        insert(session), {"key": f"key-{name}", "person": name, "created": NOON, "expires": NOON}
    )


def count(root, table):
    database = Database.of_home(root)
    with database.read() as connection:
        found = len(connection.execute(select(table)).all())
    database.close()
    return found


def test_home_and_database_call_the_file_alike():
    assert DATABASE == engine.FILE


def test_a_copy_is_what_was_committed_and_nobody_can_sign_in_with_it(database, tmp_path):
    copy = tmp_path / "copy"
    copy.mkdir()
    with database.write() as connection:
        connection.execute(insert(fact), {"name": "not yet", "value": 2})
        write_snapshot(tmp_path, copy / DATABASE)  # as another process does
    assert [path.name for path in copy.iterdir()] == [DATABASE]
    assert SECRET.encode() not in (copy / DATABASE).read_bytes()
    for table in (*PRIVATE, lease, job):
        assert count(copy, table) == 0
    found = Database.of_home(copy)
    with found.read() as connection:
        assert connection.execute(select(fact.c.name)).scalars().all() == ["known"]
    found.close()
    assert count(tmp_path, person) == 1


def test_a_revision_is_another_once_something_is_done_and_not_before(database, tmp_path):
    seen = [read_revision(tmp_path)]
    with database.write() as connection:
        connection.execute(update(lease).values(until=2.0))
        add_person(connection, "grace")
    assert read_revision(tmp_path) == seen[0]
    jobs = Jobs(database, ["import"])
    handle = jobs.claim(Person(name="ada", role="admin"), "import", "cats")
    seen.append(read_revision(tmp_path))
    handle.count("added")
    jobs.write_down(handle)  # a heartbeat
    assert read_revision(tmp_path) == seen[-1]
    jobs.finish(handle, "failed", "why")
    seen.append(read_revision(tmp_path))
    changes = (
        lambda connection: insert_models(connection, [make_row(1)], None),
        lambda connection: write_fact(connection, "known", 2),
        lambda connection: insert_project(connection, make_project("cats"), "salt"),
        lambda connection: update_project(connection, make_project("cats", title="Dogs")),
        lambda connection: append_rows(connection, [row()]),
    )
    for change in changes:
        with database.write() as connection:
            change(connection)
        seen.append(read_revision(tmp_path))
    assert len(set(seen)) == len(seen) == 8
    assert [number for number, _ in seen] == [0] * 7 + [1]


MENDED = {
    project: {"title", "guidelines", "closed", "members_only", "qualify", "model", "revision"},
    member: {"quota"},
    qualification: {"passed", "attempt", "forgiven", "changed", "by"},
    comment: {"resolved_by"},
    proposal: {"notes", "sessions", "state", "by", "ended", "save"},
    job: {"ended"},
    active_model: {"version"},
    prediction: {"revision", "changed"},
    fact: {"value"},
}
"""What is written in rows that are there: all else is a row of its own, or beside one of these."""


def make_values(table, made=0):
    """Return a row of a table, with values of each column's own kind."""
    kinds = {"Time": NOON + made * timedelta(days=1), "Names": (str(made),), "Plain": {"n": made},
             "Boolean": made > 2, "LargeBinary": b"%d" % made, "Float": float(made)}  # fmt: skip
    values = {}
    for column in table.columns:
        kind = type(column.type).__name__
        numbered = isinstance(column.type, Integer) or kind == "BigInteger"
        values[column.name] = made if numbered and kind != "Boolean" else kinds.get(kind, str(made))
        assert kind in kinds or numbered or isinstance(column.type, Text), column
    named = {
        "state": ("waiting", "accepted", "waiting", "rejected")[made],
        "action": "text",
        "project": "0",
    }
    return values | {name: value for name, value in named.items() if name in values}


def test_each_table_is_watched_or_something_is_said_of_it():
    """One that is in none of these lists would be lost with the disk until a decision is made."""
    lists = ([decision], WATCHED, FOLLOWING, PASSING, PRIVATE)
    named = [table.name for tables in lists for table in tables]
    assert sorted(named) == sorted(metadata.tables)


@pytest.mark.parametrize("table", WATCHED, ids=lambda table: table.name)
def test_a_row_of_a_watched_table_makes_another_revision_and_so_does_its_change(
    table, database, tmp_path
):
    with database.write() as connection:
        connection.execute(insert(project), make_values(project))
    seen = [read_revision(tmp_path)]
    for made in (1, 2):
        with database.write() as connection:
            connection.execute(insert(table), make_values(table, made))
        seen.append(read_revision(tmp_path))
    key = next(iter(table.primary_key))
    for name in sorted(MENDED.get(table, ())):
        with database.write() as connection:
            own = update(table).where(key == make_values(table, 1)[key.name])
            connection.execute(own.values({name: make_values(table, 3)[name]}))
        seen.append(read_revision(tmp_path))
    assert len(set(seen)) == len(seen)


@pytest.mark.parametrize("table", [one for one in PASSING if one is not lease], ids=str)
def test_a_row_that_passes_makes_no_other_revision(table, database, tmp_path):
    before = read_revision(tmp_path)
    with database.write() as connection:
        connection.execute(insert(table), make_values(table, 1))
    assert read_revision(tmp_path) == before


def test_what_is_no_database_is_not_copied(tmp_path):
    (tmp_path / DATABASE).write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreError, match="could not be copied"):
        write_snapshot(tmp_path, tmp_path / "copy")


def test_a_database_is_empty_until_somebody_works(tmp_path, database):
    assert not holds_work(tmp_path / "nowhere") and not (tmp_path / "nowhere").exists()
    assert not holds_work(tmp_path)
    with database.write() as connection:
        insert_models(connection, [make_row(1)], None)
    assert holds_work(tmp_path)


def test_a_demo_is_no_work_and_not_in_the_copy(tmp_path, database):
    with database.write() as connection:
        insert_project(connection, make_demo(), "salt")
        append_rows(connection, [row(project="demo-1", task_set=f"{DEMO}pridemm")])
    assert not holds_work(tmp_path)
    with database.write() as connection:
        insert_project(connection, make_project("cats"), "salt")
        append_rows(connection, [row(event="e2", save="s2", project="cats")])
    assert holds_work(tmp_path)
    copy = tmp_path / "copy"
    copy.mkdir()
    write_snapshot(tmp_path, copy / DATABASE)
    assert [count(copy, table) for table in (project, label_set, decision)] == [1, 1, 1]
    assert count(tmp_path, decision) == 2


def test_it_is_open_as_long_as_a_program_has_it(tmp_path, database):
    assert is_open(tmp_path)
    database.close()
    assert not is_open(tmp_path)
    with database.read():  # and can be used again
        assert is_open(tmp_path)
    assert not is_open(tmp_path / "nowhere")


def test_a_program_that_was_killed_has_nothing_open(tmp_path):
    code = (
        "import os, sys, pathlib\n"
        "from memeclip_core.database.engine import Database\n"
        "with Database.of_home(pathlib.Path(sys.argv[1])).write(): os.kill(os.getpid(), 9)\n"
    )
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path)]).returncode == -9
    assert not is_open(tmp_path)


def test_a_damaged_one_is_not_open(tmp_path):
    (tmp_path / DATABASE).write_bytes(b"no database at all" * 100)
    assert not is_open(tmp_path)


def test_people_are_taken_along(tmp_path, database):
    new = tmp_path / "new"
    new.mkdir()
    keep_people(tmp_path, new)
    assert count(new, person) == count(new, session) == 1 and count(new, fact) == 0


def test_without_people_a_database_only_becomes_one_of_today(tmp_path, caplog):
    old, new = tmp_path / "old", tmp_path / "new"
    for folder in (old, new):
        folder.mkdir()
    keep_people(old, new)
    assert count(new, person) == 0 and not (old / DATABASE).exists()
    (old / DATABASE).write_bytes(b"no database at all" * 100)
    with caplog.at_level(logging.WARNING, logger="memeclip"):
        keep_people(old, new)
    assert "who may sign in could not be read" in caplog.text


def test_a_newer_database_is_not_put_in_place(tmp_path, database):
    new = tmp_path / "new"
    new.mkdir()
    write_snapshot(tmp_path, new / DATABASE)
    with sqlite3.connect(new / DATABASE) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(StoreError, match="newer release"):
        keep_people(tmp_path, new)
