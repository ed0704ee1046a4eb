"""The format of the corrections log: ``Correction`` to CSV bytes, and back, character by character.

A row ends at the first line feed outside quotes. A file that was cut anywhere is therefore a
number of whole rows and one torn rest, which ``complete_length`` tells apart.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import cast, get_args

from memeclip_core.errors import StoreError, TextError
from memeclip_core.records import Action, Correction, TextSource

SCHEMA = 1
COLUMNS = (
    "schema", "event", "save", "time", "annotator", "action", "meme", "image", "text",
    "text_source", "task_set", "task", "predicted", "probability", "model", "labels", "note",
)  # fmt: skip


def encode_header() -> bytes:
    """Return the first line."""
    return (",".join(COLUMNS) + "\n").encode("ascii")


def encode_rows(rows: Iterable[Correction]) -> bytes:
    """Return rows as CSV in UTF-8, every cell quoted.

    Raises:
        TextError: if a cell holds NUL or half a character, which no CSV file can carry.
    """
    sink = io.StringIO(newline="")
    writer = csv.writer(sink, quoting=csv.QUOTE_ALL, lineterminator="\n")
    for row in rows:
        cells = _to_cells(row)
        for column, cell in zip(COLUMNS, cells, strict=True):
            check_text(cell, column)
        writer.writerow(cells)
    return sink.getvalue().encode("utf-8")


def check_text(text: str, what: str) -> None:
    """Raise TextError if a text holds NUL or half a character (a lone surrogate)."""
    for place, char in enumerate(text, start=1):
        if char == "\0" or "\ud800" <= char <= "\udfff":
            name = "NUL (U+0000)" if char == "\0" else f"half a character (U+{ord(char):04X})"
            raise TextError(
                f"The {what} holds {name} at place {place}, which cannot be saved. Remove it."
            )


def complete_length(data: bytes) -> int:
    """Return how many bytes of ``data`` are whole rows; what follows is torn."""
    end, quotes, done = 0, 0, 0
    while (feed := data.find(b"\n", end)) >= 0:
        quotes += data.count(b'"', end, feed)
        end = feed + 1
        if quotes % 2 == 0:
            done = end
    return done


def check_header(data: bytes, name: str) -> int:
    """Check the first line of a log and return its length in bytes.

    Raises:
        StoreError: naming what somebody's editor did to it.
    """
    line = data[: data.find(b"\n") + 1]
    if line.rstrip(b"\r\n") == encode_header().rstrip(b"\n"):
        return len(line)
    raise StoreError(
        f"{name}, line 1: {_header_fault(line)}. Nothing was written to it. Was it saved by a "
        f"spreadsheet? Restore the original, or move it away to start a new log. The first line "
        f"must be: {','.join(COLUMNS)}"
    )


def decode_rows(data: bytes, *, name: str, line: int) -> list[Correction]:
    """Parse whole rows.

    Args:
        data: whole rows, without the header.
        name: of the file, for messages.
        line: the number of the first line.

    Raises:
        StoreError: naming the line and column that cannot be understood.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        number = line + data[: error.start].count(b"\n")
        raise _row_fault(name, number, "it is not UTF-8") from None
    rows: list[Correction] = []
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    start = line
    try:
        for cells in reader:
            if cells:
                rows.append(_from_cells(cells, name, start))
            start = line + reader.line_num
    except csv.Error as error:
        raise _row_fault(name, start, str(error)) from None
    return rows


def format_time(time: datetime) -> str:
    """Return a time in UTC as ISO 8601 to the millisecond, such as 2026-01-31T09:05:00.123Z."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _to_cells(row: Correction) -> list[str]:
    return [
        str(SCHEMA),
        row.event,
        row.save,
        format_time(row.time),
        row.annotator,
        row.action,
        row.meme,
        row.image,
        row.text,
        row.text_source,
        row.task_set,
        row.task,
        json.dumps(row.predicted, ensure_ascii=False),
        "" if row.probability is None else repr(float(row.probability)),
        row.model,
        json.dumps(row.labels, ensure_ascii=False),
        row.note,
    ]


def _from_cells(cells: Sequence[str], name: str, line: int) -> Correction:
    if len(cells) != len(COLUMNS):
        raise _row_fault(name, line, f"{len(cells)} cells where {len(COLUMNS)} belong")
    cell = dict(zip(COLUMNS, cells, strict=True))
    if cell["schema"] != str(SCHEMA):
        raise _row_fault(
            name, line, f"schema is '{cell['schema'][:20]}', and this version reads {SCHEMA}"
        )
    column = "time"
    try:
        time = datetime.fromisoformat(cell["time"])
        if time.tzinfo is None:
            raise ValueError("a time without zone")
        column = "action"
        action = cast(Action, _one_of(cell["action"], get_args(Action)))
        column = "text_source"
        source = cast(TextSource, _one_of(cell["text_source"], get_args(TextSource)))
        column = "predicted"
        predicted = _names(cell["predicted"])
        column = "probability"
        probability = float(cell["probability"]) if cell["probability"] else None
        column = "labels"
        labels = _names(cell["labels"])
    except ValueError:
        raise _row_fault(
            name, line, f"the column {column} holds '{cell[column][:40]}', which has another form"
        ) from None
    return Correction(
        event=cell["event"],
        save=cell["save"],
        time=time,
        annotator=cell["annotator"],
        action=action,
        meme=cell["meme"],
        image=cell["image"],
        text=cell["text"],
        text_source=source,
        task_set=cell["task_set"],
        task=cell["task"],
        predicted=predicted,
        probability=probability,
        model=cell["model"],
        labels=labels,
        note=cell["note"],
    )


def _one_of(word: str, allowed: tuple[str, ...]) -> str:
    if word not in allowed:
        raise ValueError(word)
    return word


def _names(cell: str) -> tuple[str, ...]:
    names = json.loads(cell)
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError(cell)
    return tuple(names)


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
    return StoreError(
        f"{name}, line {line}: {why}. Nothing was written to it. Repair or remove that line in a "
        "text editor (not in a spreadsheet), and try again."
    )
