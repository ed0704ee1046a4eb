"""Parquet and Excel files as records, through pandas and what it needs for them."""

from __future__ import annotations

import io
import zipfile
from contextlib import suppress
from pathlib import Path

from memeclip_core.datasets.formats.rows import MOST_ROWS, Parsed, check_width, gather
from memeclip_core.errors import DatasetError

PARQUET = "Parquet"
EXCEL = "Excel"
_UNREADABLE = (ImportError, OSError, ValueError, zipfile.BadZipFile)
"""What is raised on a table that is damaged, or whose package is missing."""
MOST_UNPACKED = 500_000_000
"""Bytes of an Excel file's parts."""
_READERS = {PARQUET: ("pyarrow", "a Parquet"), EXCEL: ("openpyxl", "an Excel")}


def parse_table(data: bytes, path: Path, kind: str) -> Parsed:
    """Read a Parquet file, or the longest sheet of an Excel file, as records.

    Cells of Excel are as they are written: "NA" is a word.

    Raises:
        DatasetError: if the package that reads it is missing, or the file is damaged.
    """
    import pandas  # takes as long as all the rest, and few datasets need it

    notes: list[str] = []
    # What cannot even be measured says why when it is read.
    with suppress(*_UNREADABLE):
        _check_size(data, path, kind)
    try:
        if kind == PARQUET:
            frame = pandas.read_parquet(io.BytesIO(data), engine="pyarrow")
        else:
            sheets = pandas.read_excel(
                io.BytesIO(data),
                sheet_name=None,
                dtype=object,
                keep_default_na=False,
                engine="openpyxl",
            )
            name, frame = max(sheets.items(), key=lambda item: len(item[1]))
            others = [f"'{other}'" for other, rows in sheets.items() if other != name and len(rows)]
            if others:
                notes.append(
                    f"Its sheet '{name}' was read, and not {', '.join(others)}. "
                    "Save a sheet as a file of its own to have it read."
                )
    except ImportError:
        package, what = _READERS[kind]
        raise DatasetError(
            f"{path}: this is {what} file, and the package {package}, which reads it, is "
            f"not installed. Install it (pip install {package}), or save the file as CSV or jsonl."
        ) from None
    except Exception as error:
        raise DatasetError(
            f"{path}: this {kind} file cannot be read ({type(error).__name__}): it is damaged, "
            "encrypted or cut off. Save it again, or as CSV."
        ) from None
    names = [str(column) for column in frame.columns]
    lines = enumerate(frame.itertuples(index=False, name=None), start=2 if kind == EXCEL else 1)
    cells = ((line, [_read_cell(value) for value in row]) for line, row in lines)
    rows = [
        (line, dict(zip(names, row, strict=True)))
        for line, row in cells
        if any(cell not in (None, "") for cell in row)
    ]
    if any(isinstance(cell, _Packed) for _, row in rows for cell in row.values()):
        notes.append("Its pictures lie inside the file and are not read; only their names are.")
    return gather(path, rows, unit="row", columns=names, notes=notes)


def _check_size(data: bytes, path: Path, kind: str) -> None:
    """Refuse a table that is far larger than its file, before it is unpacked."""
    if kind == PARQUET:
        from pyarrow.parquet import ParquetFile  # type: ignore[import-untyped]

        facts = ParquetFile(io.BytesIO(data)).metadata
        check_width(path, range(facts.num_columns))
        if facts.num_rows > MOST_ROWS:
            raise DatasetError(f"{path}: there are more than {MOST_ROWS:,} rows. Split the file.")
        return
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        total = sum(info.file_size for info in archive.infolist())
    if total > MOST_UNPACKED:
        raise DatasetError(
            f"{path} would unpack to {total:,} bytes; at most {MOST_UNPACKED:,} are read. Save it "
            "as CSV, or split it."
        )


class _Packed(str):
    """The name of a picture whose bytes stand in the cell, as Hugging Face datasets packs it."""


def _read_cell(value: object) -> object:
    """Return a cell as JSON would have it."""
    if isinstance(value, dict) and isinstance(value.get("bytes"), bytes):
        return _Packed(value.get("path") or "")
    if isinstance(value, bytes):
        return _Packed("")
    if isinstance(value, dict | str):
        return value
    plain = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(plain, list | bool | int | float):
        return plain
    return None if plain is None or str(plain) in ("NaT", "<NA>") else str(plain)
