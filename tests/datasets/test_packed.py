"""Parquet files with pictures inside: listed without them, read one by one."""

from __future__ import annotations

import pyarrow
import pytest
from pyarrow import parquet

from memeclip_core.datasets.packed import list_packed
from memeclip_core.datasets.samples import Sample
from memeclip_core.datasets.sources import list_sources, read_source
from memeclip_core.errors import DatasetError, ImageError

PICTURES = [
    {"bytes": b"picture 1", "path": "1.png"},
    {"bytes": b"picture 2", "path": None},
    None,
    None,
    {"bytes": b"picture 5", "path": "a/5.png"},
    {"bytes": None, "path": "6.png"},
]
TEXTS = ["one", " ", "alone", None, "five", None]


def write(path, **columns):
    parquet.write_table(pyarrow.table(columns), path, row_group_size=2)
    return path


@pytest.fixture
def packed(tmp_path):
    return write(
        tmp_path / "p.parquet", id=["a", "b", "c", "d", "e", "f"], caption=TEXTS, image=PICTURES
    )


def test_pictures_are_listed_by_their_rows_and_read_when_their_turn_comes(packed):
    listed = list_sources([packed])
    assert [(one.filename, one.reason) for one in listed.failures] == [
        ("p.parquet, row 4", "There is neither an image nor a text.")
    ]
    assert [(one.filename, one.text) for one in listed.sources] == [
        ("1.png", "one"),
        ("b", None),
        ("c", "alone"),
        ("a/5.png", "five"),
        ("6.png", None),
    ]
    *others, broken = listed.sources
    found = [read_source(one, max_bytes=9) for one in others]
    assert found == [b"picture 1", b"picture 2", None, b"picture 5"]
    with pytest.raises(ImageError, match="no picture in this row"):
        read_source(broken, max_bytes=9)
    with pytest.raises(ImageError, match="has 9 bytes; at most 8"):
        read_source(others[0], max_bytes=8)


def test_a_column_of_bytes_is_one_of_pictures_where_it_is_called_so(tmp_path):
    path = write(tmp_path / "p.parquet", img=[b"x", b"y"], digest=[b"1", b"2"])
    samples, _ = list_packed(path)
    assert [one.name for one in samples] == ["p.parquet, row 1", "p.parquet, row 2"]
    other = write(tmp_path / "o.parquet", digest=[b"1"], text=["t"], image=["1.png"])
    assert list_packed(other) is None
    assert list_packed(tmp_path / "absent.parquet") is None


def test_columns_can_be_named(packed, tmp_path):
    samples, _ = list_packed(packed, {"image": "image", "text": "id"})
    assert samples[1].text == "b" and samples[1].name == "p.parquet, row 2"
    assert list_packed(packed, {"text": "caption"})[0][2] == Sample(
        name="p.parquet, row 3", text="alone"
    )
    for columns in ({"image": "image", "where:id": "a"}, {"image": "image", "text": "gone"}):
        with pytest.raises(DatasetError, match="allowed are image, text, name, each with one of"):
            list_packed(packed, columns)


def test_a_file_that_changed_meanwhile_says_so(packed):
    first = list_sources([packed]).sources[0]
    packed.write_bytes(b"PAR1")
    with pytest.raises(ImageError, match="cannot be read here"):
        read_source(first, max_bytes=9)
