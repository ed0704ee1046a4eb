"""Image folders with a metadata file, as Hugging Face datasets has them and this app exports."""

from __future__ import annotations

from memeclip_core.stores.formats.generic import read_labels
from memeclip_core.stores.formats.rows import Format, Record, Row, make_row

FILE_NAME = "file_name"
FACTS = (
    FILE_NAME, "name", "meme", "text", "text_source", "split", "gold", "annotators", "decided",
)  # fmt: skip
"""Columns that are no labels; all others are."""


def read_row(record: Record) -> Row:
    """Read a line: the image's file name, its text if there is one, and labels by column."""
    image = record.text(FILE_NAME)
    name = record.text("name")
    return make_row(
        record,
        name=name or image or record.text("meme") or f"{record.path.name}:{record.line}",
        text=record.text("text"),
        labels={
            column: read_labels(record, column) for column in record.values if column not in FACTS
        },
        image_name=image,
        split=record.text("split"),
    )


IMAGE_FOLDER = Format(
    name="imagefolder",
    title="ImageFolder with metadata.csv or .jsonl: file_name, text, split, labels by column",
    needed=(FILE_NAME,),
    fits=lambda columns, records: FILE_NAME in columns,
    read_row=read_row,
    tasks="",
)
