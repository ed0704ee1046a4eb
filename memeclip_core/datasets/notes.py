"""What is said of a dataset's files: columns not used, rows that stand twice, what is missing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from memeclip_core.datasets.formats.rows import Dataset, Format, Parsed, Row, fold_column
from memeclip_core.datasets.pictures import is_address
from memeclip_core.records.meme import Failure

SHOWN = 20
"""How many columns a message names."""

_NAME = re.compile(r"[\w./()#:-]{1,40}(?: [\w./()#:-]{1,40})?")
"""What a column is called; a meme's text, which a file without a header starts with, is not."""
_SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "upright line"}


def write_notes(kind: Format, parsed: Parsed, rows: Sequence[Row], left: int = 0) -> Iterator[str]:
    """Yield what deserves to be said of one file; ``left`` of its rows are none of those meant."""
    yield from parsed.notes
    if left:
        yield f"{left} of its {len(parsed.records)} rows are left out: --columns takes others."
    unused = list_unused(kind, parsed)
    if unused:
        yield f"Columns that are not used: {_name(unused)}."
    addresses = [row for row in rows if is_address(row.image_name)]
    if addresses:
        yield (
            f"{len(addresses)} rows name their image by an address on the internet, the first in "
            f"{addresses[0].unit} {addresses[0].line}. Nothing is fetched: save the pictures and "
            "name the files."
        )


def note_unlabelled(rows: Sequence[Row]) -> list[Failure]:
    """Name the splits without a label in any row: fit to be predicted, and for nothing else."""
    splits = dict.fromkeys(row.split for row in rows)
    labelled = {row.split for row in rows if row.labels}
    return [
        Failure(
            filename=f"split {split}" if split else "rows without a split",
            reason="No row has a label: they can be predicted, and neither taught nor measured.",
        )
        for split in splits
        if split not in labelled
    ]


def list_unused(kind: Format, parsed: Parsed) -> list[str]:
    """Return the columns of a file that a format does not read, but for a table's index."""
    if kind.known is None:
        return []
    known = {fold_column(column) for column in (*kind.needed, *kind.known)}
    known |= {"unnamed: 0", "index", "level_0"}
    return [column for column in parsed.columns if fold_column(column) not in known]


def describe_unknown(parsed: Parsed) -> str:
    """Say why a file's format is not known: what its columns are, and what would help."""
    if not parsed.columns:
        return "its records have no columns."
    example = next((column for column in parsed.columns if _NAME.fullmatch(column)), "COLUMN")
    return (
        f"its columns are those of no known format. {describe_columns(parsed)} Say what they are, "
        f'such as by the column mapping --columns "text={example}".'
    )


def describe_columns(parsed: Parsed) -> str:
    """Name a file's columns, if they are such."""
    sign = _SEPARATORS.get(parsed.separator, "")
    parted = f", parted by a {sign}" if sign else ""
    if not all(_NAME.fullmatch(column) for column in parsed.columns):
        return (
            f"Its first line, {len(parsed.columns)} cells{parted}, names no columns: add a header."
        )
    return f"Its columns{parted}: {_name(parsed.columns)}."


def leave_out_twins(parts: Sequence[Dataset]) -> tuple[list[Dataset], list[Failure]]:
    """Leave out rows that stand in an earlier file of the same split, and say so.

    A row of the same name and picture is the same row, even where its text was altered.

    Returns:
        the files that have rows left, and a failure for each file whose rows are known already.
    """
    seen: dict[tuple[str, ...], str] = {}
    kept: list[Dataset] = []
    said: list[Failure] = []
    for part in parts:
        own = [_identify(row) for row in part.rows]
        name, twins = ", ".join(part.files), [key for keys in own for key in keys if key in seen]
        rows = tuple(
            row for row, keys in zip(part.rows, own, strict=True) if seen.keys().isdisjoint(keys)
        )
        if twins:
            reason = (
                f"{len(own) - len(rows)} of its {len(own)} rows stand in {seen[twins[0]]} too, and "
                "are not counted twice."
            )
            said.append(Failure(filename=name, reason=reason))
        seen |= {key: name for keys in own for key in keys if key not in seen}
        if rows:
            kept.append(replace(part, rows=rows))
    return kept, said


def _identify(row: Row) -> list[tuple[str, ...]]:
    """Return what two rows share that are one: names alone may stand for different pictures."""
    if row.image is not None:
        return [(row.split, row.name, "", str(row.image))]
    same: list[tuple[str, ...]] = [(row.split, row.name, row.image_name, row.text)]
    if row.image_name:
        folder = PurePosixPath(row.file).parent.as_posix()
        same.append((row.split, row.name, "", f"{folder}/{row.image_name}"))
    return same


def _name(columns: Sequence[str]) -> str:
    shown = [column for column in columns if _NAME.fullmatch(column)][:SHOWN]
    rest = len(columns) - len(shown)
    return ", ".join(shown) + (f" and {rest} more" if rest else "")
