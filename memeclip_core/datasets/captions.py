"""Captions of pictures, as the published image-caption sets write them."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

from memeclip_core.errors import DatasetError


class _Tabs(csv.excel_tab):
    """Columns apart by tabs; a quotation mark is a letter like any other."""

    quoting = csv.QUOTE_NONE


class Caption(NamedTuple):
    """One sentence about the picture with this file name."""

    image: str
    text: str


def read_captions(path: Path) -> list[Caption]:
    """Read ``name#number<tab>caption`` lines (Flickr8k) or ``name,caption`` rows of a .csv file.

    Raises:
        DatasetError: if the file cannot be read or a line is neither; the message names it.
    """
    dialect = csv.excel if path.suffix.lower() == ".csv" else _Tabs
    found: list[Caption] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in (reader := csv.reader(file, dialect)):
                if len(row) != 2:
                    raise DatasetError(
                        f"{path}, line {reader.line_num}: {len(row)} columns. Two are needed: the "
                        "picture's file name, and one caption."
                    )
                found.append(Caption(row[0].split("#")[0].strip(), row[1].strip()))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(f"{path} cannot be read as captions ({type(error).__name__}).") from None
    if not found:
        raise DatasetError(f"{path} holds no captions.")
    return found
