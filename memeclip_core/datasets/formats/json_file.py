"""JSON lists, jsonl files and objects that hold many records, as records: one bad object costs one
row, not the file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path

from memeclip_core.datasets.formats.label_studio import flatten_task
from memeclip_core.datasets.formats.rows import (
    MOST_CELLS,
    Item,
    Parsed,
    check_cells,
    fold_column,
    gather,
    known_split,
)
from memeclip_core.datasets.formats.text_file import decode
from memeclip_core.errors import DatasetError

# Control characters stand in published texts as they are; only the strict reader minds.
_DECODER = json.JSONDecoder(strict=False)
AGAIN = 5_000_000
"""Characters that may be read of objects which break off, besides ten times the file's."""
_NEXT_OBJECT = re.compile(r"\n[ \t\r]*\{")


def parse_json(data: bytes, path: Path) -> Parsed:
    """Read a JSON list of objects, a file with one object a line, or an object that holds them.

    Lines and items that are no object are left out with their number.

    Raises:
        DatasetError: if the file is no text, or holds too much.
    """
    text, note = decode(data, path)
    # Before it is read, which takes the memory: no value stands without one of these.
    check_cells(path, sum(map(text.count, ",[{")))
    unit, items = _read_items(text.lstrip("\ufeff"), path)
    tasks = ((number, flatten_task(item)) for number, item in items)
    return gather(path, tasks, unit=unit, notes=[note])


def _read_items(text: str, path: Path) -> tuple[str, Iterator[tuple[int, Item]]]:
    """Return what the records are counted in, and the records."""
    if text.lstrip().startswith("["):
        return "line", _read_list(text, path)
    try:
        whole = _DECODER.decode(text.strip())
    except (ValueError, RecursionError):
        return "line", _read_lines(text)
    found = unfold(whole) if isinstance(whole, dict) else None
    if found is None:
        return "line", iter([(1, whole if isinstance(whole, dict) else "not a JSON object.")])
    return "entry", iter(enumerate(found, start=1))


def _read_lines(text: str) -> Iterator[tuple[int, Item]]:
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


def _read_list(text: str, path: Path) -> Iterator[tuple[int, Item]]:
    """Yield each object of a list, or what is wrong; after a bad one, go on with the next."""
    at = text.index("[") + 1
    line, counted, again = 1, 0, 0
    while True:
        while at < len(text) and text[at] in " \t\r\n,":
            at += 1
        if at >= len(text) or text[at] == "]":
            if at >= len(text):
                yield text.count("\n") + 1, "the list ends without a bracket: the file is cut off."
            return
        line, counted = line + text.count("\n", counted, at), at
        try:
            item, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            why = error.msg if isinstance(error, json.JSONDecodeError) else "beyond all bounds"
            again += (error.pos if isinstance(error, json.JSONDecodeError) else len(text)) - at
            yield line, f"not valid JSON: {why}."
            if again > 10 * len(text) + AGAIN:
                raise DatasetError(
                    f"{path}, line {line}: objects break off one after the other, so that the rest "
                    "cannot be used. Save the file again, with one object a line."
                ) from None
            found = _NEXT_OBJECT.search(text, at + 1)
            if found is None:
                return
            at = found.end() - 1
        else:
            yield line, item if isinstance(item, dict) else "not a JSON object in braces."


WRAPPERS = (
    "data", "rows", "items", "records", "memes", "examples", "samples", "entries", "annotations",
)  # fmt: skip
COLUMNS = frozenset(
    ("id", "name", "text", "caption", "image", "img", "file_name", "label", "labels", "ocr_text")
)
"""What columns are called in nearly every dataset: an object that has one is no wrapper."""


def unfold(whole: dict[str, object]) -> list[Item] | None:
    """Return the records of an object, or ``None`` if it is a record itself.

    Known are ``{"data": [...]}`` and the like, a list for each split or class, objects by id, and
    tables as pandas writes them, column by column or with ``columns`` and ``data``.
    """
    values = list(whole.values())
    columns = whole.get("columns")
    if isinstance(columns, list) and isinstance(whole.get("data"), list):
        return [_zip_row(columns, row) for row in _listed(whole["data"])]
    if not values:
        return None
    lists = {key: value for key, value in whole.items() if _holds_objects(value)}
    splits = [key for key in lists if known_split(key)]
    if splits:
        return [_with(item, "split", key) for key in splits for item in _listed(lists[key])]
    named = {fold_column(key) for key in whole} & COLUMNS
    if lists and not named:
        chosen = next((word for word in WRAPPERS if word in lists), None)
        if chosen is None and len(lists) > 1:
            # What the lists are of is a label, as like as not; none is left out.
            return [_with(item, "list", key) for key in lists for item in _listed(lists[key])]
        return [_unwrap(item) for item in _listed(lists[chosen or next(iter(lists))])]
    inner = next((whole[word] for word in WRAPPERS if isinstance(whole.get(word), dict)), None)
    if isinstance(inner, dict) and not named:
        return unfold(inner)
    if all(isinstance(value, dict) for value in values):
        if _is_by_columns(whole):
            return _by_columns(whole)
        return [_with(value, "id", key) for key, value in whole.items()]
    lengths = {len(value) if isinstance(value, list) else -1 for value in values}
    if len(lengths) == 1 and -1 not in lengths and (named or len(values) > 1):
        rows = zip(*map(_listed, values), strict=True)
        return [dict(zip(whole, row, strict=True)) for row in rows]
    return None


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _holds_objects(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _unwrap(item: object) -> Item:
    """Return a record; a dataset server puts each into a further object."""
    if not isinstance(item, dict):
        return "not a JSON object in braces."
    inner = item.get("row")
    return inner if isinstance(inner, dict) else item


def _with(item: object, column: str, value: str) -> Item:
    record = _unwrap(item)
    return record if isinstance(record, str) else {column: value, **record}


def _zip_row(columns: list[object], row: object) -> Item:
    if not isinstance(row, list) or len(row) != len(columns):
        return f"not a list of {len(columns)} values, as many as there are columns."
    return {str(column): value for column, value in zip(columns, row, strict=True)}


def _is_by_columns(whole: Mapping[str, object]) -> bool:
    if {fold_column(key) for key in whole} & COLUMNS:
        return True
    inner = {key for value in whole.values() if isinstance(value, dict) for key in value}
    return bool(inner) and all(key.isdigit() for key in inner)


def _by_columns(whole: Mapping[str, object]) -> list[Item]:
    cells = {key: value for key, value in whole.items() if isinstance(value, dict)}
    places = dict.fromkeys(chain.from_iterable(cells.values()))
    # Columns that share no row take far more cells than the file has.
    if len(places) * len(cells) > MOST_CELLS:
        size = f"{len(cells):,} columns of {len(places):,} rows"
        return [f"{size} are more than {MOST_CELLS:,} cells, which is the most."]
    return [{column: held.get(place) for column, held in cells.items()} for place in places]
