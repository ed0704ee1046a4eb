import pytest

from memeclip_core.datasets.captions import read_captions
from memeclip_core.errors import DatasetError


def test_lines_of_flickr8k(tmp_path):
    file = tmp_path / "captions.tsv"
    lines = ('a.jpg#0\tA "big" dog .', "a.jpg#1\tDogs, two", "b.jpg#0\tÉtude", "")
    file.write_text("\n".join(lines), encoding="utf-8")
    assert read_captions(file) == [
        ("a.jpg", 'A "big" dog .'),
        ("a.jpg", "Dogs, two"),
        ("b.jpg", "Étude"),
    ]


def test_rows_of_a_csv(tmp_path):
    file = tmp_path / "captions.csv"
    file.write_text('a.jpg,"one, two"\n', encoding="utf-8")
    assert read_captions(file) == [("a.jpg", "one, two")]


def test_a_line_of_another_kind_is_named(tmp_path):
    file = tmp_path / "captions.tsv"
    file.write_text("a.jpg#0\tone\nno caption\n", encoding="utf-8")
    with pytest.raises(DatasetError, match="line 2: 1 columns"):
        read_captions(file)


def test_files_that_hold_nothing(tmp_path):
    with pytest.raises(DatasetError, match="cannot be read"):
        read_captions(tmp_path / "none.tsv")
    (tmp_path / "empty.tsv").touch()
    with pytest.raises(DatasetError, match="holds no captions"):
        read_captions(tmp_path / "empty.tsv")
    (tmp_path / "bytes.tsv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DatasetError, match="cannot be read"):
        read_captions(tmp_path / "bytes.tsv")
