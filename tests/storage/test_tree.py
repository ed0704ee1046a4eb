"""Folders and archives are listed and read alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from memeclip_core.errors import ImageError
from memeclip_core.storage import tree
from memeclip_core.storage.tree import list_tree, read_file
from tests.factories.dataset_files import write
from tests.storage.test_archives import make_zip


def test_a_folder_is_listed_without_what_is_hidden(tmp_path: Path) -> None:
    for name in ("b.txt", "a/x.PNG", ".git/y.png", "a/.z.png"):
        write(tmp_path / name, name)
    found = list_tree(tmp_path)
    assert list(found.files) == ["a/x.PNG", "b.txt"]
    assert found.pictures == {"a/x.PNG": tmp_path / "a" / "x.PNG"}


def test_links_are_followed_but_not_in_circles(tmp_path: Path) -> None:
    write(tmp_path / "far" / "a.png", b"1")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "images").symlink_to(tmp_path / "far")
    (tmp_path / "far" / "round").symlink_to(tmp_path / "data")
    assert "images/a.png" in list_tree(tmp_path / "data").files


def test_a_listing_ends_somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        write(tmp_path / f"{number}.png", b"")
    monkeypatch.setattr(tree, "MAX_FILES", 3)
    assert len(list_tree(tmp_path).files) == 3


def test_paths_lead_through_an_archive(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "m.zip", {"a/b.png": b"12", "../c.png": b"3", "in.zip": b"PK"})
    found = list_tree(path)
    assert {name: read_file(p, max_bytes=9) for name, p in found.files.items()} == {
        "a/b.png": b"12",
        "c.png": b"3",
    }
    assert [failure.filename for failure in found.refused] == ["in.zip"]
    with pytest.raises(ImageError, match="2 bytes; at most 1"):
        read_file(found.files["a/b.png"], max_bytes=1)
    with pytest.raises(ImageError, match="no such file in the archive"):
        read_file(path / "gone.png", max_bytes=1)
    with pytest.raises(ImageError, match="cannot be read"):
        read_file(tmp_path / "gone.png", max_bytes=1)
