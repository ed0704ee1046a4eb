"""Propaganda techniques in memes (Dimitrov et al., ACL 2021): jsonl with a list of techniques."""

from __future__ import annotations

from memeclip_core.errors import DatasetError
from memeclip_core.stores.formats.rows import Format, Record, Row, make_row


def read_row(record: Record) -> Row:
    """Read a line: id, labels, text, image. An empty list says that no technique is used."""
    labels = record.words("labels")
    if labels is None:
        raise DatasetError("column labels: missing, or no list of words.")
    return make_row(
        record,
        name=record.word("id"),
        text=record.text("text"),
        labels={"labels": labels},
        image_name=record.text("image"),
    )


PROPAGANDA = Format(
    name="propaganda",
    title="Propaganda techniques jsonl: id, labels (techniques), text, image",
    needed=("id", "labels", "text"),
    fits=lambda columns, records: {"id", "labels", "text", "image"} <= columns,
    read_row=read_row,
    tasks="propaganda",
)
