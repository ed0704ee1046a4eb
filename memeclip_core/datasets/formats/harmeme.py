"""HarMeme, Harm-C and Harm-P (Pramanick et al., 2021): jsonl with one mixed list of labels."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set

from memeclip_core.datasets.formats.rows import Format, Record, Row, make_row

INTENSITIES = ("not harmful", "somewhat harmful", "very harmful")
TARGETS = ("individual", "organization", "community", "society")


def read_row(record: Record) -> Row:
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


def fits(columns: Set[str], records: Sequence[Record]) -> bool:
    """Say whether the labels are HarMeme's: the columns are those of other sets too."""
    if not {"labels", "text"} <= columns:
        return False
    cells = (cell.lower() for record in records for cell in record.words("labels") or ())
    return any(cell.startswith(INTENSITIES) for cell in cells)


HARMEME = Format(
    name="harmeme",
    title="HarMeme (Harm-C, Harm-P) jsonl: id, image, labels (intensity, target), text",
    needed=("id", "labels", "text"),
    fits=fits,
    read_row=read_row,
    tasks="harmeme",
    known=("image",),
)
