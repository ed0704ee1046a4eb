"""RESTORE (Yadav et al., 2023) and AxiOM (Mazhar et al., 2025): JSON lists of OCR texts.

The images of those who have them are called after the ``sample_id``.
"""

from __future__ import annotations

from memeclip_core.datasets.formats.rows import Format, Record, Row, make_row

DEPRESSION = "meme_depressive_categories"
ANXIETY = "meme_anxiety_category"


def read_restore_row(record: Record) -> Row:
    """Read an object: sample_id, ocr_text, and a list of depressive categories."""
    return _make_row(record, DEPRESSION, record.words(DEPRESSION))


def read_axiom_row(record: Record) -> Row:
    """Read an object: sample_id, ocr_text, and one anxiety category."""
    return _make_row(record, ANXIETY, record.label(ANXIETY))


def _make_row(record: Record, column: str, labels: tuple[str, ...] | None) -> Row:
    name = record.word("sample_id")
    return make_row(
        record,
        name=name,
        text=record.text("ocr_text"),
        labels={column: labels},
        image_name=f"{name}.jpg",
    )


RESTORE = Format(
    name="restore",
    title=f"RESTORE JSON: sample_id, ocr_text, {DEPRESSION}",
    needed=("sample_id", "ocr_text", DEPRESSION),
    fits=lambda columns, records: DEPRESSION in columns,
    read_row=read_restore_row,
    tasks="restore",
)

AXIOM = Format(
    name="axiom",
    title=f"AxiOM JSON: sample_id, ocr_text, {ANXIETY}",
    needed=("sample_id", "ocr_text", ANXIETY),
    fits=lambda columns, records: ANXIETY in columns,
    read_row=read_axiom_row,
    tasks="axiom",
)
