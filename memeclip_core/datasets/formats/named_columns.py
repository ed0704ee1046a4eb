"""Lists of one's own whose columns are called as people call them."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Roles:
    """What the columns of a record are, as it spells them; "" for what it lacks."""

    image: str
    text: str
    split: str
    name: str
    labels: tuple[str, ...]


def read_row(record: Record) -> Row:
    """Read a line: the image's file name, its text if there is one, and labels by column.

    A column counts as the first of its kind that the record has: a ``name`` is the image's where
    nothing else is.
    """
    roles = _read_roles(tuple(record.values))
    image, text, split, name = (
        record.text(column) if column else ""
        for column in (roles.image, roles.text, roles.split, roles.name)
    )
    return make_row(
        record,
        name=name or image or f"{record.path.name}:{record.line}",
        text=text,
        labels={column: read_labels(record, column) for column in roles.labels},
        image_name=image,
        split=split,
    )


@lru_cache(maxsize=64)
def _read_roles(columns: tuple[str, ...]) -> _Roles:
    def find(names: Sequence[str]) -> str:
        return next((c for name in names for c in columns if same_column(c, name)), "")

    image = find(IMAGES)
    return _Roles(
        image=image,
        text=find(TEXTS),
        split=find(SPLITS),
        name=find([name for name in NAMES if not same_column(name, image)]),
        labels=tuple(c for c in columns if not any(same_column(c, name) for name in FACTS)),
    )


def _fits(columns: Set[str], records: Sequence[Record]) -> bool:
    return bool(columns & ({*IMAGES, *TEXTS} - {"name"})) or _names_pictures(columns, records)


def _names_pictures(columns: Set[str], records: Sequence[Record]) -> bool:
    """Say whether the names of a list without another column for them are those of pictures."""
    names = [str(record.value("name")) for record in records] if "name" in columns else []
    return any(name.lower().endswith(IMAGE_SUFFIXES) for name in names)


LIST = Format(
    name="list",
    title="a list of one's own: image (or img, file, path ...), text (or caption, ocr_text ...), "
    "split, labels by column",
    needed=(),
    fits=_fits,
    read_row=read_row,
    tasks="",
    known=None,
)
