"""Tar shards: a meme's files belong together, and only its picture's bytes are read."""

from __future__ import annotations

import io
import json
import tarfile

import pytest

from memeclip_core.datasets.samples import Sample, Span
from memeclip_core.datasets.shards import list_samples, read_span
from memeclip_core.datasets.sources import list_sources, read_source
from memeclip_core.errors import DatasetError, ImageError


def write_tar(path, files, mode="w"):
    with tarfile.open(path, mode) as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
        link = tarfile.TarInfo("z/link.png")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/hostname"
        archive.addfile(link)
    return path


FILES = {
    "a/1.png": b"picture 1",
    "a/1.txt": "words, ü".encode(),
    "a/1.cls": b"3",
    "b/1.txt": b"of another folder",
    "2.v1.JPG": b"picture 2",
    "2.v1.json": json.dumps({"id": 2, "OCR_Text": " ", "caption": "said"}).encode(),
    "3.webp": b"picture 3",
    "3.json": b'["no object"]',
    "._4.png": b"cruft",
}


@pytest.fixture
def shard(tmp_path):
    return write_tar(tmp_path / "00000.tar", FILES)


def test_files_of_one_name_are_one_meme(shard):
    samples, failures = list_samples(shard)
    assert [(one.name, one.text) for one in samples] == [
        ("a/1.png", "words, ü"),
        ("b/1.txt", "of another folder"),
        ("2.v1.JPG", "said"),
        ("3.webp", None),
    ]
    assert samples[1] == Sample(name="b/1.txt", text="of another folder") and not failures


def test_what_a_shard_lists_is_read_where_it_lies(shard):
    listed = list_sources([shard])
    assert not listed.failures
    found = [(source.text, read_source(source, max_bytes=9)) for source in listed.sources]
    assert found == [
        ("words, ü", b"picture 1"),
        ("of another folder", None),
        ("said", b"picture 2"),
        (None, b"picture 3"),
    ]
    with pytest.raises(ImageError, match="has 9 bytes; at most 8"):
        read_source(listed.sources[0], max_bytes=8)


def test_what_gives_nothing_is_named(tmp_path):
    files = {"1.json": b"{}", "2.png": b"p", "2.txt": b"\xff", "3.png": b"p", "3.json": b"{"}
    samples, failures = list_samples(write_tar(tmp_path / "x.tar", files))
    assert not samples
    assert [one.filename for one in failures] == ["1.json", "2.png", "3.png"]
    assert failures[0].reason == "There is neither an image nor a text."
    assert all(one.reason.startswith("Its text cannot be read: ") for one in failures[1:])


def test_what_is_no_shard_is_refused(tmp_path):
    with pytest.raises(DatasetError, match=r"holds no memes.*\.png"):
        list_samples(write_tar(tmp_path / "x.tar", {"a.bin": b"0"}))
    with pytest.raises(DatasetError, match="no such file"):
        list_samples(tmp_path / "absent.tar")
    packed = write_tar(tmp_path / "y.tar", FILES, "w:gz")
    with pytest.raises(DatasetError, match=r"Pack it again, as \.tar without compression"):
        list_samples(packed)


def test_a_shard_that_was_cut_off_says_so(shard, tmp_path):
    with pytest.raises(ImageError, match="ends before the file does"):
        read_span(shard, Span(shard.stat().st_size - 2, 9), max_bytes=9)
    with pytest.raises(ImageError, match="cannot be read: No such file"):
        read_span(tmp_path / "gone.tar", Span(0, 1), max_bytes=9)
