"""Uploads between the browser and whoever opens them."""

import os
import tempfile
import time

import pytest

from memeclip_core.storage.uploads import UploadFolder, drop_upload_folder, make_upload_folder


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_each_process_has_a_folder_and_those_of_dead_ones_go(temporary):
    dead = temporary / f"memeclip-{2**22 + 7}-00000000-x"
    dead.mkdir()
    (dead / "a.png").write_bytes(b"data")
    folder = make_upload_folder()
    assert list(temporary.iterdir()) == [folder]
    assert folder.stat().st_mode & 0o777 == 0o700
    assert make_upload_folder() != folder
    assert folder.exists()
    drop_upload_folder(folder)
    assert not folder.exists()


def put(root, name, data=b"data"):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def test_a_folder_that_is_not_there_yet_is_empty(tmp_path):
    folder = UploadFolder(tmp_path / "none")
    assert folder.size() == 0
    assert folder.free() > 0
    assert folder.sweep(older=0, spare=()) == set()


def test_the_size_is_that_of_all_files(tmp_path):
    put(tmp_path, "one/a.png", b"12345")
    put(tmp_path, "b.png", b"123")
    assert UploadFolder(tmp_path).size() == 8


def test_old_files_go_and_what_is_open_or_new_stays(tmp_path):
    old, held = put(tmp_path, "one/a.png"), put(tmp_path, "two/b.png")
    folder = UploadFolder(tmp_path)
    assert folder.sweep(older=60, spare=()) == set()
    time.sleep(0.05)
    assert folder.sweep(older=0.01, spare={str(held)}) == {str(old)}
    assert sorted(os.listdir(tmp_path)) == ["two"]
    assert held.exists()
