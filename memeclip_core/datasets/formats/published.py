"""Formats of published datasets: how a file of each is known, and how one record of it is read."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set

from memeclip_core.datasets.formats.rows import Format, Record, Row, make_row

# PrideMM (Shah et al., EMNLP 2024): one CSV file with four tasks.

PRIDEMM_TASKS = ("hate", "target", "stance", "humour")
PRIDEMM_COLUMNS = ("name", *PRIDEMM_TASKS, "split", "text")


def _read_pridemm(record: Record) -> Row:
    """Read a row of ``PrideMM.csv``; ``target`` is "NA" where nothing is hateful."""
    name = record.word("name")
    return make_row(
        record,
        name=name,
        text=record.text("text"),
        labels={task: record.label(task) for task in PRIDEMM_TASKS},
        image_name=name,
        split=record.text("split"),
    )


PRIDEMM = Format(
    name="pridemm",
    title="PrideMM CSV: name, hate, target, stance, humour, split, text",
    needed=PRIDEMM_COLUMNS,
    fits=lambda columns, records: {"name", "hate", "text"} <= columns,
    read_row=_read_pridemm,
    tasks="pridemm",
)

# Hateful Memes (Kiela et al., NeurIPS 2020): jsonl, one label, absent in the test files.


def _read_hateful_memes(record: Record) -> Row:
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
    read_row=_read_hateful_memes,
    tasks="hateful-memes",
    known=("label",),
)

# HarMeme, Harm-C and Harm-P (Pramanick et al., 2021): jsonl with one mixed list of labels.

INTENSITIES = ("not harmful", "somewhat harmful", "very harmful")
TARGETS = ("individual", "organization", "community", "society")


def _read_harmeme(record: Record) -> Row:
    """Read a line: id, image, labels, text; ``labels`` is an intensity and then its targets.

    The published task has one target a meme. Where the list names several, the row has no target
    label. A word that is neither stays with the label that it stands for, whose reader refuses it.
    """
    found = record.words("labels") or ()
    words = [word.strip() for cell in found for word in re.split(r"[,;|]", cell) if word.strip()]
    intensity = tuple(word for word in words if word.lower() in INTENSITIES)
    target = tuple(word for word in words if word.lower() in TARGETS)
    strange = tuple(word for word in words if word.lower() not in (*INTENSITIES, *TARGETS))
    if intensity and strange:
        target = strange
    return make_row(
        record,
        name=record.word("id"),
        text=record.text("text"),
        labels={
            "intensity": intensity or strange or None,
            "target": target if len(target) == 1 else None,
        },
        image_name=record.text("image"),
    )


def _fits_harmeme(columns: Set[str], records: Sequence[Record]) -> bool:
    """Say whether the labels are HarMeme's: the columns are those of other sets too."""
    if not {"labels", "text"} <= columns:
        return False
    cells = (cell.lower() for record in records for cell in record.words("labels") or ())
    return any(cell.startswith(INTENSITIES) for cell in cells)


HARMEME = Format(
    name="harmeme",
    title="HarMeme (Harm-C, Harm-P) jsonl: id, image, labels (intensity, target), text",
    needed=("id", "labels", "text"),
    fits=_fits_harmeme,
    read_row=_read_harmeme,
    tasks="harmeme",
    known=("image",),
)

# RESTORE (Yadav et al., 2023) and AxiOM (Mazhar et al., 2025): JSON lists of OCR texts. The images
# of those who have them are called after the ``sample_id``.

DEPRESSION = "meme_depressive_categories"
ANXIETY = "meme_anxiety_category"


def _read_restore(record: Record) -> Row:
    """Read an object: sample_id, ocr_text, and a list of depressive categories."""
    return _make_text_row(record, DEPRESSION, record.words(DEPRESSION))


def _read_axiom(record: Record) -> Row:
    """Read an object: sample_id, ocr_text, and one anxiety category."""
    return _make_text_row(record, ANXIETY, record.label(ANXIETY))


def _make_text_row(record: Record, column: str, labels: tuple[str, ...] | None) -> Row:
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
    read_row=_read_restore,
    tasks="restore",
)

AXIOM = Format(
    name="axiom",
    title=f"AxiOM JSON: sample_id, ocr_text, {ANXIETY}",
    needed=("sample_id", "ocr_text", ANXIETY),
    fits=lambda columns, records: ANXIETY in columns,
    read_row=_read_axiom,
    tasks="axiom",
)

# Propaganda techniques in memes (Dimitrov et al., ACL 2021): jsonl with a list of techniques.


def _read_propaganda(record: Record) -> Row:
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
    read_row=_read_propaganda,
    tasks="propaganda",
    known=("image",),
)

# Memotion 7k (Sharma et al., SemEval 2020, task 8): one CSV file with five tasks, no splits.

MEMOTION_TASKS = ("humour", "sarcasm", "offensive", "motivational", "overall_sentiment")
MEMOTION_TEXTS = ("text_corrected", "text_ocr")


def _read_memotion(record: Record) -> Row:
    """Read a row of ``labels.csv``; where nobody corrected the OCR text, it is the text."""
    name = record.word("image_name")
    texts = [record.text(column) for column in MEMOTION_TEXTS]
    return make_row(
        record,
        name=name,
        text=next((text for text in texts if text.strip()), ""),
        labels={task: record.label(task) for task in MEMOTION_TASKS},
        image_name=name,
    )


MEMOTION = Format(
    name="memotion",
    title=f"Memotion 7k CSV: image_name, text_ocr, text_corrected, {', '.join(MEMOTION_TASKS)}",
    needed=("image_name", *MEMOTION_TEXTS, *MEMOTION_TASKS),
    fits=lambda columns, records: {"image_name", "text_corrected"} <= columns,
    read_row=_read_memotion,
    tasks="memotion",
)
