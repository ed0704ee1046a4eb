from pathlib import Path

import pytest

from memeclip_core.datasets.formats.rows import Record, known_split, make_row
from memeclip_core.errors import DatasetError


def record(path: str = "d.csv", **values: object) -> Record:
    return Record(path=Path(path), line=3, values=values)


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("train", "train"),
        ("harm_p_val", "val"),
        ("dev", "val"),
        ("Validation", "val"),
        ("test_seen", "test"),
        ("test_unseen", "test_unseen"),
        ("dev_unseen", "val_unseen"),
        ("labels", ""),
        ("trainer", ""),
        ("", ""),
    ],
)
def test_splits_are_known_by_their_words(name: str, split: str) -> None:
    assert known_split(name) == split


def test_the_column_decides_the_split_before_the_name() -> None:
    parts = {"name": "n", "text": "", "labels": {}}
    assert make_row(record("train.csv"), **parts).split == "train"
    assert make_row(record("train.csv"), **parts, split="valid").split == "val"
    assert make_row(record("train.csv"), **parts, split=" fold 3 ").split == "fold 3"


def test_a_row_says_where_it_stands_and_has_no_label_that_is_not_there() -> None:
    row = make_row(record(), name="n", text="t", labels={"a": ("1",), "b": None, "c": ()})
    assert row.place == "d.csv, line 3"
    assert row.labels == {"a": ("1",), "c": ()}


def test_fields_have_their_types() -> None:
    item = record(id=7, text=None, label=0, labels=["a", "b", "a"], empty="")
    assert item.word("id") == "7"
    assert (item.text("text"), item.text("absent"), item.text("empty")) == ("", "", "")
    assert (item.label("label"), item.label("empty"), item.label("absent")) == (("0",), None, None)
    assert item.words("labels") == ("a", "b")
    assert item.words("absent") is None
    item = record(Id=7.0, text=2020, label=["a", None], labels="['a', 'b']", empty="nan")
    assert (item.word("id"), item.text("text")) == ("7", "2020")
    assert (item.label("label"), item.label("empty")) == (("a",), None)
    assert item.words("labels") == ("a", "b")


@pytest.mark.parametrize(
    ("read", "value"),
    [
        ("word", None), ("word", True), ("word", 1.5), ("word", " "), ("word", []),
        ("text", True), ("text", ["a"]), ("text", {}),
    ],
)  # fmt: skip
def test_a_wrong_type_names_its_column(read: str, value: object) -> None:
    with pytest.raises(DatasetError, match=r"^column it: "):
        getattr(record(it=value), read)("it")
