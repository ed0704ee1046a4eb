"""Lists of one's own whose columns are called as people call them."""

from __future__ import annotations

from collections.abc import Sequence, Set
from functools import lru_cache

from memeclip_core.datasets.formats.generic import read_labels
from memeclip_core.datasets.formats.rows import Format, Record, Row, make_row, same_column
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
