"""What an import finds in folders, archives and datasets."""

from __future__ import annotations

import json

import pytest

from memeclip_core.annotation.exchange.import_sources import ImportOrder, ImportSource
from memeclip_core.errors import DatasetError
from tests.factories.dataset_files import SAMPLES, jsonl, make_zip, propaganda, write
from tests.factories.studios import draw_png


def listed(source):
    return [(c.name, source.read(c, max_bytes=10_000)) for c in source.candidates]


def test_a_folder_gives_its_images_in_order(tmp_path):
    for name in ("b.png", "a.jpg", "deep/c.webp", "notes.txt"):
        write(tmp_path / name, name)
    with ImportSource(ImportOrder(path=tmp_path)) as source:
        assert listed(source) == [
            ("a.jpg", b"a.jpg"),
            ("b.png", b"b.png"),
            ("deep/c.webp", b"deep/c.webp"),
        ]
        assert source.format == "images" and source.failures == []


def test_a_single_image_is_itself(tmp_path):
    with ImportSource(ImportOrder(path=write(tmp_path / "a.png", b"x"))) as source:
        assert listed(source) == [("a.png", b"x")]


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("packed", [False, True])
def test_every_format_is_recognised_in_folders_and_archives(tmp_path, name, packed):
    text = SAMPLES[name]
    ending = "json" if text[0] == "[" else "jsonl" if text[0] == "{" else "csv"
    path = write(tmp_path / "data" / f"train.{ending}", text)
    if packed:
        path = make_zip(tmp_path / "m.zip", {f"x/train.{ending}": text})
    with ImportSource(ImportOrder(path=path)) as source:
        assert source.format == name and source.failures == []
        assert all(c.row is not None and "train." in c.place for c in source.candidates)
        assert {c.row.split for c in source.candidates} == {"train"}


@pytest.mark.parametrize("packed", [False, True])
def test_rows_find_their_images_and_say_which_are_lost(tmp_path, packed):
    lines = [propaganda(id="1", image="a.png"), propaganda(id="2", image="gone.png")]
    files = {"train.jsonl": jsonl(*lines), "images/a.png": b"A", "images/other.png": b"B"}
    for name, data in files.items():
        write(tmp_path / "data" / name, data)
    path = make_zip(tmp_path / "m.zip", files) if packed else tmp_path / "data"
    with ImportSource(ImportOrder(path=path)) as source:
        first, second = source.candidates
        assert source.read(first, max_bytes=10) == b"A" and first.lost == ""
        assert source.read(second, max_bytes=10) is None and second.lost == "gone.png"


def test_an_archive_of_one_s_own_needs_columns(tmp_path):
    files = {"list.csv": "which,said,mood\r\na.png,t,glad\r\n", "a.png": b"A"}
    path = make_zip(tmp_path / "m.zip", files)
    columns = {"image": "which", "text": "said", "mood": "mood"}
    with ImportSource(ImportOrder(path=path, columns=columns)) as source:
        (found,) = source.candidates
        assert found.row.labels == {"mood": ("glad",)} and source.read(found, max_bytes=9) == b"A"
    with ImportSource(ImportOrder(path=path)) as source:
        assert [c.name for c in source.candidates] == ["a.png"]
        (failure,) = source.failures
        assert failure.filename == "list.csv" and "columns" in failure.reason
        assert "/" not in failure.reason.split(":")[0]


@pytest.mark.parametrize("packed", [False, True])
def test_each_list_of_a_folder_per_split_has_its_own_pictures(tmp_path, packed):
    files = {
        f"{split}/{name}": data
        for split in ("train", "validation")
        for name, data in {
            "metadata.csv": f"file_name,text,hate\n0.png,{split} 0,1\n1.png,{split} 1,0\n",
            "0.png": split.encode(),
        }.items()
    } | {"validation/1.png": b"one", "validation/2.png": b"two"}
    for name, data in files.items():
        write(tmp_path / "data" / name, data)
    path = make_zip(tmp_path / "m.zip", files) if packed else tmp_path / "data"
    with ImportSource(ImportOrder(path=path)) as source:
        found = {
            (c.row.split, c.row.text): c.path and source.read(c, max_bytes=99)
            for c in source.candidates
        }
        assert found == {
            ("train", "train 0"): b"train",
            ("train", "train 1"): None,
            ("val", "validation 0"): b"validation",
            ("val", "validation 1"): b"one",
        }
        said = "3 of 4 named pictures found, 1 pictures not named by any row"
        assert str(source.found) == said
        assert source.candidates[0].place == "train/metadata.csv, line 2"


@pytest.mark.parametrize("text", ["who,what\r\na,b\r\n", "text,what\r\na,b\r\n"])
def test_a_list_of_something_else_beside_images_does_not_hide_them(tmp_path, text):
    write(tmp_path / "notes.csv", text)
    write(tmp_path / "a.png", draw_png())
    with ImportSource(ImportOrder(path=tmp_path)) as source:
        assert [c.name for c in source.candidates] == ["a.png"] and len(source.failures) == 1
    with pytest.raises(DatasetError, match="file_name"):
        ImportSource(ImportOrder(path=tmp_path, format="imagefolder"))


def test_bad_lines_and_refused_files_are_named(tmp_path):
    path = make_zip(
        tmp_path / "m.zip",
        {"train.jsonl": jsonl(propaganda(), "{", json.dumps({"id": "3"})), "more.zip": b"PK"},
    )
    with ImportSource(ImportOrder(path=path)) as source:
        assert [f.filename for f in source.failures] == [
            "more.zip",
            "train.jsonl, line 2",
            "train.jsonl, line 3",
        ]


@pytest.mark.parametrize("make", ["gone", "empty", "zip"])
def test_where_there_is_nothing_a_sentence_says_so(tmp_path, make):
    path = tmp_path / "x"
    if make == "empty":
        path.mkdir()
    if make == "zip":
        path = make_zip(tmp_path / "x.zip", {"notes.txt": b"x", "in.zip": b"x"})
    with pytest.raises(DatasetError, match=r"no file or folder|no images|nothing that can be"):
        ImportSource(ImportOrder(path=path))


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ({"image": "a.png", "text": ["x", "y"]}, "column text: a list of 2 items"),
        ({"who": "x"}, "its columns are those of no known format. Its columns: who. Say what"),
        ({"image": "b.png", "text": "x"}, "it names none of the pictures here."),
    ],
)
def test_why_images_are_taken_without_their_list_is_said(tmp_path, line, why):
    write(tmp_path / "a.png", draw_png((1, 2, 3)))
    write(tmp_path / "list.jsonl", jsonl(line))
    with ImportSource(ImportOrder(path=tmp_path)) as source:
        assert [c.row for c in source.candidates] == [None]
        (failure,) = source.failures
    assert failure.filename == "list.jsonl"
    assert failure.reason.startswith("The images were taken without this list: ")
    assert why in failure.reason and "Known are" not in failure.reason
