"""A backup in one file: whole or not there, and only what matters comes out of it."""

from __future__ import annotations

import os
import zipfile

import pytest

from memeclip_core.errors import StoreError
from memeclip_core.storage.archive import unpack_archive, write_archive
from memeclip_core.storage.home import DATABASE
from tests.factories.homes import fake_snapshot, fill_home


@pytest.fixture
def kept(home):
    return fill_home(home)


def test_everything_that_matters_goes_in_and_comes_out(home, kept, tmp_path):
    path = tmp_path / "backup.zip"
    assert write_archive(fake_snapshot(home), path) == len(kept)
    assert not (home.root / "restoring").exists()
    names = unpack_archive(path, tmp_path / "out")
    assert {name: (tmp_path / "out" / name).read_bytes() for name in names} == kept
    with pytest.raises(StoreError, match="is there already"):
        write_archive(fake_snapshot(home), path)


def test_what_breaks_off_leaves_no_file(home, kept, tmp_path, monkeypatch):
    def fail(path):
        raise StoreError("no space")

    folder = tmp_path / "backups"
    folder.mkdir()
    with pytest.raises(StoreError, match="no space"):
        write_archive(fake_snapshot(home, copy=fail), folder / "backup.zip")
    monkeypatch.setattr(os, "replace", lambda *paths: (_ for _ in ()).throw(OSError(28, "full")))
    with pytest.raises(StoreError, match="full"):
        write_archive(fake_snapshot(home), folder / "backup.zip")
    assert list(folder.iterdir()) == []


def test_nothing_else_comes_out(tmp_path):
    with zipfile.ZipFile(tmp_path / "forged.zip", "w") as archive:
        for name in (DATABASE, "../outside.csv", "/etc/x", "users.json", "images/../../x", "a.sh"):
            archive.writestr(name, b"x")
    assert unpack_archive(tmp_path / "forged.zip", tmp_path / "out") == (DATABASE,)
    assert [path.name for path in (tmp_path / "out").iterdir()] == [DATABASE]
    assert not (tmp_path / "outside.csv").exists()


@pytest.mark.parametrize("data", [b"", b"PK", b"no archive at all"])
def test_what_is_no_backup_is_named(tmp_path, data):
    (tmp_path / "a.zip").write_bytes(data)
    with pytest.raises(StoreError, match="damaged or no backup"):
        unpack_archive(tmp_path / "a.zip", tmp_path / "out")
    with pytest.raises(StoreError, match="could not be unpacked"):
        unpack_archive(tmp_path / "gone.zip", tmp_path / "out")
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("corrections.csv", b"x")
    with pytest.raises(StoreError, match="is no backup: there is no memeclip"):
        unpack_archive(tmp_path / "b.zip", tmp_path / "out")


def test_a_damaged_archive_is_found_out(home, kept, tmp_path):
    path = tmp_path / "backup.zip"
    write_archive(fake_snapshot(home), path)
    data = path.read_bytes()
    place = data.index(kept["images/ab.png"])
    path.write_bytes(data[:place] + b"X" + data[place + 1 :])
    with pytest.raises(StoreError, match="damaged"):
        unpack_archive(path, tmp_path / "out")
