"""Uploads between the browser and whoever opens them."""

import io
import tempfile

import pytest

from memeclip_core.storage.uploads import drop_upload_folder, hold_file, make_upload_folder


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


def test_what_is_sent_is_a_file_of_its_name_until_it_is_read(temporary):
    with hold_file("../My list?.csv", io.BytesIO(b"text,label\n")) as path:
        assert path.name == "My list_.csv" and path.read_bytes() == b"text,label\n"
        assert temporary in path.parents
    with pytest.raises(ValueError, match="broken"), hold_file("a.csv", io.BytesIO(b"x")):
        raise ValueError("broken")
    assert list(temporary.iterdir()) == []
