"""Every format is known by its content, and one bad line costs one row."""

from __future__ import annotations

from pathlib import Path

import pytest

from memeclip_core.datasets import reader
from memeclip_core.datasets.reader import (
    FORMATS,
    read_dataset,
    read_datasets,
)
from memeclip_core.errors import DatasetError
from tests.factories.dataset_files import (
    PRIDEMM,
    SAMPLES,
    hateful,
    jsonl,
    propaganda,
    write,
)


def test_every_format_has_a_sample() -> None:
    assert set(SAMPLES) == set(FORMATS)


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("ending", ["file", "csv"])
def test_the_content_tells_the_format_whatever_the_file_is_called(
    tmp_path: Path, name: str, ending: str
) -> None:
    path = write(tmp_path / f"data.{ending}", SAMPLES[name])
    found = read_dataset(path)
    assert found.format == name
    assert found.left_out == ()
    assert read_dataset(path, format=name) == found


@pytest.mark.parametrize("name", SAMPLES)
def test_a_byte_order_mark_and_windows_line_ends_change_nothing(tmp_path: Path, name: str) -> None:
    plain = read_dataset(write(tmp_path / "a" / "d.x", SAMPLES[name]))
    text = SAMPLES[name].replace("\r\n", "\n").replace("\n", "\r\n")
    marked = read_dataset(write(tmp_path / "b" / "d.x", "\ufeff" + text))
    assert marked == plain


def test_unknown_content_lists_the_known_formats_and_shows_none_of_it(tmp_path: Path) -> None:
    path = write(tmp_path / "d.csv", "somebody wrote this,and that\n1,2\n")
    with pytest.raises(DatasetError) as caught:
        read_dataset(path)
    assert all(name in str(caught.value) for name in (*FORMATS, "generic", "--columns"))
    assert "wrote" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "is empty"),
        (" \r\n\n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (PRIDEMM, "holds no rows"),
        ("[]", "its records have no columns"),
        ("[1,\n2]", "none of its 2 lines can be used"),
        ("{\n{\n", "none of its 2 lines can be used. The first, line 1: not valid JSON"),
        (PRIDEMM.replace("stance", "hate"), "line 1: the column 'hate' stands there twice"),
        (PRIDEMM + "a,0,NA,0,0,train\n", "line 2: 6 cells under 7 columns"),
        (PRIDEMM + 'a,0,NA,0,0,train,"t\n', "line 2: not valid CSV"),
        (PRIDEMM.encode("utf-16"), "holds no rows"),
        (b"\x89PNG\r\n\x1a\n" + bytes(99), "this is a picture"),
        (b"\xd0\xcf\x11\xe0" + bytes(99), "an old Excel file"),
        (b"\x1f\x8b" + bytes(99), "a gzip archive"),
        (b"PAR1" + bytes(99), "this Parquet file cannot be read"),
        (b"PK\x03\x04" + bytes(99), "a zip archive"),
        ("<!DOCTYPE html><p>", "a web page"),
        ("version https://git-lfs.github.com/spec/v1\n", "Git LFS"),
        ("said;tag\nwords;1\n", "parted by a semicolon: said, tag. Say what they are, such as"),
    ],
)
def test_a_file_that_is_no_use_says_why(tmp_path: Path, content: str | bytes, why: str) -> None:
    path = write(tmp_path / "d", content)
    with pytest.raises(DatasetError) as caught:
        read_dataset(path)
    assert why in str(caught.value)
    assert str(caught.value).startswith(path.name)
    assert str(tmp_path) not in str(caught.value)


def test_a_missing_file_and_a_missing_image_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"gone\.csv: The file cannot be read: No such file"):
        read_dataset(tmp_path / "gone.csv")
    path = write(tmp_path / "p.csv", SAMPLES["pridemm"])
    with pytest.raises(DatasetError, match="is no folder"):
        read_dataset(path, images=tmp_path / "gone")


def test_an_unknown_or_contradictory_format_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "p.csv", SAMPLES["pridemm"])
    with pytest.raises(DatasetError, match=r"Unknown format .mami.\. Known: imagefolder, pri"):
        read_dataset(path, format="mami")
    with pytest.raises(DatasetError, match="needs --columns"):
        read_dataset(path, format="generic")
    with pytest.raises(DatasetError, match="has its own columns"):
        read_dataset(path, format="pridemm", columns={"text": "text"})
    with pytest.raises(DatasetError, match="the column 'id' is missing"):
        read_dataset(path, format="propaganda")


def test_201_malformed_lines_are_named_one_by_one(tmp_path: Path) -> None:
    bad = ["{", "[]", "oops", '{"id": 1', jsonl(hateful(text=[5])).strip(), "nul\0"]
    lines: list[object] = [hateful(id=n) for n in range(300)]
    for n in range(201):
        lines.insert(n * 2, bad[n % len(bad)])
    found = read_dataset(write(tmp_path / "train.jsonl", jsonl(*lines)))
    assert [row.name for row in found.rows] == [str(n) for n in range(300)]
    assert [f.filename for f in found.left_out] == [
        f"train.jsonl, line {n * 2 + 1}" for n in range(201)
    ]
    assert found.left_out[4].reason == "column text: a list of 1 items, and one text is expected."


def test_one_torn_byte_costs_nothing_and_is_said(tmp_path: Path) -> None:
    content = SAMPLES["pridemm"].encode() + b"b.png,0,NA,0,0,train,\xff\r\nc.png,0,NA,0,0,train,\0"
    found = read_dataset(write(tmp_path / "p.csv", content))
    assert [row.text for row in found.rows] == ["t", "ÿ", "\0"]
    assert found.left_out == ()
    assert "1 line(s) hold bytes that are not UTF-8 (line 3)" in found.notes[0].reason


def test_a_folder_is_read_file_by_file_and_the_rest_is_named(tmp_path: Path) -> None:
    write(tmp_path / "dev_unseen.jsonl", jsonl(hateful(id=3)))
    write(tmp_path / "train.jsonl", jsonl(hateful(id=1), "{"))
    write(tmp_path / "dev_seen.jsonl", jsonl(hateful(id=2)))
    write(tmp_path / "notes.json", "[1, 2]")
    write(tmp_path / "README.md", "x")
    image = write(tmp_path / "img" / "42953.png", b"png")
    found = read_dataset(tmp_path)
    assert found.files == ("dev_seen.jsonl", "dev_unseen.jsonl", "train.jsonl")
    assert [(row.name, row.split, row.file) for row in found.rows] == [
        ("2", "val", "dev_seen.jsonl"),
        ("3", "val_unseen", "dev_unseen.jsonl"),
        ("1", "train", "train.jsonl"),
    ]
    assert {row.image for row in found.rows} == {image}
    assert [f.filename for f in found.left_out] == ["train.jsonl, line 2"]
    assert [f.filename for f in found.skipped] == ["notes.json"]


def test_a_folder_without_data_or_with_two_formats_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="none of its 0 files"):
        read_dataset(tmp_path)
    write(tmp_path / "a.csv", SAMPLES["pridemm"])
    write(tmp_path / "b.json", SAMPLES["axiom"])
    with pytest.raises(DatasetError, match="2 formats: axiom, pridemm"):
        read_dataset(tmp_path)
    assert read_dataset(tmp_path, format="axiom").files == ("b.json",)


def test_several_files_are_one_dataset(tmp_path: Path) -> None:
    one = write(tmp_path / "harm_c_train.jsonl", SAMPLES["harmeme"])
    two = write(tmp_path / "harm_c_val.jsonl", SAMPLES["harmeme"])
    assert [row.split for row in read_datasets([one, two]).rows] == ["train"] * 2 + ["val"] * 2
    other = write(tmp_path / "p.csv", SAMPLES["pridemm"])
    with pytest.raises(DatasetError, match="2 formats"):
        read_datasets([one, other])


def test_the_named_readers_return_the_usable_rows(tmp_path: Path) -> None:
    path = write(tmp_path / "p.csv", SAMPLES["pridemm"] + "b,0\n")
    assert [row.name for row in read_dataset(path, format="pridemm").rows] == ["a.png"]
    path = write(tmp_path / "val.jsonl", jsonl(propaganda(), "{"))
    assert len(read_dataset(path, format="propaganda").rows) == 1
    assert [f.filename for f in read_dataset(path, format="propaganda").left_out] == [
        "val.jsonl, line 2"
    ]


def test_the_files_of_a_folder_are_counted_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("train.csv", "val.csv"):
        write(tmp_path / name, "image,text\na.png,t\nb.png,u\n")
    assert len(read_dataset(tmp_path).rows) == 4
    monkeypatch.setattr(reader, "MOST_CELLS", 7)
    with pytest.raises(DatasetError, match="its files together have more than"):
        read_dataset(tmp_path)


def test_a_text_that_no_meme_has_costs_its_row(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", f"image,text\na.png,t\nb.png,{'x' * 20_001}\n")
    (left,) = read_dataset(path).left_out
    assert left.reason == "Its text has 20,001 characters; at most 20,000 are allowed."
