"""Formats of published datasets: how a file of each is known, and how one record of it is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence, Set

from memeclip_core.datasets.formats.rows import Fits, Format, Record, Row, make_row

Read = Callable[[Record, str], tuple[str, ...] | None]

ONE, SEVERAL = Record.label, Record.words
"""A column with one label, and one with any number, of which none is an answer."""


def _publish(
    key: str,
    title: str,
    *,
    needed: Sequence[str],
    fits: Set[str] | Fits,
    labels: Mapping[str, Read] | Callable[[Record], Mapping[str, tuple[str, ...] | None]],
    name: str = "id",
    texts: Sequence[str] = ("text",),
    image: str = "image",
    ending: str = "",
    split: str = "",
    known: tuple[str, ...] = (),
) -> Format:
    """Return a format, and the task set, of this key.

    Args:
        key, title, needed, known: see ``Format``.
        fits: columns that tell the format, or what tells it.
        labels: how each column of labels is read, or what reads them all.
        name, image, split: the columns with a row's name, image and split.
        texts: the columns with the text; the first one that has any counts.
        ending: what the image's name lacks.
    """

    def read_row(record: Record) -> Row:
        called, written = record.word(name), [record.text(column) for column in texts]
        return make_row(
            record,
            name=called,
            text=next((text for text in written if text.strip()), written[0]),
            labels=labels(record)
            if callable(labels)
            else {column: read(record, column) for column, read in labels.items()},
            image_name=record.text(image) + ending,
            split=record.text(split) if split else "",
        )

    return Format(
        name=key,
        title=title,
        needed=tuple(needed),
        fits=fits if callable(fits) else (lambda columns, records: fits <= columns),
        read_row=read_row,
        tasks=key,
        known=known,
    )


# Shah et al., EMNLP 2024. ``target`` is "NA" where nothing is hateful.
PRIDEMM = _publish(
    "pridemm",
    "PrideMM CSV: name, hate, target, stance, humour, split, text",
    needed=("name", "hate", "target", "stance", "humour", "split", "text"),
    fits={"name", "hate", "text"},
    labels=dict.fromkeys(("hate", "target", "stance", "humour"), ONE),
    name="name",
    image="name",
    split="split",
)

# Kiela et al., NeurIPS 2020. The label is absent in the test files.
HATEFUL_MEMES = _publish(
    "hateful-memes",
    "Hateful Memes jsonl: id, img, label, text",
    needed=("id", "img", "text"),
    fits={"id", "img", "text"},
    labels={"label": ONE},
    image="img",
    known=("label",),
)

INTENSITIES = ("not harmful", "somewhat harmful", "very harmful")
TARGETS = ("individual", "organization", "community", "society")


def _read_harm(record: Record) -> dict[str, tuple[str, ...] | None]:
    """Read the one mixed list of labels: an intensity and then its targets.

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
    return {
        "intensity": intensity or strange or None,
        "target": target if len(target) == 1 else None,
    }


def _fits_harmeme(columns: Set[str], records: Sequence[Record]) -> bool:
    """Say whether the labels are HarMeme's: the columns are those of other sets too."""
    if not {"labels", "text"} <= columns:
        return False
    cells = (cell.lower() for record in records for cell in record.words("labels") or ())
    return any(cell.startswith(INTENSITIES) for cell in cells)


# Harm-C and Harm-P, Pramanick et al., 2021.
HARMEME = _publish(
    "harmeme",
    "HarMeme (Harm-C, Harm-P) jsonl: id, image, labels (intensity, target), text",
    needed=("id", "labels", "text"),
    fits=_fits_harmeme,
    labels=_read_harm,
    known=("image",),
)

# Yadav et al., 2023. Images, of those who have them, are called after the ``sample_id``.
DEPRESSION = "meme_depressive_categories"
RESTORE = _publish(
    "restore",
    f"RESTORE JSON: sample_id, ocr_text, {DEPRESSION}",
    needed=("sample_id", "ocr_text", DEPRESSION),
    fits={DEPRESSION},
    labels={DEPRESSION: SEVERAL},
    name="sample_id",
    texts=("ocr_text",),
    image="sample_id",
    ending=".jpg",
)

# Mazhar et al., 2025, with images as RESTORE has them.
ANXIETY = "meme_anxiety_category"
AXIOM = _publish(
    "axiom",
    f"AxiOM JSON: sample_id, ocr_text, {ANXIETY}",
    needed=("sample_id", "ocr_text", ANXIETY),
    fits={ANXIETY},
    labels={ANXIETY: ONE},
    name="sample_id",
    texts=("ocr_text",),
    image="sample_id",
    ending=".jpg",
)

# Dimitrov et al., ACL 2021.
PROPAGANDA = _publish(
    "propaganda",
    "Propaganda techniques jsonl: id, labels (techniques), text, image",
    needed=("id", "labels", "text"),
    fits={"id", "labels", "text", "image"},
    labels={"labels": SEVERAL},
    known=("image",),
)

# Sharma et al., SemEval 2020, task 8. Where nobody corrected the OCR text, it is the text.
MEMOTION_TASKS = ("humour", "sarcasm", "offensive", "motivational", "overall_sentiment")
MEMOTION = _publish(
    "memotion",
    f"Memotion 7k CSV: image_name, text_ocr, text_corrected, {', '.join(MEMOTION_TASKS)}",
    needed=("image_name", "text_corrected", "text_ocr", *MEMOTION_TASKS),
    fits={"image_name", "text_corrected"},
    labels=dict.fromkeys(MEMOTION_TASKS, ONE),
    name="image_name",
    texts=("text_corrected", "text_ocr"),
    image="image_name",
)

# In the order of asking: HarMeme has the columns of propaganda, and labels of its own.
PUBLISHED = (PRIDEMM, HATEFUL_MEMES, HARMEME, RESTORE, AXIOM, PROPAGANDA, MEMOTION)
