"""Tables through pandas; ``test_kinds`` reads them as datasets."""

from pathlib import Path

import pytest

from memeclip_core.datasets.formats.table_file import EXCEL, PARQUET, parse_table
from memeclip_core.errors import DatasetError


@pytest.mark.parametrize("kind", [PARQUET, EXCEL])
def test_a_damaged_file_is_a_sentence(kind: str) -> None:
    with pytest.raises(DatasetError, match=rf"^a\.x: this {kind} file cannot be read"):
        parse_table(b"PAR1" + bytes(50), Path("a.x"), kind)
