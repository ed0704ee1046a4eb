"""CSV files as records: one bad line costs one row, not the file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from memeclip_core.errors import DatasetError
from memeclip_core.stores.formats.rows import Parsed, Record
from memeclip_core.stores.formats.text_file import check_characters, decode_torn


def parse_csv(data: bytes, path: Path) -> Parsed:
    """Read a CSV file with a header as records; rows that cannot be read are left out.

    Cells are words: "NA" and "" stay what they are. Blank lines are skipped.

    Args:
        data: the file's bytes.
        path: its name, for messages.

    Raises:
        DatasetError: if the header is broken.
    """
    records: list[Record] = []
    faults: dict[int, str] = {}
    header: tuple[str, ...] | None = None
    for line, cells in _read_lines(decode_torn(data, path), "\t" if path.suffix == ".tsv" else ","):
        if header is None:
            if isinstance(cells, str):
                raise DatasetError(f"{path}, line {line}: {cells}")
            header = _check_header(path, cells)
            continue
        if not isinstance(cells, str) and len(cells) != len(header):
            cells = _miscounted(cells, header)
        why = cells if isinstance(cells, str) else check_characters(cells)
        if why:
            faults[line] = why
        else:
            values = dict(zip(header, cells, strict=True))
            records.append(Record(path=path, line=line, values=values))
    return Parsed(path=path, columns=header or (), records=tuple(records), faults=faults)


class _Lines(Iterator[str]):
    """Lines that can be taken up again elsewhere."""

    def __init__(self, text: str) -> None:
        self._lines = list(io.StringIO(text, newline=""))
        self.at = 0

    def __next__(self) -> str:
        if self.at >= len(self._lines):
            raise StopIteration
        self.at += 1
        return self._lines[self.at - 1]


def _read_lines(text: str, delimiter: str = ",") -> Iterator[tuple[int, list[str] | str]]:
    """Yield every row with the line it starts on; what is wrong with it instead, if something is.

    A quote that is never closed would swallow the rows below it, so after a row that is no CSV
    reading goes on with the very next line.
    """
    lines = _Lines(text)
    reader = csv.reader(lines, strict=True, delimiter=delimiter)
    width = 0
    while True:
        start = lines.at
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            lines.at = start + 1
            yield start + 1, f"not valid CSV: {error}."
            continue
        width = width or len(cells)
        if cells:
            if len(cells) != width:
                lines.at = start + 1
            yield start + 1, cells


def _miscounted(cells: Sequence[str], header: Sequence[str]) -> str:
    return (
        f"{len(cells)} cells under {len(header)} columns. "
        "Quote cells that contain commas or line breaks."
    )


def _check_header(path: Path, header: Sequence[str]) -> tuple[str, ...]:
    repeated = sorted({name for name in header if header.count(name) > 1})
    if repeated:
        raise DatasetError(f"{path}, line 1: the column '{repeated[0]}' stands there twice.")
    return tuple(header)
