"""Tables through pandas; ``test_kinds`` reads them as datasets."""

import io
from pathlib import Path

import pandas
import pytest

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
