"""Uploads between the browser and whoever opens them."""

import tempfile

import pytest

from memeclip_core.storage.uploads import drop_upload_folder, make_upload_folder


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
