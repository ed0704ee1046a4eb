"""Lists of one's own: their columns are called as people call them, or a map says what each is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from functools import lru_cache

from memeclip_core.datasets.formats.cells import read_words
from memeclip_core.datasets.formats.rows import Format, Record, Row, make_row, same_column
from memeclip_core.datasets.spelling import fold_word, read_sign
from memeclip_core.errors import DatasetError
from memeclip_core.records.mapping import EITHER, JOINED, NONE, ROLES, WHERE
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
    plain = {role: column for role, column in columns.items() if ":" not in role}
    labels = {role: column for role, column in plain.items() if role not in ROLES}
    values = {role: _Values(role, columns) for role in labels}
    where = {
        role.partition(":")[2]: {fold_word(word) for word in said.split(EITHER)}
        for role, said in columns.items()
        if role.partition(":")[0] == WHERE
    }

    def text(record: Record, role: str) -> str:
        return record.text(columns[role]) if role in columns else ""

    def read_row(record: Record) -> Row:
        image = text(record, "image")
        name = record.word(columns["name"]) if "name" in columns else image
        row = make_row(
            record,
            name=name or f"{record.path.name}:{record.line}",
            text=text(record, "text"),
            labels={role: values[role].read(record, column) for role, column in labels.items()},
            image_name=image,
            split=text(record, "split"),
        )
        pairs = {role: values[role].pair(record, column) for role, column in labels.items()}
        return replace(row, mapped={role: own for role, own in pairs.items() if own})

    def takes(record: Record) -> bool:
        return all(
            wanted & {fold_word(word) for word in read_words(record.value(column)) or ()}
            for column, wanted in where.items()
        )

    read = [column for said in plain.values() for column in said.split(JOINED)]
    return Format(
        name=GENERIC,
        title="any table or JSON file, with --columns",
        needed=(*read, *where),
        read_row=read_row,
        takes=takes,
    )


class _Values:
    """What the values of a task's column, or of its columns, mean."""

    def __init__(self, task: str, columns: Mapping[str, str]) -> None:
        self._meant: dict[str, str] = {}
        for role, said in columns.items():
            of, colon, label = role.partition(":")
            if colon and of == task:
                self._meant |= {fold_word(word): label for word in said.split(EITHER)}

    def read(self, record: Record, column: str) -> tuple[str, ...] | None:
        """Return the labels of one column, or of several that say 1 or 0."""
        if JOINED in column:
            return self._join(record, column.split(JOINED))
        found = read_labels(record, column)
        if found is None or not self._meant:
            return found
        meant = dict.fromkeys(label for _, label in self.pair(record, column))
        return tuple(word for word in meant if word != NONE)

    def pair(self, record: Record, column: str) -> tuple[tuple[str, str], ...]:
        """Return each value of one column with what it means; none where no map says so."""
        if JOINED in column or not self._meant:
            return ()
        found = read_labels(record, column) or ()
        return tuple((word, self._meant.get(fold_word(word), word)) for word in found)

    def _join(self, record: Record, columns: Sequence[str]) -> tuple[str, ...] | None:
        """Return the columns that say 1; ``None`` where one of them says nothing."""
        cells = [record.words(column) for column in columns]
        if not all(cells):
            return None
        signs = [read_sign(cell[0]) if len(cell) == 1 else None for cell in cells if cell]
        if None in signs:
            raise DatasetError(
                f"column {columns[signs.index(None)]}: it says whether a label holds, and allowed "
                "are 1 and 0 (or yes and no)."
            )
        held = [column for column, sign in zip(columns, signs, strict=True) if sign]
        return tuple(self._meant.get(fold_word(column), column) for column in held)


def read_labels(record: Record, column: str) -> tuple[str, ...] | None:
    """Return the labels of one column, or ``None`` where there is none; see ``build_generic``."""
    value = record.value(column)
    words = read_words(value)
    # What is a list already is taken apart no further: a label may hold the sign.
    if not words or isinstance(value, list) or (words[0] != str(value).strip()):
        return words
    parts = (part.strip() for word in words for part in word.split(SEVERAL))
    return tuple(dict.fromkeys(part for part in parts if part)) or None
