"""Uploads until they are read."""

from collections import Counter
from pathlib import Path

import pytest

from memeclip_core.app.upload_folder import UploadFolder


def put(folder, owner, name="a.png", data=b"12345"):
    with folder.create(owner, name) as file:
        file.write(data)
    return Path(file.name)


@pytest.fixture
def folder(tmp_path):
    found = UploadFolder()
    found.open(tmp_path / "uploads")
    return found


def test_a_folder_that_is_not_there_yet_is_empty(tmp_path):
    folder = UploadFolder()
    assert folder.sizes("ann") == (0, 0)
    assert folder.free() > 0
    folder.sweep(older=0)
    folder.open(tmp_path / "none")
    assert folder.sizes("ann") == (0, 0)


def test_sizes_are_of_all_and_of_one(folder, tmp_path):
    put(folder, "ann")
    put(folder, "bob", data=b"123")
    (tmp_path / "uploads" / "of Gradio").write_bytes(b"12")
    assert (folder.sizes("ann"), folder.sizes("bob"), folder.sizes("")) == (
        (10, 5),
        (10, 3),
        (10, 0),
    )


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("a b.png", "a b.png"),
        ("../../.ssh/key", "key"),
        ("..", "file"),
        ("C:\\pictures\\ü.jpg", "ü.jpg"),
        ("<img>.png", "_img_.png"),
        ("x" * 300 + ".png", "x" * 196 + ".png"),
    ],
)
def test_a_name_stays_as_far_as_a_disk_takes_it(folder, sent, kept):
    assert put(folder, "ann", sent).name == kept


def test_a_name_keeps_its_folders_which_go_with_it(folder, tmp_path):
    path = put(folder, "ann", "memes/one/a.png")
    assert folder.name(path) == "memes/one/a.png"
    assert folder.name(put(folder, "ann")) == "a.png"
    assert folder.name(tmp_path / "elsewhere" / "b.png") == "b.png"
    folder.sweep(older=-1)
    assert list((tmp_path / "uploads").iterdir()) == []


def test_what_was_read_goes_and_what_is_open_or_elsewhere_stays(tmp_path):
    held: Counter[str] = Counter()
    folder = UploadFolder()
    shown: list[str] = []
    folder.open(tmp_path / "uploads", lambda: held, shown.append)
    elsewhere = tmp_path / "sample.png"
    elsewhere.write_bytes(b"data")
    read, open_once, open_twice = (put(folder, "ann") for _ in range(3))
    held.update({str(open_once): 1, str(open_twice): 2})
    assert shown == [str(path) for path in (read, open_once, open_twice)]
    around = tmp_path / "uploads" / ".." / "sample.png"
    folder.drop([read, open_once, open_twice, elsewhere, around])
    assert [path.exists() for path in (read, open_once, open_twice)] == [False, True, True]
    folder.drop([open_once, open_twice], own=1)
    assert [path.exists() for path in (open_once, open_twice)] == [False, True]
    assert elsewhere.exists()
    held.clear()
    folder.drop([open_twice])
    assert list((tmp_path / "uploads").iterdir()) == []


def test_old_files_go_and_what_is_open_or_new_stays(tmp_path):
    held: Counter[str] = Counter()
    folder = UploadFolder()
    folder.open(tmp_path, lambda: held)
    old, open_one = put(folder, "ann"), put(folder, "ann")
    held[str(open_one)] = 1
    folder.sweep(older=60)
    assert old.exists()
    folder.sweep(older=-1)
    assert (old.exists(), open_one.exists()) == (False, True)
