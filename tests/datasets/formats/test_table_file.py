"""Tables through pandas; ``test_kinds`` reads them as datasets."""

import io
from pathlib import Path

import pandas
import pytest

from memeclip_core.datasets.formats import rows
from memeclip_core.datasets.formats.table_file import EXCEL, PARQUET, parse_table
from memeclip_core.errors import DatasetError


@pytest.mark.parametrize("kind", [PARQUET, EXCEL])
def test_a_damaged_file_is_a_sentence(kind: str) -> None:
    with pytest.raises(DatasetError, match=rf"^a\.x: this {kind} file cannot be read"):
        parse_table(b"PAR1" + bytes(50), Path("a.x"), kind)


def test_rows_without_any_cell_are_left_out_and_a_nought_is_a_cell() -> None:
    sink = io.BytesIO()
    pandas.DataFrame({"image": [0, None, ""], "hate": [False, None, None]}).to_excel(
        sink, index=False, engine="openpyxl"
    )
    found = parse_table(sink.getvalue(), Path("a.xlsx"), EXCEL)
    assert [(record.line, dict(record.values)) for record in found.records] == [
        (2, {"image": 0, "hate": False})
    ]


def test_a_column_of_bytes_is_not_read_and_an_index_is_none() -> None:
    sink = io.BytesIO()
    frame = pandas.DataFrame(
        {"text": ["a", "b"], "raw": [b"\x89PNG", None], "label": pandas.array([1, None], "Int64")},
        index=["x", "y"],
    )
    frame.to_parquet(sink, engine="pyarrow")
    found = parse_table(sink.getvalue(), Path("a.parquet"), PARQUET)
    assert [(record.line, dict(record.values)) for record in found.records] == [
        (1, {"text": "a", "raw": "", "label": 1}),
        (2, {"text": "b", "raw": "", "label": None}),
    ]
    assert found.notes == (
        "Its pictures lie inside the file and are not read; only their names are.",
    )


def test_the_sheets_of_a_file_are_counted_together(monkeypatch: pytest.MonkeyPatch) -> None:
    sink = io.BytesIO()
    with pandas.ExcelWriter(sink, engine="openpyxl") as writer:
        for name in "ab":
            pandas.DataFrame({"text": ["x"] * 3}).to_excel(writer, sheet_name=name, index=False)
    monkeypatch.setattr(rows, "MOST_CELLS", 8)
    assert len(parse_table(sink.getvalue(), Path("a.xlsx"), EXCEL).records) == 3
    monkeypatch.setattr(rows, "MOST_CELLS", 7)
    with pytest.raises(DatasetError, match="more than 7 cells"):
        parse_table(sink.getvalue(), Path("a.xlsx"), EXCEL)
