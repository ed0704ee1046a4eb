"""Hateful Memes (Kiela et al., NeurIPS 2020): jsonl, one label, absent in the test files."""

from __future__ import annotations

from memeclip_core.datasets.formats.rows import Format, Record, Row, make_row


def read_row(record: Record) -> Row:
    """Read a line: id, img, label, text."""
    return make_row(
        record,
        name=record.word("id"),
        text=record.text("text"),
        labels={"label": record.label("label")},
        image_name=record.text("img"),
    )


HATEFUL_MEMES = Format(
    name="hateful-memes",
    title="Hateful Memes jsonl: id, img, label, text",
    needed=("id", "img", "text"),
    fits=lambda columns, records: {"id", "img", "text"} <= columns,
    read_row=read_row,
    tasks="hateful-memes",
    known=("label",),
)
