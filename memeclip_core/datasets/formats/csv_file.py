"""CSV files as records: one bad line costs one row, not the file."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from memeclip_core.datasets.formats.rows import (
    MOST_ROWS,
    Item,
    Parsed,
    check_cells,
    check_width,
    gather,
)
from memeclip_core.datasets.formats.text_file import decode
from memeclip_core.errors import DatasetError

SEPARATORS = (",", ";", "\t", "|")
"""What spreadsheets and pandas write between cells."""
SAMPLE = 100_000
"""Characters from which the separator is guessed."""
LINES_PER_ROW = 4
"""Lines that a text of a row has at most, on average."""
TRIES = 100
"""Lines of the sample that are no rows before a separator counts as the wrong one."""
AGAIN = 5_000_000
"""Characters that may be read of lines which are no rows, besides ten times the file's."""
_SAID = re.compile(r'"?sep=(.)"?\r?\n', re.IGNORECASE)
"""The first line of a file for Excel, which may say it."""


def parse_csv(data: bytes, path: Path) -> Parsed:
    """Read a CSV file with a header as records; rows that cannot be read are left out.

    Cells are words: "NA" and "" stay what they are. Blank lines are skipped.

    Raises:
        DatasetError: if the header is broken, or there is too much.
    """
    if data.count(b"\n") > LINES_PER_ROW * MOST_ROWS:
        raise DatasetError(f"{path}: there are more than {MOST_ROWS:,} rows. Split the file.")
    text, note = decode(data, path)
    said = _SAID.match(text)
    text = text[said.end() :] if said else text
    separator = said[1] if said else _find_separator(text, path)
    check_cells(path, text.count(separator))
    rows = _read_lines(text, separator, path, at=1 if said else 0)
    line, header = next(rows, (1, []))
    if isinstance(header, str):
        raise DatasetError(f"{path}, line {line}: {header}")
    check_width(path, header)
    repeated = sorted({name for name in header if name.strip() and header.count(name) > 1})
    if repeated:
        raise DatasetError(f"{path}, line 1: the column '{repeated[0]}' stands there twice.")
    return gather(
        path,
        ((line, _name_cells(header, cells)) for line, cells in rows),
        columns=[name for name in header if name.strip()],
        notes=[note],
        separator=separator,
    )


def _name_cells(header: Sequence[str], cells: Sequence[str]) -> Item:
    """Return a row's cells by column, or what is wrong with the row; see ``_read_lines``."""
    if isinstance(cells, str):
        return cells
    if len(cells) != len(header):
        return (
            f"{len(cells)} cells under {len(header)} column{'s' * (len(header) != 1)}. "
            "Quote cells that contain commas or line breaks."
        )
    return {name: cell for name, cell in zip(header, cells, strict=True) if name.strip()}


def _find_separator(text: str, path: Path) -> str:
    """Return the separator that parts the header, and most rows into as many cells."""
    sample = text[:SAMPLE]
    if len(text) > SAMPLE:
        sample = sample[: sample.rfind("\n") + 1] or sample
    best, most = "\t" if path.suffix.lower() == ".tsv" else ",", (0.0, 1)
    for separator in SEPARATORS:
        rows = [cells for _, cells in _read_lines(sample, separator, path, tries=TRIES)]
        width = len(rows[0]) if rows and not isinstance(rows[0], str) else 0
        alike = sum(not isinstance(cells, str) and len(cells) == width for cells in rows)
        if width > 1 and (alike / len(rows), width) > most:
            best, most = separator, (alike / len(rows), width)
    return best


class _Lines(Iterator[str]):
    """Lines that can be taken up again elsewhere."""

    def __init__(self, text: str) -> None:
        self._lines = list(io.StringIO(text, newline=""))
        self.at = 0
        self.read = 0

    def __next__(self) -> str:
        if self.at >= len(self._lines):
            raise StopIteration
        line = self._lines[self.at]
        self.at += 1
        self.read += len(line)
        return line


def _read_lines(
    text: str, delimiter: str, path: Path, at: int = 0, tries: int = 10**9
) -> Iterator[tuple[int, list[str] | str]]:
    """Yield every row with the line it starts on; what is wrong with it instead, if something is.

    A quote that is never closed would swallow the rows below it, so after a row that is no CSV
    reading goes on with the very next line, at most ``tries`` times: each may read far. Blank cells
    beyond the header's are no cells. ``at`` lines of the file stand before the text.

    Raises:
        DatasetError: if so much was read again that the end would never be reached.
    """
    lines = _Lines(text)
    reader = csv.reader(lines, strict=True, delimiter=delimiter)
    width = 0
    while tries > 0:
        start = lines.at
        if lines.read > 10 * len(text) + AGAIN:
            raise DatasetError(
                f"{path}, line {at + start + 1}: a quote is opened in line after line and not "
                "closed, so that the rest cannot be used. Save the file again."
            )
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            lines.at, tries = start + 1, tries - 1
            yield at + start + 1, f"not valid CSV: {error}."
            continue
        width = width or len(cells)
        if cells:
            while len(cells) > width and not cells[-1].strip():
                cells.pop()
            if len(cells) != width:
                lines.at, tries = start + 1, tries - 1
            yield at + start + 1, cells
