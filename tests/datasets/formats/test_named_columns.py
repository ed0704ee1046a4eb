"""A list whose columns say what they are needs no map."""

from __future__ import annotations

from pathlib import Path

import pytest

from memeclip_core.datasets.reader import read_dataset
from memeclip_core.errors import DatasetError
from tests.factories.dataset_files import jsonl, write


@pytest.mark.parametrize(
    "header",
    ["image,text,split,hate", "IMG,Caption,Subset,hate", "image_path, ocr_text ,SPLIT,hate"],
)
def test_the_usual_names_are_known_in_any_case(tmp_path: Path, header: str) -> None:
    image = write(tmp_path / "images" / "a.png", b"png")
    path = write(tmp_path / "mine.csv", f"{header}\r\na.png,words,dev,1\r\n")
    found = read_dataset(path)
    (row,) = found.rows
    assert found.format == "list"
    assert (row.name, row.image, row.text, row.split) == ("a.png", image, "words", "val")
    assert row.labels == {"hate": ("1",)}


def test_an_id_is_the_name_and_jsonl_may_lack_a_column(tmp_path: Path) -> None:
    lines = ({"id": 7, "text": "t", "image": "a.png", "mood": ["x"]}, {"id": 8, "text": "u"})
    one, two = read_dataset(write(tmp_path / "train.jsonl", jsonl(*lines))).rows
    assert (one.name, one.image_name, one.labels) == ("7", "a.png", {"mood": ("x",)})
    assert (two.name, two.image_name, two.labels) == ("8", "", {})


def test_a_name_is_an_images_where_it_ends_like_one(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "name,hate\na.png,1\n")
    assert read_dataset(path).rows[0].image_name == "a.png"
    with pytest.raises(DatasetError, match="no known format"):
        read_dataset(write(tmp_path / "b.csv", "name,hate\nsomebody,1\n"))
