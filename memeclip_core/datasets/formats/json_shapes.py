"""One JSON object that holds many records: in a list inside it, by id, or column by column."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain

from memeclip_core.datasets.formats.rows import fold_column, known_split

Item = dict[str, object] | str
"""A record, or what is wrong with it."""

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
        return _by_columns(whole) if _is_by_columns(whole) else _by_ids(whole)
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
    return [{column: held.get(place) for column, held in cells.items()} for place in places]


def _by_ids(whole: Mapping[str, object]) -> list[Item]:
    return [_with(value, "id", key) for key, value in whole.items()]
