"""Image folders with a metadata file."""

from __future__ import annotations

from memeclip_core.datasets.reader import read_dataset
from tests.factories.dataset_files import jsonl, write

HEADER = "file_name,name,meme,text,split,hate,kinds,gold,annotators\r\n"


def test_a_csv_line_is_an_image_with_its_labels(tmp_path):
    write(tmp_path / "images" / "a.png", b"x")
    write(
        tmp_path / "metadata.csv",
        HEADER + 'images/a.png,cat.png,0a,t,val,1,"[""x"", ""y""]",no,2\r\n',
    )
    (row,) = read_dataset(tmp_path).rows
    assert row.image == tmp_path / "images" / "a.png"
    assert (row.name, row.text, row.split) == ("cat.png", "t", "val")
    assert row.labels == {"hate": ("1",), "kinds": ("x", "y")}


def test_an_empty_list_is_an_answer_and_an_empty_cell_is_none(tmp_path):
    path = write(
        tmp_path / "metadata.csv", HEADER + "a.png,,0a,t,,,[],no,0\r\nb.png,,0b,,,0,,,0\r\n"
    )
    first, second = read_dataset(path).rows
    assert first.labels == {"kinds": ()} and second.labels == {"hate": ("0",)}
    assert (first.name, first.image, first.image_name) == ("a.png", None, "a.png")


def test_jsonl_lines_hold_lists_and_nulls(tmp_path):
    line = {"file_name": "", "meme": "0a", "text": "t", "hate": None, "kinds": ["x"], "gold": True}
    (row,) = read_dataset(write(tmp_path / "metadata.jsonl", jsonl(line))).rows
    assert (row.name, row.labels, row.text) == ("0a", {"kinds": ("x",)}, "t")
