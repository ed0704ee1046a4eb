"""Transactions are whole, follow one another, and say in words why they cannot be had."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, text

from memeclip_core.database.engine import FILE, Database
from memeclip_core.database.schema import fact, lease
from memeclip_core.errors import ConfigError, InputError, StoreError
from tests.factories.waits import PATIENCE


def names(database: Database) -> list[str]:
    with database.read() as connection:
        return list(connection.execute(select(fact.c.name).order_by(fact.c.name)).scalars())


def test_a_block_that_fails_changes_nothing(database):
    with database.write() as connection:
        connection.execute(insert(fact), {"name": "kept", "value": {"a": ["ä", 1.5, None]}})
    with pytest.raises(RuntimeError), database.write() as connection:
        connection.execute(insert(fact), {"name": "lost", "value": 1})
        raise RuntimeError
    assert names(database) == ["kept"]
    with database.read() as connection:
        assert connection.execute(select(fact.c.value)).scalar() == {"a": ["ä", 1.5, None]}


def test_a_reader_sees_one_moment_while_others_write(database):
    with database.read() as connection:
        count = select(func.count()).select_from(fact)
        before = connection.execute(count).scalar()
        thread = threading.Thread(target=_add, args=(database, "new"))
        thread.start()
        thread.join(PATIENCE)
        after = connection.execute(count).scalar() if database.embedded else before
    assert (before, after) == (0, 0)
    assert names(database) == ["new"]


def test_writers_of_one_order_follow_one_another(database):
    """Numbers are committed in the order in which they were given."""
    seen: list[int] = []

    def add(number: int) -> None:
        with database.write("leases", lasting=False) as connection:
            row = {"project": "p", "meme": str(number), "person": "a", "client": "c", "query": "",
                   "until": 0.0}  # fmt: skip
            result = connection.execute(insert(lease), row)
            own = result.inserted_primary_key[0]
            most = connection.execute(select(func.max(lease.c.number))).scalar()
            seen.append(own)
            assert own == most

    threads = [threading.Thread(target=add, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert seen == sorted(seen) and len(seen) == 12


def test_a_transaction_inside_another_is_a_fault_of_the_program(database):
    with database.read(), pytest.raises(RuntimeError, match="hand it on"), database.write():
        pass  # pragma: no cover


def test_a_power_cut_is_provided_for(tmp_path):
    """SQLite syncs what must last, and only that."""
    database = Database.of_home(tmp_path)
    for lasting, level in ((True, 2), (False, 1), (True, 2)):
        with database.write(lasting=lasting) as connection:
            assert connection.execute(text("PRAGMA synchronous")).scalar() == level
    with database.read() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
    database.close()


def test_two_processes_wait_for_each_other(tmp_path):
    database = Database.of_home(tmp_path)
    names(database)
    other = sqlite3.connect(tmp_path / FILE, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    timer = threading.Timer(0.3, other.execute, ("COMMIT",))
    timer.start()
    _add(database, "waited")
    timer.join()
    other.close()
    assert names(database) == ["waited"]
    database.close()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"no database at all" * 100, "damaged: whoever runs this"),
        (None, "Check the folder"),
    ],
)
def test_a_database_that_cannot_be_used_says_what_to_do(tmp_path, data, words):
    if data is None:
        (tmp_path / FILE).mkdir()
    else:
        (tmp_path / FILE).write_bytes(data)
    with pytest.raises(StoreError, match=words) as caught:
        names(Database.of_home(tmp_path))
    assert str(tmp_path) not in str(caught.value)


def test_a_server_that_is_not_there_is_named_without_its_address():
    database = Database("postgresql+psycopg://me:secret@127.0.0.1:9/nothing")
    with pytest.raises(StoreError, match="Check that the database server runs") as caught:
        names(database)
    assert "secret" not in str(caught.value) and "127.0.0.1" not in str(caught.value)


def test_other_databases_are_refused():
    with pytest.raises(ConfigError, match="Allowed is postgresql") as caught:
        Database("mysql://root:secret@host/db")
    assert "secret" not in str(caught.value)


def _add(database: Database, name: str) -> None:
    with database.write() as connection:
        connection.execute(insert(fact), {"name": name, "value": 1})


def test_a_folder_with_odd_letters_is_no_hindrance(tmp_path: Path):
    folder = tmp_path / "a b%20c?ü"
    folder.mkdir()
    database = Database.of_home(folder)
    _add(database, "x")
    database.close()
    assert (folder / FILE).exists()


def test_what_no_text_holds_is_refused_in_a_sentence(database):
    for name in ("a\ud800b", "a\0b") if not database.embedded else ("a\ud800b",):
        with pytest.raises(InputError, match="which cannot be saved"), database.read() as one:
            one.execute(select(fact.c.value).where(fact.c.name == name))
    assert names(database) == []
