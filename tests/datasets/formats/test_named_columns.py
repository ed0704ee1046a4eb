"""A list whose columns say what they are needs no map; any other has one."""

from __future__ import annotations

from pathlib import Path

import pytest

from memeclip_core.datasets.reader import read_dataset
from memeclip_core.errors import DatasetError
from memeclip_core.records.mapping import read_column_map
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


def test_csv_and_jsonl_give_the_same_rows(tmp_path: Path) -> None:
    columns = read_column_map(["name=nr image=file text=caption hate=label tags=kinds split=fold"])
    path = write(
        tmp_path / "a.csv", "nr,file,caption,label,kinds,fold\n1,a.png,t,0,x|y,dev\n2,b.png,,,,\n"
    )
    image = write(tmp_path / "a.png", b"png")
    found = read_dataset(path, columns=columns)
    assert found.format == "generic"
    one, two = found.rows
    assert one.labels == {"hate": ("0",), "tags": ("x", "y")}
    assert (one.name, one.text, one.split, one.image) == ("1", "t", "val", image)
    assert (two.labels, two.text, two.split, two.image) == ({}, "", "", None)
    lines = (
        {"nr": 1, "file": "a.png", "caption": "t", "label": 0, "kinds": ["x", "y"], "fold": "dev"},
        {"nr": 2, "file": "b.png", "caption": None, "label": None, "kinds": None, "fold": ""},
    )
    again = read_dataset(write(tmp_path / "b.jsonl", jsonl(*lines)), columns=columns).rows
    for first, second in zip(found.rows, again, strict=True):
        assert (first.name, first.text, first.labels) == (second.name, second.text, second.labels)
        assert (first.split, first.image) == (second.split, second.image)


def test_a_row_without_a_name_is_called_after_its_image_or_line(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "file,caption\na.png,t\n,t\n")
    rows = read_dataset(path, columns={"image": "file", "text": "caption"}).rows
    assert [row.name for row in rows] == ["a.png", "a.csv:3"]


def test_a_column_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "file,caption\na.png,t\n")
    with pytest.raises(
        DatasetError,
        match=r"'words' is missing.*parted by a comma: file, caption",
    ):
        read_dataset(path, columns={"text": "words"})


def read_mapped(tmp_path: Path, table: str, columns: str):
    return read_dataset(write(tmp_path / "own.csv", table), columns=read_column_map([columns]))


def test_a_map_says_what_values_mean(tmp_path: Path) -> None:
    columns = "text=said harm=level harm:Harmful=some harm|2 harm:none=0"
    found = read_mapped(tmp_path, "said,level\na,Some Harm\nb,2.0\nc,0\nd,calm\ne,\n", columns)
    labels = [row.labels.get("harm") for row in found.rows]
    assert labels == [("Harmful",), ("Harmful",), (), ("calm",), None]


def test_a_map_joins_columns_of_ones_and_zeros(tmp_path: Path) -> None:
    table = "said,shaming,violence\na,1,0\nb,0,no\nc,1,\nd,1,9\n"
    found = read_mapped(tmp_path, table, "text=said ways=shaming+violence ways:Shame=shaming")
    assert [row.labels.get("ways") for row in found.rows] == [("Shame",), (), None]
    assert "column violence: it says whether a label holds" in found.left_out[0].reason


def test_a_map_takes_some_rows_and_says_how_many_not(tmp_path: Path) -> None:
    table = "said,lang\na,en\nb,de\nc,EN\nd,fr\n"
    found = read_mapped(tmp_path, table, "text=said where:lang=en|fr")
    assert [row.text for row in found.rows] == ["a", "c", "d"]
    assert found.notes[0].reason == "1 of its 4 rows are left out: --columns takes others."
    with pytest.raises(DatasetError, match="none of its 4 rows is one of those meant"):
        read_mapped(tmp_path, table, "text=said where:lang=it")
    with pytest.raises(DatasetError, match="the column 'tongue' is missing"):
        read_mapped(tmp_path, table, "text=said where:tongue=en")
