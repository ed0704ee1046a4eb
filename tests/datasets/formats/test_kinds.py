"""What a file is told by its bytes, and read; every way in which pandas writes gives the same."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pandas
import pytest

from memeclip_core.datasets.formats.kinds import parse_file
from memeclip_core.datasets.reader import read_dataset
from memeclip_core.errors import DatasetError
from tests.factories.dataset_files import write

FRAME = pandas.DataFrame(
    {
        "id": ["m1", "m2", "m3"],
        "image": ["a.png", "b.png", "c.png"],
        "text": ["one, two; three", "é “x”\nline", "NA"],
        "hate": [1.0, None, 0.0],
    }
)


def excel(frame: pandas.DataFrame) -> bytes:
    sink = io.BytesIO()
    with pandas.ExcelWriter(sink, engine="openpyxl") as writer:
        frame.to_excel(writer, sheet_name="memes", index=False)
        pandas.DataFrame().to_excel(writer, sheet_name="notes")
    return sink.getvalue()


WRITERS: dict[str, Callable[[pandas.DataFrame], bytes | str]] = {
    "csv": lambda f: f.to_csv(),
    "semicolon.csv": lambda f: f.to_csv(sep=";", decimal=",", index=False),
    "tab.csv": lambda f: f.to_csv(sep="\t", index=False),
    "line.txt": lambda f: f.to_csv(sep="|", index=False),
    "said.csv": lambda f: "sep=;\r\n" + f.to_csv(sep=";", index=False),
    "utf16.csv": lambda f: f.to_csv(sep="\t", index=False).encode("utf-16"),
    "cp1252.csv": lambda f: f.to_csv(sep=";", index=False).encode("cp1252"),
    "quoted.csv": lambda f: f.to_csv(index=False, quoting=1),
    "CAPS.csv": lambda f: f.rename(columns=str.upper).to_csv(index=False),
    "records.json": lambda f: f.to_json(orient="records"),
    "lines.jsonl": lambda f: f.to_json(orient="records", lines=True),
    "columns.json": lambda f: f.to_json(),
    "index.json": lambda f: f.to_json(orient="index"),
    "ids.json": lambda f: f.set_index("id").to_json(orient="index"),
    "split.json": lambda f: f.to_json(orient="split"),
    "table.json": lambda f: f.to_json(orient="table"),
    "wrapped.json": lambda f: f'{{"version": 1, "data": {f.to_json(orient="records")}}}',
    "lists.json": lambda f: json.dumps({c: f[c].astype(object).fillna("").tolist() for c in f}),
    "parquet": lambda f: f.to_parquet(engine="pyarrow"),
    "xlsx": excel,
}  # fmt: skip


@pytest.mark.parametrize("ending", WRITERS)
def test_a_table_is_the_same_however_it_is_saved(tmp_path: Path, ending: str) -> None:
    found = read_dataset(write(tmp_path / f"mine.{ending}", WRITERS[ending](FRAME)))
    assert (found.format, found.left_out) == ("list", ())
    assert [(row.image_name, row.text) for row in found.rows] == list(
        zip(FRAME["image"], FRAME["text"], strict=True)
    )
    column = "HATE" if ending.startswith("CAPS") else "hate"
    said = [row.labels.get(column, ("",))[0] for row in found.rows]
    assert [word[:1] for word in said] == ["1", "", "0"]
    assert [row.name for row in found.rows] == ["m1", "m2", "m3"]


def test_a_list_for_each_split_names_it(tmp_path: Path) -> None:
    lists = {"train": [{"text": "a"}], "validation": [{"text": "b"}, "bad"]}
    found = read_dataset(write(tmp_path / "all.json", json.dumps(lists)))
    assert [(row.text, row.split, row.place) for row in found.rows] == [
        ("a", "train", "all.json, entry 1"),
        ("b", "val", "all.json, entry 2"),
    ]
    assert [failure.filename for failure in found.left_out] == ["all.json, entry 3"]


def test_a_missing_package_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    data = excel(FRAME)
    for package in ("pyarrow.parquet", "openpyxl"):
        monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(DatasetError, match=r"Parquet file, and the package pyarrow, .*as CSV"):
        parse_file(b"PAR1", Path("a.parquet"))
    with pytest.raises(DatasetError, match=r"an Excel file, and the package openpyxl"):
        parse_file(data, Path("a.xlsx"))


def test_pictures_inside_a_parquet_file_are_said_not_to_be_read(tmp_path: Path) -> None:
    frame = pandas.DataFrame(
        {"image": [{"bytes": b"\x89PNG", "path": "a.png"}], "text": ["t"], "tags": [["x", "y"]]}
    )
    found = read_dataset(write(tmp_path / "train.parquet", frame.to_parquet(engine="pyarrow")))
    (row,) = found.rows
    assert (row.image_name, row.text, row.labels, row.place) == (
        "a.png",
        "t",
        {"tags": ("x", "y")},
        "train.parquet, row 1",
    )
    assert "lie inside the file" in found.notes[0].reason


def test_what_ends_a_header_or_a_row_too_late_costs_nothing(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "image,text,,\na.png,t,,,,\nb.png,u\nc.png,v,,x\n")
    found = read_dataset(path)
    assert [row.text for row in found.rows] == ["t", "v"]
    assert "2 cells under 4 columns" in found.left_out[0].reason


def test_the_longest_sheet_is_read_whatever_the_file_is_called(tmp_path: Path) -> None:
    sink = io.BytesIO()
    with pandas.ExcelWriter(sink, engine="openpyxl") as writer:
        pandas.DataFrame({"about": ["us"]}).to_excel(writer, sheet_name="notes", index=False)
        FRAME.to_excel(writer, sheet_name="memes", index=False)
    found = read_dataset(write(tmp_path / "own.csv", sink.getvalue()))
    assert [row.name for row in found.rows] == ["m1", "m2", "m3"]
    (note,) = found.notes
    assert note.reason.startswith("Its sheet 'memes' was read, and not 'notes'.")
