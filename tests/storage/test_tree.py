"""Archives from strangers: nothing is written, nothing is followed, nothing is endless."""

from __future__ import annotations

import random
import stat
import zipfile
from contextlib import closing, suppress
from pathlib import Path

import pytest

from memeclip_core.errors import DatasetError, ImageError
from memeclip_core.storage import tree
from memeclip_core.storage.tree import Archive, list_tree, read_file
from tests.factories.dataset_files import make_zip, write


def test_files_are_read_whatever_their_name_climbs_to(tmp_path):
    names = ("a.png", "../../b.png", "/etc/c.png", "x\\..\\d.png", "deep/er/e.png")
    path = make_zip(tmp_path / "m.zip", {name: name.encode() for name in names})
    before = sorted(tmp_path.rglob("*"))
    with closing(Archive(path)) as archive:
        found = {entry.filename: archive.read(entry, max_bytes=100) for entry in archive.entries}
    assert found == {name: name.encode() for name in names}
    assert sorted(tmp_path.rglob("*")) == before


def test_what_systems_leave_behind_is_passed_over(tmp_path):
    files = ("__MACOSX/a.png", "x/.DS_Store", "._a.png", "Thumbs.db", "folder/")
    with closing(Archive(make_zip(tmp_path / "m.zip", dict.fromkeys(files, b"x")))) as archive:
        assert archive.entries == () and archive.refused == []


def test_links_archives_and_encrypted_files_are_refused_by_name(tmp_path):
    path = make_zip(tmp_path / "m.zip", {"inner.zip": b"PK", "inner.tar.gz": b"x", "ok.png": b"x"})
    with zipfile.ZipFile(path, "a") as archive:
        link = zipfile.ZipInfo("link.png")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    data = bytearray(path.read_bytes())
    place = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02"))
    data[place + 8] |= 1  # the flag of the first entry in the list: encrypted
    path.write_bytes(bytes(data))
    with closing(Archive(path)) as archive:
        assert [entry.filename for entry in archive.entries] == ["ok.png"]
        reasons = {failure.filename: failure.reason for failure in archive.refused}
    assert "encrypted" in reasons["inner.zip"]
    assert "inside the archive" in reasons["inner.tar.gz"]
    assert "link" in reasons["link.png"]


def test_a_bomb_is_refused_before_anything_is_unpacked(tmp_path, monkeypatch):
    path = make_zip(tmp_path / "m.zip", {f"{n}.bmp": bytes(100_000) for n in range(10)})
    assert path.stat().st_size < 3000
    monkeypatch.setattr(tree, "MIN_BUDGET", 500_000)
    with pytest.raises(DatasetError, match=r"would unpack to 1,000,000 bytes; at most 500,000"):
        Archive(path)
    monkeypatch.setattr(tree, "MIN_BUDGET", 2_000_000)
    with (
        closing(Archive(path)) as archive,
        pytest.raises(ImageError, match=r"100,000 bytes; at most 1,000"),
    ):
        archive.read(archive.entries[0], max_bytes=1000)


def test_an_entry_never_gives_more_than_it_claims(tmp_path):
    path = make_zip(tmp_path / "m.zip", {"a.bmp": bytes(100_000)})
    data = path.read_bytes()
    claim = (100_000).to_bytes(4, "little")
    path.write_bytes(data.replace(claim, (10).to_bytes(4, "little")))
    with closing(Archive(path)) as archive:
        assert archive.entries[0].file_size == 10
        try:
            assert len(archive.read(archive.entries[0], max_bytes=1000)) <= 1001
        except ImageError as error:
            assert "damaged" in str(error)


def test_too_many_files_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(tree, "MAX_ENTRIES", 3)
    with pytest.raises(DatasetError, match="lists 4 files; at most 3"):
        Archive(make_zip(tmp_path / "m.zip", {f"{n}.png": b"x" for n in range(4)}))


@pytest.mark.parametrize("keep", [0, 3, 30, -20])
def test_what_is_no_archive_is_named(tmp_path, keep):
    path = make_zip(tmp_path / "m.zip", {"a.png": b"x" * 100})
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(DatasetError, match=r"m\.zip is damaged or no zip archive"):
        Archive(path)
    with pytest.raises(DatasetError, match="There is no file"):
        Archive(tmp_path / "gone.zip")


def test_a_damaged_entry_costs_itself(tmp_path):
    path = tmp_path / "m.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.png", b"A" * 50)
        archive.writestr("b.png", b"B" * 50)
    path.write_bytes(path.read_bytes().replace(b"A" * 50, b"A" * 49 + b"X"))
    with closing(Archive(path)) as archive:
        first, second = archive.entries
        with pytest.raises(ImageError, match="damaged inside the archive"):
            archive.read(first, max_bytes=100)
        assert archive.read(second, max_bytes=100) == b"B" * 50


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_bytes_that_were_changed_anywhere_are_a_sentence(tmp_path, method):
    path = tmp_path / "m.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        for number in range(3):
            archive.writestr(f"{number}.png", bytes(range(200)))
    whole = path.read_bytes()
    generator = random.Random(0)
    for _ in range(600):
        data = bytearray(whole)
        for _ in range(generator.randint(1, 4)):
            data[generator.randrange(len(data))] = generator.choice((0, 255, 127, 1))
        cut = generator.choice((0, 0, generator.randrange(len(data))))
        path.write_bytes(data[cut:] if generator.random() < 0.5 else data[: len(data) - cut])
        try:
            with closing(Archive(path)) as archive:
                for entry in archive.entries:
                    with suppress(ImageError):
                        archive.read(entry, max_bytes=1000)
        except DatasetError:
            pass


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
