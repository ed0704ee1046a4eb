"""Propaganda techniques in memes (Dimitrov et al., ACL 2021): jsonl with a list of techniques."""

from __future__ import annotations

from memeclip_core.datasets.formats.rows import Format, Record, Row, make_row


def read_row(record: Record) -> Row:
    """Read a line: id, labels, text, image. An empty list says that no technique is used."""
    return make_row(
        record,
        name=record.word("id"),
        text=record.text("text"),
        labels={"labels": record.words("labels")},
        image_name=record.text("image"),
    )


PROPAGANDA = Format(
    name="propaganda",
    title="Propaganda techniques jsonl: id, labels (techniques), text, image",
    needed=("id", "labels", "text"),
    fits=lambda columns, records: {"id", "labels", "text", "image"} <= columns,
    read_row=read_row,
    tasks="propaganda",
    known=("image",),
)
