"""A home that goes into a file and comes back; the one that was there is kept."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import insert, select

from memeclip_core.app.archives import back_up, restore
from memeclip_core.database.engine import Database
from memeclip_core.database.schema import person
from memeclip_core.errors import ConfigError, StoreError
from memeclip_core.storage.home import Home
from tests.factories.page_records import NOON
from tests.factories.services import correct_some, make_studio, pick


def close(studio):
    studio._retrainer.jobs._database.close()


def people(home):
    database = Database.of_home(home.root)
    with database.read() as connection:
        found = connection.execute(select(person.c.name)).scalars().all()
    database.close()
    return found


@pytest.fixture
def studio(tmp_path):
    """A studio in which something was decided and learnt."""
    studio = make_studio(tmp_path)
    correct_some(studio, pick(False, 3))
    job = studio.retrain(studio.owner(), "pridemm")
    studio.promote(studio.owner(), job.candidate)
    return studio


def test_a_running_home_comes_back_as_it_was(studio, tmp_path):
    before = studio.corrections(studio.owner(), "pridemm"), studio.jobs("pridemm")
    path = tmp_path / "backup.zip"
    assert back_up(studio.settings, path) > 5
    restored = replace(studio.settings, home=tmp_path / "elsewhere")
    assert restore(restored, path) is None
    (tmp_path / "home").rename(tmp_path / "lost")
    (tmp_path / "elsewhere").rename(tmp_path / "home")
    again = make_studio(tmp_path)
    assert (again.corrections(again.owner(), "pridemm"), again.jobs("pridemm")) == before
    assert again.status("pridemm").model.version == "pridemm-fake-r1"
    (meme, *_) = before[0]
    assert again.saved_image(again.owner(), meme.meme) is not None


def test_what_was_there_is_kept_aside_and_who_may_sign_in_stays(studio, tmp_path):
    home, path = Home(studio.settings.home), tmp_path / "backup.zip"
    back_up(studio.settings, path)
    log = home.corrections.read_bytes()
    correct_some(studio, pick(False, 5)[3:])
    later = home.corrections.read_bytes()
    with studio._retrainer.jobs._database.write() as connection:
        connection.execute(
            insert(person), {"name": "ada", "role": "admin", "password": "x", "created": NOON}
        )
    with pytest.raises(StoreError, match="A program runs on this home"):
        restore(studio.settings, path)
    close(studio)
    aside = restore(studio.settings, path)
    assert home.corrections.read_bytes() == log
    assert (aside / "corrections.csv").read_bytes() == later
    assert aside.parent == home.root and aside.name.startswith("replaced-")
    assert people(home) == ["ada"] == people(Home(aside))
    again = make_studio(tmp_path)
    assert len(again.corrections(again.owner(), "pridemm")) == 3
    # A backup of the restored home leaves what was kept aside where it is.
    second = tmp_path / "second.zip"
    back_up(again.settings, second)
    assert b"replaced-" not in second.read_bytes()


def test_a_file_that_is_no_backup_changes_nothing(studio, tmp_path):
    close(studio)
    log = Home(studio.settings.home).corrections.read_bytes()
    (tmp_path / "bad.zip").write_bytes(b"PK")
    with pytest.raises(StoreError, match="no backup"):
        restore(studio.settings, tmp_path / "bad.zip")
    home = Home(studio.settings.home)
    assert home.corrections.read_bytes() == log and home.database.exists()
    assert not list(home.root.glob("replaced-*")) and not (home.root / "restoring").exists()


def test_a_kill_amid_restoring_is_made_up_for_by_restoring_again(studio, tmp_path, monkeypatch):
    path = tmp_path / "backup.zip"
    back_up(studio.settings, path)
    close(studio)
    log = Home(studio.settings.home).corrections.read_bytes()
    monkeypatch.setattr("memeclip_core.storage.backup.Snapshot.restore", lambda *a: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        restore(studio.settings, path)
    monkeypatch.undo()
    restore(studio.settings, path)
    assert Home(studio.settings.home).corrections.read_bytes() == log
    again = make_studio(tmp_path)
    assert again.status("pridemm").model.version == "pridemm-fake-r1"


def test_a_home_that_is_none_and_a_database_elsewhere_are_named(tmp_path, tiny_settings):
    with pytest.raises(StoreError, match="nothing to back up"):
        back_up(tiny_settings, tmp_path / "a.zip")
    on_server = replace(tiny_settings, database_url="postgresql+psycopg://u:secret@h/d")
    for do in (back_up, restore):
        with pytest.raises(ConfigError, match="pg_dump") as caught:
            do(on_server, tmp_path / "a.zip")
        assert "secret" not in str(caught.value)
