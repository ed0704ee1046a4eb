"""Parquet and Excel files as records, through what reads them within limits.

Either may hold far more than its size says: of a text that stands there once a cell is a number,
and a cell in the last row and column makes a sheet of all before it. So what is read is counted.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from memeclip_core.datasets.formats.rows import (
    MOST_ROWS,
    Parsed,
    check_cells,
    check_width,
    gather,
)
from memeclip_core.errors import DatasetError

PARQUET = "Parquet"
EXCEL = "Excel"
MOST_UNPACKED = 500_000_000
"""Bytes of an Excel file's parts, or of a Parquet file's columns that are read."""
MOST_WORDS = 300_000_000
"""Characters of an Excel file's cells, or bytes of a Parquet file's, each cell for itself."""
MOST_MARKS = 20_000_000
"""Elements and attributes of an Excel file's parts, a hundred bytes each; a cell is seven."""
MOST_LINES = 1_048_576
"""Of a sheet, empty ones included: what Excel itself holds."""
BATCH, BATCH_ROWS = 50_000_000, 4_096
"""Bytes and rows of a Parquet file that are read at once, where each row is as long as all say."""
_READERS = {PARQUET: ("pyarrow", "a Parquet"), EXCEL: ("openpyxl", "an Excel")}

Table = tuple[list[str], Iterator[tuple[object, ...]]]
"""The names of the columns, and the rows."""


def parse_table(data: bytes, path: Path, kind: str) -> Parsed:
    """Read a Parquet file, or the longest sheet of an Excel file, as records.

    Cells of Excel are as they are written: "NA" is a word.

    Raises:
        DatasetError: if the package that reads it is missing, or the file is damaged or too large.
    """
    notes: list[str] = []
    try:
        if kind == PARQUET:
            names, cells = _read_parquet(data, path)
        else:
            names, cells = _read_excel(data, path, notes)
        lines = (
            (line, [_read_cell(value) for value in row])
            for line, row in enumerate(cells, start=2 if kind == EXCEL else 1)
        )
        rows = [
            (line, dict(zip(names, row, strict=True)))
            for line, row in lines
            if any(cell not in (None, "") for cell in row)
        ]
    except ImportError:
        package, what = _READERS[kind]
        raise DatasetError(
            f"{path}: this is {what} file, and the package {package}, which reads it, is "
            f"not installed. Install it (pip install {package}), or save the file as CSV or jsonl."
        ) from None
    except DatasetError:
        raise
    except Exception as error:
        raise DatasetError(
            f"{path}: this {kind} file cannot be read ({type(error).__name__}): it is damaged, "
            "encrypted or cut off. Save it again, or as CSV."
        ) from None
    if any(isinstance(cell, _Packed) for _, row in rows for cell in row.values()):
        notes.append("Its pictures lie inside the file and are not read; only their names are.")
    return gather(path, rows, unit="row", columns=names, notes=notes)


def _read_parquet(data: bytes, path: Path) -> Table:
    """Return the columns and rows; of pictures that lie in the file, the names alone are read."""
    from pyarrow.parquet import ParquetFile  # type: ignore[import-untyped]

    file = ParquetFile(io.BytesIO(data))
    facts, schema = file.metadata, file.schema_arrow
    check_width(path, range(facts.num_columns))
    check_cells(path, facts.num_rows * len(schema))
    if facts.num_rows > MOST_ROWS:
        raise DatasetError(f"{path}: there are more than {MOST_ROWS:,} rows. Split the file.")
    index = (schema.pandas_metadata or {}).get("index_columns", ())
    fields = {field.name: field.type for field in schema if field.name not in index}
    # One column after the other: those of short words can be read in larger pieces.
    columns: list[Sequence[object]] = []
    weights = _weigh(facts)
    cells = taken = words = 0
    for name, kind in fields.items():
        leaf = _find_leaf(name, kind)
        if leaf is None:
            columns.append([_Packed("")] * facts.num_rows)
            continue
        parts = [held for at, held in weights.items() if f"{at}.".startswith(f"{leaf}.")]
        cells += sum(values for values, _ in parts)
        taken += sum(size for _, size in parts)
        check_cells(path, cells)
        _check_bytes(path, taken, MOST_UNPACKED)
        # A text that is written once may be that of every row.
        rows = min(BATCH_ROWS, max(1, BATCH // max(1, *(size for _, size in parts))))
        values: list[object] = []
        for batch in file.iter_batches(rows, columns=[leaf], use_threads=False):
            column = batch.column(batch.schema.get_field_index(name))
            words += column.nbytes
            _check_bytes(path, words, MOST_WORDS)
            read = column.to_pylist()
            values += read if leaf == name else [_name_picture(cell) for cell in read]
        columns.append(values)
    return list(fields), zip(*columns, strict=True)


def _find_leaf(name: str, kind: Any) -> str | None:
    """Return what of a column is read: ``None`` of one that holds bytes, the path of a picture."""
    from pyarrow import types  # type: ignore[import-untyped]

    if is_binary(kind):
        return None
    inside = {field.name for field in kind} if types.is_struct(kind) else set()
    if "bytes" not in inside:
        return name
    return f"{name}.path" if "path" in inside else None


def is_binary(kind: Any) -> bool:
    """Say whether a column of this type holds bytes."""
    from pyarrow import types

    return bool(types.is_binary(kind) or types.is_large_binary(kind))


def _weigh(facts: Any) -> dict[str, tuple[int, int]]:
    """Return the values and bytes of each path of the schema, as the file says."""
    found: dict[str, tuple[int, int]] = {}
    for number in range(facts.num_row_groups):
        group = facts.row_group(number)
        for part in map(group.column, range(group.num_columns)):
            values, size = found.get(part.path_in_schema, (0, 0))
            size += part.total_uncompressed_size
            found[part.path_in_schema] = values + part.num_values, size
    return found


def _check_bytes(path: Path, size: int, most: int) -> None:
    if size > most:
        raise DatasetError(
            f"{path} would unpack to more than {most:,} bytes. Keep the columns with the image, "
            "the text and the labels, or split it."
        )


def _read_excel(data: bytes, path: Path, notes: list[str]) -> Table:
    """Return the columns and rows of the longest sheet; the others are noted."""
    import pandas  # takes as long as all the rest, and few datasets need it

    _check_parts(data, path)
    _check_sheets(data, path)
    sheets = pandas.read_excel(
        io.BytesIO(data), sheet_name=None, dtype=object, keep_default_na=False, engine="openpyxl"
    )
    name, frame = max(sheets.items(), key=lambda item: len(item[1]))
    others = [f"'{other}'" for other, rows in sheets.items() if other != name and len(rows)]
    if others:
        notes.append(
            f"Its sheet '{name}' was read, and not {', '.join(others)}. "
            "Save a sheet as a file of its own to have it read."
        )
    return [str(column) for column in frame.columns], frame.itertuples(index=False, name=None)


def _check_parts(data: bytes, path: Path) -> None:
    """Refuse a file whose parts are far larger than it, before a tree is made of them."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        total = sum(info.file_size for info in archive.infolist())
        if total > MOST_UNPACKED:
            raise DatasetError(
                f"{path} would unpack to {total:,} bytes; at most {MOST_UNPACKED:,} are read. "
                "Save it as CSV, or split it."
            )
        marks = 0
        for info in archive.infolist():
            with archive.open(info) as part:
                while piece := part.read(1_000_000):
                    marks += piece.count(b"<") + piece.count(b"=")
                    if marks > MOST_MARKS:
                        raise DatasetError(
                            f"{path} would take more memory than there is: its sheets and styles "
                            f"have more than {MOST_MARKS:,} elements. Save it as CSV, or split it."
                        )


def _check_sheets(data: bytes, path: Path) -> None:
    """Refuse sheets with more cells than are read, empty ones between them included."""
    import openpyxl  # type: ignore[import-untyped]

    book = openpyxl.load_workbook(
        io.BytesIO(data), read_only=True, data_only=True, keep_links=False
    )
    cells = words = 0
    for sheet in book.worksheets:
        sheet.reset_dimensions()
        widest = 0
        for line, row in enumerate(sheet.iter_rows(values_only=True), start=1):
            widest = max(widest, len(row))
            if line > MOST_LINES:
                raise DatasetError(f"{path}: there are more than {MOST_ROWS:,} rows. Split it.")
            # Every row becomes as wide as the widest up to it.
            check_cells(path, max(cells + len(row), line * widest))
            cells += len(row)
            words += sum(len(value) for value in row if isinstance(value, str))
            _check_bytes(path, words, MOST_WORDS)


class _Packed(str):
    """The name of a picture whose bytes stand in the cell, as Hugging Face datasets packs it."""


def _name_picture(cell: object) -> _Packed:
    name = cell.get("path") if isinstance(cell, dict) else None
    return _Packed(name if isinstance(name, str) else "")


def _read_cell(value: object) -> object:
    """Return a cell as JSON would have it."""
    if isinstance(value, dict | str):
        return value
    plain = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(plain, list | bool | int | float):
        return plain
    return None if plain is None or str(plain) in ("NaT", "<NA>") else str(plain)
