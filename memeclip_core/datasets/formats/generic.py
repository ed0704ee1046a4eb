"""Any table or JSON file, with a map that says what its columns are."""

from __future__ import annotations

from collections.abc import Mapping

from memeclip_core.datasets.formats.cells import read_words
from memeclip_core.datasets.formats.rows import Format, Record, Row, make_row
from memeclip_core.records.mapping import ROLES

GENERIC = "generic"
SEVERAL = "|"
"""Between the labels of one CSV cell, as in this app's own exports."""


def build_generic(columns: Mapping[str, str]) -> Format:
    """Return the format of a file with these columns; see ``read_column_map``.

    Several labels of one CSV cell stand between "|" or in a JSON list, of which "[]" says that
    none holds; an empty cell is no label.
    """
    labels = {role: column for role, column in columns.items() if role not in ROLES}

    def text(record: Record, role: str) -> str:
        return record.text(columns[role]) if role in columns else ""

    def read_row(record: Record) -> Row:
        image = text(record, "image")
        name = record.word(columns["name"]) if "name" in columns else image
        return make_row(
            record,
            name=name or f"{record.path.name}:{record.line}",
            text=text(record, "text"),
            labels={role: read_labels(record, column) for role, column in labels.items()},
            image_name=image,
            split=text(record, "split"),
        )

    return Format(
        name=GENERIC,
        title="any table or JSON file, with --columns",
        needed=tuple(columns.values()),
        read_row=read_row,
    )


def read_labels(record: Record, column: str) -> tuple[str, ...] | None:
    """Return the labels of one column, or ``None`` where there is none; see ``build_generic``."""
    value = record.value(column)
    words = read_words(value)
    # What is a list already is taken apart no further: a label may hold the sign.
    if not words or isinstance(value, list) or (words[0] != str(value).strip()):
        return words
    parts = (part.strip() for word in words for part in word.split(SEVERAL))
    return tuple(dict.fromkeys(part for part in parts if part)) or None
