"""Readers of published datasets: rows as they are, faults named by file, line and column."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from memeclip_core.errors import DatasetError
from memeclip_core.records import Failure

PRIDEMM_TASKS = ("hate", "target", "stance", "humour")
PRIDEMM_VALUES = {"hate": 2, "target": 4, "stance": 3, "humour": 2}
PRIDEMM_COLUMNS = ("name", *PRIDEMM_TASKS, "split", "text")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One meme of a dataset.

    Attributes:
        name: its name in the dataset; not unique.
        image: the image's path, or ``None`` where the file does not exist or is not known.
        text: the text as published, character by character; "" if it has none.
        labels: values by column, as written in the file (compare ``Label.value``); a task that
            is not labelled is absent. One value if multiclass, any number if multilabel.
        split: ``train``, ``val``, ``test`` or "".
        line: the line of the file where the row starts.
    """

    name: str
    image: Path | None
    text: str
    labels: dict[str, tuple[str, ...]]
    split: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """The rows of a dataset in file order, duplicates included, and the lines left out."""

    rows: tuple[Row, ...]
    left_out: tuple[Failure, ...]


def read_csv_rows(
    path: Path, needed: Sequence[str] = ()
) -> tuple[tuple[str, ...], list[tuple[int, dict[str, str]]]]:
    """Read a CSV file with a header: its columns, and each row with the line it starts on.

    Cells are words: "NA" and "" stay what they are. Blank lines are skipped.

    Raises:
        DatasetError: if the file is missing, is not UTF-8, lacks a needed column, or a row has
            more or fewer cells than the header.
    """
    text = read_text(path)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[tuple[int, dict[str, str]]] = []
    try:
        header = tuple(next(reader, []))
        _check_header(path, header, needed)
        line = reader.line_num + 1
        for cells in reader:
            if cells and len(cells) != len(header):
                raise DatasetError(
                    f"{path}, line {line}: {len(cells)} cells under {len(header)} columns. "
                    "Quote cells that contain commas or line breaks."
                )
            if cells:
                rows.append((line, dict(zip(header, cells, strict=True))))
            line = reader.line_num + 1
    except csv.Error as error:
        raise DatasetError(f"{path}, line {reader.line_num}: not valid CSV: {error}.") from None
    return header, rows


def read_text(path: Path) -> str:
    """Return a UTF-8 file's text with its line ends as they are; a byte order mark is dropped.

    Raises:
        DatasetError: if it cannot be read, or is not UTF-8.
    """
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise DatasetError(f"{path}, line {line}: not UTF-8. Save the file as UTF-8.") from None
    except OSError as error:
        raise DatasetError(f"{path} cannot be read: {error.strerror}.") from None


def read_pridemm(path: Path) -> list[Row]:
    """Read ``PrideMM.csv``: name, hate, target, stance, humour, split, text.

    ``target`` is "NA" where nothing is hateful; that, and only there, means not labelled.

    Raises:
        DatasetError: naming the file, line and column.
    """
    _, cells = read_csv_rows(path, PRIDEMM_COLUMNS)
    return [_pridemm_row(path, line, row) for line, row in cells]


def read_propaganda(path: Path) -> list[Row]:
    """Read a jsonl file of the propaganda memes; see ``read_propaganda_dataset``.

    Lines that cannot be used are left out; ``read_propaganda_dataset`` also returns those.
    """
    return list(read_propaganda_dataset(path).rows)


def read_propaganda_dataset(path: Path) -> Dataset:
    """Read a jsonl file of the propaganda memes: id, labels, text, image.

    Images are looked for in ``images/`` beside the file; the split is the file's name. A line
    that is not a JSON object with the right fields is left out, with its number and the reason.

    Raises:
        DatasetError: if the file cannot be read, or no line of it can be used.
    """
    rows: list[Row] = []
    left_out: list[Failure] = []
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            rows.append(_propaganda_row(path, number, line))
        except DatasetError as error:
            left_out.append(Failure(filename=f"{path.name}, line {number}", reason=str(error)))
    if left_out and not rows:
        raise DatasetError(
            f"{path}: none of its {len(left_out)} lines can be used. "
            f"The first, {left_out[0].filename}: {left_out[0].reason}"
        )
    return Dataset(rows=tuple(rows), left_out=tuple(left_out))


def _check_header(path: Path, header: Sequence[str], needed: Sequence[str]) -> None:
    repeated = sorted({name for name in header if header.count(name) > 1})
    if repeated:
        raise DatasetError(f"{path}, line 1: the column '{repeated[0]}' stands there twice.")
    missing = [name for name in needed if name not in header]
    if missing:
        raise DatasetError(
            f"{path}, line 1: the column '{missing[0]}' is missing. "
            f"Needed: {', '.join(needed)}. Found: {', '.join(header) or 'nothing'}."
        )


def _pridemm_row(path: Path, line: int, cells: Mapping[str, str]) -> Row:
    labels: dict[str, tuple[str, ...]] = {}
    for task in PRIDEMM_TASKS:
        value = cells[task]
        allowed = [str(i) for i in range(PRIDEMM_VALUES[task])]
        if task == "target" and value == "NA":
            continue
        if value not in allowed:
            more = " or NA" if task == "target" else ""
            raise DatasetError(
                f"{path}, line {line}, column {task}: '{value[:40]}' is not a label. "
                f"Allowed: {', '.join(allowed)}{more}."
            )
        labels[task] = (value,)
    return Row(
        name=cells["name"],
        image=None,
        text=cells["text"],
        labels=labels,
        split=cells["split"],
        line=line,
    )


def _propaganda_row(path: Path, number: int, line: str) -> Row:
    try:
        record = json.loads(line)
    except ValueError as error:
        raise DatasetError(f"not valid JSON: {error}.") from None
    if not isinstance(record, dict):
        raise DatasetError("not a JSON object in braces.")
    name, text, image = (record.get(key) for key in ("id", "text", "image"))
    labels = record.get("labels")
    if not isinstance(name, str | int) or isinstance(name, bool):
        raise DatasetError("the field 'id' is missing or no word.")
    if text is not None and not isinstance(text, str):
        raise DatasetError("the field 'text' is no text.")
    if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
        raise DatasetError("the field 'labels' is missing or no list of words.")
    if image is not None and not isinstance(image, str):
        raise DatasetError("the field 'image' is no file name.")
    file = path.parent / "images" / Path(image).name if image else None
    return Row(
        name=str(name),
        image=file if file is not None and file.is_file() else None,
        text=text or "",
        labels={"labels": tuple(dict.fromkeys(labels))},
        split=path.stem,
        line=number,
    )
