"""Image folders with a metadata file, as Hugging Face datasets has them, and our own exports."""

from __future__ import annotations

from memeclip_core.datasets.formats import named_columns
from memeclip_core.datasets.formats.named_columns import read_labels
from memeclip_core.datasets.formats.rows import Format, Record, Row, make_row, restore_cells
from memeclip_core.storage.tree import IMAGE_SUFFIXES

FILE_NAME = "file_name"
FACTS = (
    FILE_NAME, "name", "meme", "project", "text", "text_source", "split", "gold", "status", "votes",
    "imported", "annotators", "decided",
)  # fmt: skip
"""Columns that are no labels; all others are."""

LABEL = "label_"
"""Before the column of a task that has the name of one of these."""

OWN = ("name", "meme", "text")
"""What every export of ours has."""


def read_row(record: Record) -> Row:
    """Read a line: the image's file name, its text if there is one, and labels by column.

    In an export of ours without file names the image has the meme's name, and the apostrophe that
    keeps a spreadsheet from running a cell is taken off again.
    """
    if not set(OWN) <= record.values.keys():
        return named_columns.read_row(record)
    if record.path.suffix.lower() == ".csv":
        record = restore_cells(record)
    name = record.text("name")
    named = name if name.lower().endswith(IMAGE_SUFFIXES) else ""  # else it is a text alone
    image = record.text(FILE_NAME) if FILE_NAME in record.values else named
    return make_row(
        record,
        name=name or image or record.text("meme") or f"{record.path.name}:{record.line}",
        text=record.text("text"),
        labels={
            _column(column): read_labels(record, column)
            for column in record.values
            if column not in FACTS
        },
        image_name=image,
        split=record.text("split"),
        content=record.text("meme"),
    )


def _column(column: str) -> str:
    plain = column.removeprefix(LABEL)
    return plain if plain in FACTS else column


IMAGE_FOLDER = Format(
    name="imagefolder",
    title="ImageFolder with metadata.csv or .jsonl: file_name, text, split, labels by column",
    needed=(FILE_NAME,),
    fits=lambda columns, records: FILE_NAME in columns,
    read_row=read_row,
    known=None,
)

EXPORT = Format(
    name="memeclip",
    title="an export of this app: name, meme, text, split, labels by column",
    needed=OWN,
    fits=lambda columns, records: set(OWN) <= columns,
    read_row=read_row,
    known=None,
)
