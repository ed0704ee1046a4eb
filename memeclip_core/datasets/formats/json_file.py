"""JSON lists and jsonl files as records: one bad object costs one row, not the file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from memeclip_core.datasets.formats.json_shapes import unfold
from memeclip_core.datasets.formats.rows import Parsed, Record
from memeclip_core.datasets.formats.text_file import check_characters, decode

# Control characters stand in published texts as they are; only the strict reader minds.
_DECODER = json.JSONDecoder(strict=False)
_NEXT_OBJECT = re.compile(r"\n[ \t\r]*\{")


def parse_json(data: bytes, path: Path) -> Parsed:
    """Read a JSON list of objects, a file with one object a line, or an object that holds them.

    Lines and items that are no object are left out with their number.

    Args:
        data: the file's bytes.
        path: its name, for messages.

    Raises:
        DatasetError: if the file is no text.
    """
    text, note = decode(data, path)
    text = text.lstrip("\ufeff")
    unit, items = _read_items(text)
    records: list[Record] = []
    faults: dict[int, str] = {}
    columns: dict[str, None] = {}
    for line, item in items:
        why = item if isinstance(item, str) else check_characters(item.values())
        if isinstance(item, str) or why:
            faults[line] = why
        else:
            records.append(Record(path=path, line=line, unit=unit, values=item))
            columns |= dict.fromkeys(item)
    return Parsed(
        path=path,
        columns=tuple(columns),
        records=tuple(records),
        faults=faults,
        unit=unit,
        notes=(note,) if note else (),
    )


def _read_items(text: str) -> tuple[str, Iterator[tuple[int, dict[str, object] | str]]]:
    """Return what the records are counted in, and the records."""
    if text.lstrip().startswith("["):
        return "line", _read_list(text)
    try:
        whole = _DECODER.decode(text.strip())
    except (ValueError, RecursionError):
        return "line", _read_lines(text)
    found = unfold(whole) if isinstance(whole, dict) else None
    if found is None:
        return "line", iter([(1, whole if isinstance(whole, dict) else "not a JSON object.")])
    return "entry", iter(enumerate(found, start=1))


def _read_lines(text: str) -> Iterator[tuple[int, dict[str, object] | str]]:
    """Yield each line's object, or what is wrong with the line."""
    for number, line in enumerate(text.split("\n"), start=1):
        line = line.strip("\ufeff \t\r")
        if not line:
            continue
        try:
            item = _DECODER.decode(line)
        except json.JSONDecodeError as error:
            yield number, f"not valid JSON: {error.msg}, character {error.pos + 1}."
        except (ValueError, RecursionError):
            yield number, "not valid JSON: a number or a nesting beyond all bounds."
        else:
            yield number, item if isinstance(item, dict) else "not a JSON object in braces."


def _read_list(text: str) -> Iterator[tuple[int, dict[str, object] | str]]:
    """Yield each object of a list, or what is wrong; after a bad one, go on with the next."""
    at = text.index("[") + 1
    line, counted = 1, 0
    while True:
        at = _skip(text, at)
        if at >= len(text) or text[at] == "]":
            if at >= len(text):
                yield text.count("\n") + 1, "the list ends without a bracket: the file is cut off."
            return
        line, counted = line + text.count("\n", counted, at), at
        try:
            item, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            why = error.msg if isinstance(error, json.JSONDecodeError) else "beyond all bounds"
            yield line, f"not valid JSON: {why}."
            found = _NEXT_OBJECT.search(text, at + 1)
            if found is None:
                return
            at = found.end() - 1
        else:
            yield line, item if isinstance(item, dict) else "not a JSON object in braces."


def _skip(text: str, at: int) -> int:
    """Return the place of the next character that is neither blank nor a comma."""
    while at < len(text) and text[at] in " \t\r\n,":
        at += 1
    return at
