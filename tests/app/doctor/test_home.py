"""Homes as they may be found: absent, full, torn, of another release, of another time."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest

from memeclip_core.app.doctor import home as checks
from memeclip_core.app.doctor.findings import examine, ok
from memeclip_core.database.migrations import HEAD
from memeclip_core.errors import ConfigError, StoreError
from memeclip_core.storage.home import Home
from tests.factories.services import correct_some
from tests.factories.stores import StandIn, list_names, open_store
from tests.factories.studios import build_tiny_studio


@pytest.fixture
def studio(tiny_settings):
    """A studio in which something was decided, and that has ended."""
    studio = build_tiny_studio(tiny_settings)
    correct_some(studio, range(3))
    close(studio)
    return studio


def close(studio):
    studio._retrainer.jobs._database.close()


def only(found):
    (one,) = found
    return one


def run_sql(settings, statement):
    with closing(sqlite3.connect(settings.home / "memeclip.sqlite")) as connection:
        connection.execute(statement)
        connection.commit()


def test_a_home_that_is_not_there_yet_is_not_made(tiny_settings):
    assert [one.state for one in checks.check_home(tiny_settings)] == ["ok", "ok"]
    for check in (checks.check_database, checks.check_log, checks.check_clock):
        assert check(tiny_settings).state == "ok"
    assert not tiny_settings.home.exists()


def test_a_home_in_use_is_in_order_and_left_as_it_is(studio):
    def look():
        return sorted(
            path for path in studio.settings.home.rglob("*") if "sqlite-" not in path.name
        )

    before = look()
    assert [one.state for one in checks.check_home(studio.settings)] == ["ok", "ok"]
    assert checks.check_database(studio.settings).said == f"reachable and whole, schema {HEAD}"
    assert checks.check_log(studio.settings).said == "in step with the database"
    assert checks.check_clock(studio.settings).state == "ok"
    assert look() == before


def test_a_folder_that_cannot_be_written_a_file_and_a_network_are_told(
    tiny_settings, tmp_path, monkeypatch
):
    (tmp_path / "file").write_bytes(b"")
    named = replace(tiny_settings, home=tmp_path / "file" / "home")
    assert only(checks.check_home(named)).said.endswith("is no folder")

    def refuse(path, data):
        raise StoreError("It could not be written: Read-only file system.")

    with monkeypatch.context() as patch:
        patch.setattr("memeclip_core.storage.disk.atomic_write", refuse)
        with pytest.raises(StoreError, match="Read-only"):
            list(checks.check_home(tiny_settings))
    monkeypatch.setattr("memeclip_core.storage.home.find_remote", lambda folder, mounts: "nfs")
    with pytest.raises(ConfigError, match="network folder"):
        list(checks.check_home(tiny_settings))


@pytest.mark.parametrize(("free", "state"), [(1, "broken"), (10**9, "advice"), (10**10, "ok")])
def test_little_room_is_told(tiny_settings, monkeypatch, free, state):
    monkeypatch.setattr(checks, "free_bytes", lambda folder: free)
    assert [one.state for one in checks.check_home(tiny_settings)] == ["ok", state]


def test_another_schema_and_a_damaged_database_are_told(studio):
    run_sql(studio.settings, "UPDATE alembic_version SET version_num = '0000'")
    assert checks.check_database(studio.settings).state == "advice"
    run_sql(studio.settings, "UPDATE alembic_version SET version_num = '9999'")
    found = checks.check_database(studio.settings)
    assert (found.state, "newer release" in found.said) == ("broken", True)
    # Nothing is upgraded by looking, and nothing is asked that rests on tables of today.
    assert checks.check_log(studio.settings).state == "ok"
    run_sql(studio.settings, "UPDATE alembic_version SET version_num = '0001'")
    path = studio.settings.home / "memeclip.sqlite"
    data = path.read_bytes()
    path.write_bytes(data[:8192] + b"\xff" * (len(data) - 8192))
    with pytest.raises(StoreError, match="damaged"):
        raise StoreError(checks.check_database(studio.settings).said)
    path.write_bytes(b"no database at all" * 99)
    with pytest.raises(StoreError, match="put a backup back"):
        checks.check_database(studio.settings)


def test_a_log_that_is_behind_or_another_is_told(studio):
    path = studio.settings.home / "corrections.csv"
    data = path.read_bytes()
    path.write_bytes(data[: data.rindex(b"\n", 0, -1) + 1])
    assert checks.check_log(studio.settings).said == "lacks 1 rows"
    path.write_bytes(b"a,b\n1,2\n")
    assert checks.check_log(studio.settings).said == "ends otherwise than the database"
    path.write_bytes(data)
    (studio.settings.home / "corrections-conflict-1.csv").write_bytes(b"x")
    assert "corrections-conflict-1.csv" in checks.check_log(studio.settings).said


def test_decisions_that_only_the_file_has_are_counted(studio):
    path = studio.settings.home / "memeclip.sqlite"
    before = path.read_bytes()
    studio = build_tiny_studio(studio.settings)
    correct_some(studio, range(3, 5))
    close(studio)
    path.write_bytes(before)
    found = checks.check_log(studio.settings)
    assert (found.state, found.said) == ("advice", "decisions that the database lacks: 2")
    assert found.advice.startswith("The next start takes them over")


def test_a_clock_that_went_back_is_told(studio, monkeypatch):
    now = checks.utc_now()
    monkeypatch.setattr(checks, "utc_now", lambda: now - timedelta(hours=3))
    found = checks.check_clock(studio.settings)
    assert (found.state, "the last decision is of" in found.said) == ("advice", True)
    monkeypatch.setattr(checks, "utc_now", lambda: checks.RELEASED - timedelta(days=9000))
    assert checks.check_clock(studio.settings).state == "broken"


def test_damaged_and_foreign_models_are_named(tiny_settings):
    own = Home(tiny_settings.home).create().models
    shutil.copytree(tiny_settings.checkpoints / "pridemm-fake", own / "pridemm-fake")
    shutil.copytree(tiny_settings.checkpoints / "propaganda-fake", own / "propaganda-fake")
    manifest = own / "propaganda-fake" / "manifest.json"
    plain = json.loads(manifest.read_bytes())
    plain["encoder"]["fingerprint"] = "0" * 64
    del plain["files"]["manifest.json"]
    manifest.write_text(json.dumps(plain))
    (own / "pridemm-fake" / "head.safetensors").write_bytes(b"edited")
    encoder, damaged, foreign, good = checks.check_models(tiny_settings)
    assert encoder.state == "ok"
    assert (damaged.subject, damaged.state) == ("model pridemm-fake", "broken")
    assert (foreign.subject, foreign.state) == ("model propaganda-fake", "advice")
    assert good.said == "2 can be read and fit this encoder"


def test_images_in_the_home_need_no_look(tiny_settings):
    assert only(checks.check_images(tiny_settings)) == ok("images", "are kept in the home")
    assert not tiny_settings.home.exists()


def test_an_image_store_is_tried_and_what_is_left_in_the_home_is_told(studio, tmp_path):
    left = len(list((studio.settings.home / "images").iterdir()))
    with open_store("standin", tmp_path) as url:
        settings = replace(studio.settings, image_store=url)
        advice, found = checks.check_images(settings)
        assert (advice.state, advice.said) == ("advice", f"{left} lie in the home")
        assert advice.advice.startswith("They are not looked at: copy them to the image store")
        assert (found.state, found.subject) == ("ok", "images")
        assert found.said == (
            f"{url} can be written, read, listed and deleted; no backup of the home has them"
        )
        assert list_names(url, tmp_path) == []
        StandIn.fault = "down"
        _, lost = examine(settings, [("images", checks.check_images)])
    assert (lost.state, lost.subject) == ("broken", "images")
    assert "could not be read (ConnectionError)" in lost.said
