"""Memotion 7k (Sharma et al., SemEval 2020, task 8): one CSV file with five tasks, no splits."""

from __future__ import annotations

from memeclip_core.datasets.formats.rows import Format, Record, Row, make_row

TASKS = ("humour", "sarcasm", "offensive", "motivational", "overall_sentiment")
TEXTS = ("text_corrected", "text_ocr")


def read_row(record: Record) -> Row:
    """Read a row of ``labels.csv``; where nobody corrected the OCR text, it is the text."""
    name = record.word("image_name")
    texts = [record.text(column) for column in TEXTS]
    return make_row(
        record,
        name=name,
        text=next((text for text in texts if text.strip()), ""),
        labels={task: record.label(task) for task in TASKS},
        image_name=name,
    )


MEMOTION = Format(
    name="memotion",
    title=f"Memotion 7k CSV: image_name, text_ocr, text_corrected, {', '.join(TASKS)}",
    needed=("image_name", *TEXTS, *TASKS),
    fits=lambda columns, records: {"image_name", "text_corrected"} <= columns,
    read_row=read_row,
    tasks="memotion",
)
