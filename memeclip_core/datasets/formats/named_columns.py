"""Lists of one's own: their columns are called as people call them, or a map says what each is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from functools import lru_cache

from memeclip_core.datasets.formats.cells import read_words
from memeclip_core.datasets.formats.rows import Format, Record, Row, make_row, same_column
from memeclip_core.records.mapping import ROLES
from memeclip_core.storage.tree import IMAGE_SUFFIXES

IMAGES = (
    "file_name", "image", "img", "image_name", "img_name", "image_path", "img_path", "image_file",
    "filename", "file", "path", "picture", "name",
)  # fmt: skip
TEXTS = (
    "text", "caption", "ocr_text", "text_ocr", "ocr", "text transcription", "transcription",
    "sentence", "meme_text", "text_corrected",
)  # fmt: skip
NAMES = ("name", "id", "meme", "meme_id", "sample_id")
SPLITS = ("split", "subset", "partition")
FACTS = (
    *IMAGES, *TEXTS, *NAMES, *SPLITS, "", "unnamed: 0", "index", "text_source", "gold",
    "annotators", "decided",
)  # fmt: skip
"""Columns that are no labels; all others are."""


def read_row(record: Record) -> Row:
    """Read a line: the image's file name, its text if there is one, and labels by column.

    A column counts as the first of its kind that the record has: a ``name`` is the image's where
    nothing else is.
    """
    facts, labels = _read_roles(tuple(record.values))
    image, text, split, name = (record.text(column) if column else "" for column in facts)
    return make_row(
        record,
        name=name or image or f"{record.path.name}:{record.line}",
        text=text,
        labels={column: read_labels(record, column) for column in labels},
        image_name=image,
        split=split,
    )


@lru_cache(maxsize=64)
def _read_roles(columns: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the columns of image, text, split and name, "" for one that is not there, and those
    of labels, as the record spells them.
    """

    def find(names: Sequence[str]) -> str:
        return next((c for name in names for c in columns if same_column(c, name)), "")

    image = find(IMAGES)
    name = find([name for name in NAMES if not same_column(name, image)])
    labels = tuple(c for c in columns if not any(same_column(c, name) for name in FACTS))
    return (image, find(TEXTS), find(SPLITS), name), labels


def _fits(columns: Set[str], records: Sequence[Record]) -> bool:
    """Say whether a column tells an image or a text; ``name`` does where it names pictures."""
    if columns & ({*IMAGES, *TEXTS} - {"name"}):
        return True
    names = [str(record.value("name")) for record in records] if "name" in columns else []
    return any(name.lower().endswith(IMAGE_SUFFIXES) for name in names)


LIST = Format(
    name="list",
    title="a list of one's own: image (or img, file, path ...), text (or caption, ocr_text ...), "
    "split, labels by column",
    fits=_fits,
    read_row=read_row,
    known=None,
)

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
