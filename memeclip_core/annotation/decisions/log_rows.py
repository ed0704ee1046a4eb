"""The format of the corrections log: ``Correction`` to CSV bytes, and back, character by character.

A row ends at the first line feed outside quotes. A file that was cut anywhere is therefore a
number of whole rows and one torn rest, which ``find_row_ends`` tells apart.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain
from sys import intern
from typing import Any, get_args

from memeclip_core.errors import StoreError, TextError
from memeclip_core.records.decision import Action, Correction, Verdict
from memeclip_core.records.limits import check_text
from memeclip_core.records.meme import TextSource
from memeclip_core.storage.files import load_json

SCHEMA = 3
"""Of the rows that are written. A release that knows no database stops at the first of them."""
COLUMNS = (
    "schema", "event", "save", "time", "annotator", "action", "meme", "image", "text",
    "text_source", "task_set", "task", "predicted", "probability", "model", "labels", "note",
    "project", "version", "verdict", "seconds", "target",
)  # fmt: skip
COLUMNS_OF = {1: COLUMNS[:17], 3: COLUMNS}
"""By the schema of a file, which its first line tells. Rows of schema 1 are decisions on the page;
those of schemas 2 and 3 have the same form and may stand in one file."""
_SCHEMAS_OF = {1: ("1",), 3: ("2", "3")}

# In a quoted cell every quote stands twice, so that this is found where a row starts and nowhere
# else.
_ROW_START = re.compile(rb'\n(?="\d+","([^"]+)",")')

_ACTIONS: dict[str, Action] = {word: word for word in get_args(Action)}
_SOURCES: dict[str, TextSource] = {word: word for word in get_args(TextSource)}
_VERDICTS: dict[str, Verdict] = {word: word for word in get_args(Verdict)}


def encode_header(schema: int = SCHEMA) -> bytes:
    """Return the first line."""
    return (",".join(COLUMNS_OF[schema]) + "\n").encode("ascii")


def encode_rows(rows: Iterable[Correction]) -> bytes:
    """Return rows as CSV in UTF-8, every cell quoted.

    Raises:
        TextError: if a cell holds NUL or half a character, which no CSV file can carry.
    """
    lines = [_to_cells(row) for row in rows]
    _check(lines)
    sink = io.StringIO(newline="")
    csv.writer(sink, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(lines)
    return sink.getvalue().encode("utf-8")


def check_rows(rows: Iterable[Correction]) -> None:
    """Raise TextError if a cell holds what neither a CSV file nor a database can carry."""
    _check([_to_cells(row) for row in rows])


def find_last_row(data: bytes) -> tuple[int, str] | None:
    """Find the last whole row in the end of a log that this program wrote.

    Returns:
        Where it ends, empty lines behind it included, and its event; ``None`` if no row starts in
        ``data``, or there are rows behind it that somebody else wrote.
    """
    for found in reversed(list(_ROW_START.finditer(data))):
        ends = [found.end() + end for end in find_row_ends(data[found.end() :])]
        if ends:
            foreign = data[ends[0] : ends[-1]].strip(b"\r\n")
            return None if foreign else (ends[-1], found[1].decode("utf-8"))
    return None


def find_row_ends(data: bytes) -> list[int]:
    """Return where each whole row ends, counted in bytes; empty lines are rows here."""
    end, quotes = 0, 0
    ends = []
    while (feed := data.find(b"\n", end)) >= 0:
        quotes += data.count(b'"', end, feed)
        end = feed + 1
        if quotes % 2 == 0:
            ends.append(end)
    return ends


def check_header(data: bytes, name: str) -> tuple[int, int]:
    """Check the first line of a log and return its length in bytes and the schema.

    Raises:
        StoreError: naming what somebody's editor did to it.
    """
    line = data[: data.find(b"\n") + 1]
    for schema in COLUMNS_OF:
        if line.rstrip(b"\r\n") == encode_header(schema).rstrip(b"\n"):
            return len(line), schema
    raise StoreError(
        f"{name}, line 1: {_header_fault(line)}. Nothing was written to it. Was it saved by a "
        f"spreadsheet? Restore the original, or move it away to start a new log. The first line "
        f"must be: {','.join(COLUMNS)}"
    )


def iter_rows(
    data: bytes, ends: Sequence[int], *, name: str, line: int, schema: int = SCHEMA
) -> Iterator[tuple[int, Correction]]:
    """Parse whole rows; yield where each starts in ``data``, and what it says.

    Args:
        data: whole rows, without the header.
        ends: where the rows end; see ``find_row_ends``.
        name: of the file, for messages.
        line: the number of the first line.
        schema: the file's.

    Raises:
        StoreError: naming the line and column that cannot be understood.
    """
    starts = [0, *ends][: len(ends)]
    try:
        texts = [data[start:end].decode("utf-8") for start, end in zip(starts, ends, strict=True)]
    except UnicodeDecodeError:
        raise _row_fault(name, line + _find_bad_line(data), "it is not UTF-8") from None
    reader = csv.reader(texts, strict=True)
    for start in starts:
        try:
            cells = next(reader, [])
            if cells:
                yield start, _from_cells(cells, schema)
        except (csv.Error, ValueError) as error:
            number = line + data.count(b"\n", 0, start)
            raise _row_fault(name, number, str(error)) from None


def format_time(time: datetime) -> str:
    """Return a time in UTC as ISO 8601 to the millisecond, such as 2026-01-31T09:05:00.123Z."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _check(lines: Sequence[Sequence[str]]) -> None:
    try:
        check_text("".join(chain.from_iterable(lines)), "row")
    except TextError:
        # Only now it is worth asking which cell it is.
        for cells in lines:
            for column, cell in zip(COLUMNS, cells, strict=True):
                check_text(cell, column)
        raise


def _to_cells(row: Correction) -> list[str]:
    written = (_WRITERS.get(name, str)(getattr(row, name)) for name in COLUMNS[1:])
    return [str(SCHEMA), *written]


def _from_cells(cells: Sequence[str], schema: int) -> Correction:
    """Parse one row; ValueError says what is wrong with it."""
    columns = COLUMNS_OF[schema]
    if len(cells) != len(columns):
        raise ValueError(f"{len(cells)} cells where {len(columns)} belong")
    if cells[0] not in _SCHEMAS_OF[schema]:
        known = " or ".join(_SCHEMAS_OF[schema])
        raise ValueError(f"schema is '{cells[0][:20]}', and the file's first line says {known}")
    found: list[Any] = []
    try:
        found.extend(read(cell) for read, cell in zip(_READERS.values(), cells, strict=False))
    except (ValueError, KeyError):
        place = len(found)
        raise ValueError(
            f"the column {COLUMNS[place]} holds '{cells[place][:40]}', which has another form"
        ) from None
    return Correction(**dict(zip(columns[1:], found[1:], strict=True)))


@lru_cache(maxsize=64)
def _time(cell: str) -> datetime:
    """Parse a time; the rows of one save have one."""
    time = datetime.fromisoformat(cell)
    if time.tzinfo is None:
        raise ValueError("a time without zone")
    return time


@lru_cache(maxsize=8192)
def _names(cell: str) -> tuple[str, ...]:
    names = load_json(cell)
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError(cell)
    return tuple(names)


def _number(cell: str) -> float | None:
    return float(cell) if cell else None


def _write_names(names: Sequence[str]) -> str:
    return json.dumps(names, ensure_ascii=False)


def _write_number(number: float | None) -> str:
    return "" if number is None else repr(float(number))


_READERS: dict[str, Callable[[str], Any]] = {
    # Strings that most rows share are kept once: a log of 200,000 decisions has few of them.
    **dict.fromkeys(COLUMNS, intern),
    **dict.fromkeys(("event", "save", "note"), str),
    **dict.fromkeys(("predicted", "labels"), _names),
    **dict.fromkeys(("probability", "seconds"), _number),
    "time": _time,
    "action": _ACTIONS.__getitem__,
    "text_source": _SOURCES.__getitem__,
    "version": int,
    "verdict": _VERDICTS.__getitem__,
}
_WRITERS: dict[str, Callable[[Any], str]] = {
    **dict.fromkeys(("predicted", "labels"), _write_names),
    **dict.fromkeys(("probability", "seconds"), _write_number),
    "time": format_time,
}


def _find_bad_line(data: bytes) -> int:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return data.count(b"\n", 0, error.start)
    return 0


def _header_fault(line: bytes) -> str:
    if line.startswith(b"\xef\xbb\xbf"):
        return "it starts with a byte order mark"
    if line.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "it is UTF-16 instead of UTF-8"
    found = line.decode("utf-8", errors="replace").strip()
    if ";" in found and "," not in found:
        return "its columns are parted by semicolons instead of commas"
    if "\t" in found and "," not in found:
        return "its columns are parted by tabs instead of commas"
    names = [name.strip('"') for name in found.split(",")]
    missing = [column for column in COLUMNS if column not in names]
    if missing:
        return f"the column '{missing[0]}' is missing"
    return "its columns have another order or quotes"


def _row_fault(name: str, line: int, why: str) -> StoreError:
    """Return the error that names a line."""
    return StoreError(
        f"{name}, line {line}: {why}. Nothing was written to it. Repair or remove that line in a "
        "text editor (not in a spreadsheet), and try again."
    )
