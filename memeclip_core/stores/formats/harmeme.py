"""HarMeme, Harm-C and Harm-P (Pramanick et al., 2021): jsonl with one mixed list of labels."""

from __future__ import annotations

from collections.abc import Sequence, Set

from memeclip_core.errors import DatasetError
from memeclip_core.stores.formats.rows import Format, Record, Row, make_row

INTENSITIES = ("not harmful", "somewhat harmful", "very harmful")
TARGETS = ("individual", "organization", "community", "society")


def read_row(record: Record) -> Row:
    """Read a line: id, image, labels, text; ``labels`` is an intensity and then its targets.

    The published task has one target a meme. Where the list names none or several, the row has
    no target label; an empty intensity is no label either.

    Raises:
        DatasetError: on a word that is neither, or two intensities.
    """
    words = record.words("labels") or ()
    unknown = [word for word in words if word and word not in (*INTENSITIES, *TARGETS)]
    intensity = tuple(word for word in words if word in INTENSITIES)
    target = tuple(word for word in words if word in TARGETS)
    if unknown or len(intensity) > 1:
        what = f"{len(intensity)} intensities" if intensity[1:] else "an unknown label"
        allowed = ", ".join((*INTENSITIES, *TARGETS))
        raise DatasetError(f"column labels: {what}. Allowed: one intensity of {allowed}.")
    return make_row(
        record,
        name=record.word("id"),
        text=record.text("text"),
        labels={
            "intensity": intensity or None,
            "target": target if len(target) == 1 else None,
        },
        image_name=record.text("image"),
    )


def fits(columns: Set[str], records: Sequence[Record]) -> bool:
    """Say whether the labels are HarMeme's: the columns are those of other sets too."""
    found = (record.values.get("labels") for record in records)
    lists = [labels for labels in found if isinstance(labels, list)]
    return "text" in columns and any(word in INTENSITIES for labels in lists for word in labels)


HARMEME = Format(
    name="harmeme",
    title="HarMeme (Harm-C, Harm-P) jsonl: id, image, labels (intensity, target), text",
    needed=("id", "labels", "text"),
    fits=fits,
    read_row=read_row,
    tasks="harmeme",
)
