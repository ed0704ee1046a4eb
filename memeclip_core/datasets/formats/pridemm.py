"""PrideMM (Shah et al., EMNLP 2024): one CSV file with four tasks."""

from __future__ import annotations

from memeclip_core.datasets.formats.rows import Format, Record, Row, make_row

TASKS = ("hate", "target", "stance", "humour")
COLUMNS = ("name", *TASKS, "split", "text")


def read_row(record: Record) -> Row:
    """Read a row of ``PrideMM.csv``; ``target`` is "NA" where nothing is hateful."""
    name = record.word("name")
    return make_row(
        record,
        name=name,
        text=record.text("text"),
        labels={task: record.label(task) for task in TASKS},
        image_name=name,
        split=record.text("split"),
    )


PRIDEMM = Format(
    name="pridemm",
    title="PrideMM CSV: name, hate, target, stance, humour, split, text",
    needed=COLUMNS,
    fits=lambda columns, records: {"name", "hate", "text"} <= columns,
    read_row=read_row,
    tasks="pridemm",
)
