"""Uploads between the browser and whoever opens them."""

import io
import tempfile

import pytest

from memeclip_core.storage.uploads import (
    DEEPEST,
    drop_upload_folder,
    find_source,
    hold_file,
    keep_files,
    make_upload_folder,
    name_path,
)


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


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("memes/one/a.png", "memes/one/a.png"),
        ("/../.ssh/./key", "ssh/key"),
        ("..", ""),
        ("a?/b|.png", "a_/b_.png"),
        ("x/" * 2000 + "a.png", "x/" * (DEEPEST - 1) + "a.png"),
    ],
)
def test_a_name_keeps_its_folders_and_leads_nowhere_else(sent, kept):
    assert name_path(sent) == kept


def test_a_folder_is_kept_as_it_was_and_read_as_itself(tmp_path):
    data = dict.fromkeys(("memes/a.png", "memes/one/a.png", "memes//one/a.png"), b"x")
    keep_files(tmp_path / "upload", {name: io.BytesIO(part) for name, part in data.items()})
    source = find_source(tmp_path / "upload")
    found = sorted(path.relative_to(source).as_posix() for path in source.rglob("*.png"))
    assert (source.name, found) == ("memes", ["a.png", "one/2-a.png", "one/a.png"])
