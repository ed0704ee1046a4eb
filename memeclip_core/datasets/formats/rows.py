"""What every reader of a dataset works on and returns."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence, Set, Sized
from dataclasses import dataclass, field, replace
from pathlib import Path

from memeclip_core.datasets.formats.cells import is_gap, read_words, restore
from memeclip_core.datasets.formats.text_file import check_characters
from memeclip_core.errors import DatasetError
from memeclip_core.records.dataset_report import PictureCount
from memeclip_core.records.meme import Failure
from memeclip_core.tasks import TaskSet

_SPLITS = {
    "train": "train", "training": "train",
    "val": "val", "valid": "val", "validation": "val", "dev": "val",
    "test": "test", "testing": "test",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One meme of a dataset.

    Attributes:
        name: its name in the dataset; not unique.
        image: the image's path, or ``None`` where the file does not exist or is not known.
        text: the text as published, character by character; "" if it has none.
        labels: values by column, as written in the file (compare ``Label.value``); a task that
            is not labelled is absent. One value if multiclass, any number if multilabel.
        split: ``train``, ``val``, ``test``, another name that the dataset gives, or "".
        line: the line of the file where the row starts.
        file: the file's name.
        unit: what ``line`` counts: lines, rows of a table, or entries of a JSON object.
        image_name: the image as the row names it, whether or not the file exists; or "".
        content: the meme's content id, where an export of ours says it; or "".
        mapped: by column of ``labels``, values as the file has them, each with the label that a
            column map says it means; columns without such a map are absent.
    """

    name: str
    image: Path | None
    text: str
    labels: dict[str, tuple[str, ...]]
    split: str
    line: int
    file: str = ""
    unit: str = "line"
    image_name: str = ""
    content: str = ""
    mapped: dict[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """Where the row stands, in words: "train.jsonl, line 7"."""
        place = f"{self.unit} {self.line}"
        return f"{self.file}, {place}" if self.file else place


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """The rows of a dataset in file order, duplicates included, and what was left out.

    Attributes:
        rows: the usable rows.
        left_out: one failure for each line that cannot be used: its file and line, and why.
        format: the format's name, or "".
        files: the files' names, in reading order.
        skipped: the files of a folder or archive that were not read, and why.
        notes: what deserves to be said of a file, such as columns that were not used.
        pictures: those that lie beside the lists, whether or not a row names them.
        unread: labels that cannot be read, and why; their rows stay, without them.
        task_set: whose labels the rows have, once they were looked up; see ``settle_labels``.
    """

    rows: tuple[Row, ...]
    left_out: tuple[Failure, ...]
    format: str = ""
    files: tuple[str, ...] = ()
    skipped: tuple[Failure, ...] = ()
    notes: tuple[Failure, ...] = ()
    pictures: frozenset[Path] = frozenset()
    unread: tuple[Failure, ...] = ()
    task_set: TaskSet | None = None

    @property
    def found(self) -> PictureCount:
        """How many of the named pictures are there."""
        return count_pictures(self.rows, self.pictures)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One record of a file before its format is known: a CSV row, or a JSON object.

    ``path`` is the file's name below the folder that is read. Values are by column, and words if
    the file is CSV. ``line`` and ``unit`` are as in ``Row``.
    """

    path: Path
    line: int
    values: Mapping[str, object]
    unit: str = "line"

    def value(self, column: str) -> object:
        """Return a value by its column's name, whose case and outer blanks do not matter."""
        if column in self.values:
            return self.values[column]
        return next((v for name, v in self.values.items() if same_column(name, column)), None)

    def word(self, column: str) -> str:
        """Return a name: a word or a whole number.

        Raises:
            DatasetError: naming the column.
        """
        value = self.value(column)
        words = None if isinstance(value, bool | list | dict) else read_words(value)
        if not words or (isinstance(value, float) and not value.is_integer()):
            raise DatasetError(f"column {column}: missing, or no word.")
        return value if isinstance(value, str) else words[0]

    def text(self, column: str) -> str:
        """Return a text as it is written; "" where there is none.

        Raises:
            DatasetError: naming the column.
        """
        value = self.value(column)
        if isinstance(value, str):
            return value
        if isinstance(value, bool | list | dict):
            what = f"a list of {len(value)} items" if isinstance(value, list) else "no text"
            raise DatasetError(f"column {column}: {what}, and one text is expected.")
        return " ".join(read_words(value) or ())

    def label(self, column: str) -> tuple[str, ...] | None:
        """Return one label as a tuple, or ``None`` where the record has none.

        What is no label of the task is left to ``label_mapping``: it costs the label alone.
        """
        return self.words(column) or None

    def words(self, column: str) -> tuple[str, ...] | None:
        """Return a list of words without repeats and gaps, or ``None`` where there is none.

        An empty list is an answer: none of the labels holds.
        """
        found = read_words(self.value(column))
        kept = tuple(word for word in found or () if not is_gap(word))
        return None if found is None or (found and not kept) else kept


def restore_cells(record: Record) -> Record:
    """Return a record of a CSV file of ours with its cells as they were; see ``restore``."""
    values = {
        column: restore(value) if isinstance(value, str) else value
        for column, value in record.values.items()
    }
    return replace(record, values=values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """A file as records, before its format is known.

    Attributes:
        columns: the columns of a CSV file's header, or of all JSON objects together.
        records: what could be parsed, in file order.
        faults: why a line could not, by its number.
        unit: see ``Row``.
        notes: sentences on how the file was read.
        separator: between the cells of a CSV file, or "".
    """

    path: Path
    columns: tuple[str, ...]
    records: tuple[Record, ...]
    faults: Mapping[int, str]
    unit: str = "line"
    notes: tuple[str, ...] = ()
    separator: str = ""

    @property
    def cells(self) -> int:
        """How many there are in all records."""
        return sum(len(record.values) for record in self.records)

    @property
    def folder(self) -> str:
        """The name of the file's folder below the one that is read, or ""."""
        return self.path.as_posix().rpartition("/")[0]


Item = Mapping[str, object] | str
"""A record's values by column, or what is wrong with it."""


MOST_ROWS = 500_000
"""Of one file; as many as a folder may hold pictures."""
MOST_COLUMNS = 1_000
MOST_FAULTS = 500
"""Rows that cannot be used before a file counts as none."""


MOST_CELLS = 10_000_000
"""Of all rows together; each takes about a hundred bytes of memory."""


def check_cells(path: Path, cells: int) -> None:
    """Raise DatasetError if a file has more cells than there is memory for."""
    if cells > MOST_CELLS:
        raise DatasetError(
            f"{path}: there are more than {MOST_CELLS:,} cells or values. Keep the columns with "
            "the image, the text and the labels, or split the file."
        )


def check_width(path: Path, columns: Sized) -> None:
    """Raise DatasetError if a file has more columns than anybody names."""
    if len(columns) > MOST_COLUMNS:
        raise DatasetError(
            f"{path}: there are {len(columns):,} columns or more; at most {MOST_COLUMNS:,} are "
            "read. Keep those with the image, the text and the labels."
        )


def gather(
    path: Path,
    items: Iterable[tuple[int, Item]],
    *,
    unit: str = "line",
    columns: Sequence[str] | None = None,
    notes: Iterable[str] = (),
    separator: str = "",
) -> Parsed:
    """Return a file of these lines; without ``columns`` it has those of all records together.

    Raises:
        DatasetError: if there are more than anybody lists, or hardly any that can be used.
    """
    records: list[Record] = []
    faults: dict[int, str] = {}
    found: dict[str, None] = {}
    cells = 0
    check_width(path, () if columns is None else columns)
    for line, item in items:
        if len(records) + len(faults) >= MOST_ROWS:
            raise DatasetError(f"{path}: there are more than {MOST_ROWS:,} rows. Split the file.")
        if len(faults) >= MOST_FAULTS and len(faults) > 9 * len(records):
            first = min(faults)
            raise DatasetError(
                f"{path}: {len(faults):,} of its first {len(records) + len(faults):,} rows cannot "
                f"be used. The first, {unit} {first}: {faults[first]}"
            )
        check_width(path, found)
        cells += len(item) if isinstance(item, Mapping) else 0
        check_cells(path, cells)
        why = item if isinstance(item, str) else check_characters(item.values())
        if isinstance(item, str) or why:
            faults[line] = why
        else:
            records.append(Record(path=path, line=line, unit=unit, values=item))
            found |= dict.fromkeys(item)
    return Parsed(
        path=path,
        columns=tuple(found if columns is None else columns),
        records=tuple(records),
        faults=faults,
        unit=unit,
        notes=tuple(note for note in notes if note),
        separator=separator,
    )


Fits = Callable[[Set[str], Sequence[Record]], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A published format: how to know it, and how to read one record of it.

    Attributes:
        name: what ``--format`` calls it.
        title: what a person reads: whose files these are.
        needed: columns without which a file cannot be of this format.
        fits: says whether a file looks like this format, from its columns and first records.
        read_row: turns a record into a row; raises DatasetError naming the column. The image's
            path and the file are filled in afterwards.
        tasks: the shipped task set that its labels belong to, or "" where they may be any.
        known: columns that it reads besides those it needs; ``None`` where it reads all.
        takes: says whether a record is one of those that are meant.
    """

    name: str
    title: str
    read_row: Callable[[Record], Row]
    needed: tuple[str, ...] = ()
    fits: Fits = lambda columns, records: True
    tasks: str = ""
    known: tuple[str, ...] | None = ()
    takes: Callable[[Record], bool] = lambda record: True


def count_pictures(rows: Sequence[Row], pictures: Set[Path]) -> PictureCount:
    """Count the pictures that rows name, that are there, and that no row names."""
    named = [row for row in rows if row.image_name]
    there = [row.image for row in named if row.image is not None]
    return PictureCount(named=len(named), found=len(there), unnamed=len(pictures - set(there)))


def fold_column(name: str) -> str:
    """Return a column's name without what does not matter: case and outer blanks."""
    return name.strip().casefold()


def same_column(one: str, other: str) -> bool:
    """Say whether two names of columns differ in case and outer blanks at most."""
    return fold_column(one) == fold_column(other)


def known_split(name: str) -> str:
    """Return ``train``, ``val`` or ``test`` where a word or file name says so, else "".

    ``unseen`` is kept apart: the seen and unseen files of Hateful Memes overlap.
    """
    words = re.split(r"[^a-z]+", name.lower())
    found = next((_SPLITS[word] for word in words if word in _SPLITS), "")
    return f"{found}_unseen" if found and "unseen" in words else found


def make_row(
    record: Record,
    *,
    name: str,
    text: str,
    labels: Mapping[str, tuple[str, ...] | None],
    image_name: str = "",
    split: str = "",
    content: str = "",
) -> Row:
    """Return a record's row; columns whose label is ``None`` are left out of its labels.

    Where the split is "", the names of the file and its folders decide it.
    """
    path = record.path
    named = map(known_split, (path.stem, *reversed(path.parts[:-1])))
    return Row(
        name=name,
        image=None,
        text=text,
        labels={column: values for column, values in labels.items() if values is not None},
        split=known_split(split) or split.strip() or next(filter(None, named), ""),
        line=record.line,
        file=path.as_posix(),
        unit=record.unit,
        image_name=image_name,
        content=content,
    )
