"""What kind of file bytes are, whatever the file is called."""

from __future__ import annotations

from pathlib import Path

from memeclip_core.datasets.formats.csv_file import parse_csv
from memeclip_core.datasets.formats.json_file import parse_json
from memeclip_core.datasets.formats.rows import Parsed
from memeclip_core.datasets.formats.table_file import EXCEL, PARQUET, parse_table
from memeclip_core.errors import DatasetError

SUFFIXES = (".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".parquet", ".xlsx")
_JSON = (".json", ".jsonl", ".ndjson")

_STRANGE = (
    (b"\xd0\xcf\x11\xe0", "an old Excel file (.xls)", "Save it as .xlsx or CSV."),
    (b"\x1f\x8b", "a gzip archive", "Unpack it."),
    (b"7z\xbc\xaf", "a 7z archive", "Unpack it."),
    (b"Rar!", "a RAR archive", "Unpack it."),
    (b"ARROW1", "an Arrow file", "Save it as Parquet, CSV or jsonl."),
    (b"FEA1", "a Feather file", "Save it as Parquet, CSV or jsonl."),
    (b"\x80\x03", "a Python pickle, which can run code and is not opened", "Save it as CSV."),
    (b"\x80\x04", "a Python pickle, which can run code and is not opened", "Save it as CSV."),
    (b"\x80\x05", "a Python pickle, which can run code and is not opened", "Save it as CSV."),
    (b"SQLite format 3", "an SQLite database", "Save its table as CSV."),
    (b"%PDF", "a PDF file", "Save its table as CSV."),
    (b"\x89PNG", "a picture", "Name the list of the pictures, or their folder."),
    (b"\xff\xd8\xff", "a picture", "Name the list of the pictures, or their folder."),
    (b"version https://git-lfs", "a pointer of Git LFS and not the data", "Run git lfs pull."),
    (b"<!doctype html", "a web page", "Download the file itself."),
    (b"<html", "a web page", "Download the file itself."),
    (b"<?xml", "an XML file", "Save its table as CSV."),
)


def parse_file(data: bytes, path: Path) -> Parsed:
    """Read a file as records. What the first bytes say outweighs the ending.

    Raises:
        DatasetError: if it is empty, of another kind, or cannot be read.
    """
    head = data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    if not head:
        raise DatasetError(f"{path} is empty.")
    if data.startswith(b"PAR1"):
        return parse_table(data, path, PARQUET)
    if data.startswith(b"PK\x03\x04"):
        if b"xl/workbook.xml" in data or path.suffix.lower() in (".xlsx", ".xlsm"):
            return parse_table(data, path, EXCEL)
        raise DatasetError(f"{path}: this is a zip archive. Call it by a name that ends in .zip.")
    for start, what, remedy in _STRANGE:
        if head.lower().startswith(start.lower()):
            raise DatasetError(f"{path}: this is {what}. {remedy}")
    is_json = head[:1] in (b"{", b"[") or path.suffix.lower() in _JSON
    return parse_json(data, path) if is_json else parse_csv(data, path)
