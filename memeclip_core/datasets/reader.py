"""Datasets as published: which format a file has, and its rows; faults named by file and line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from memeclip_core.datasets.class_folders import read_class_folders
from memeclip_core.datasets.formats.image_folder import EXPORT, IMAGE_FOLDER
from memeclip_core.datasets.formats.kinds import SUFFIXES, parse_file
from memeclip_core.datasets.formats.named_columns import GENERIC, LIST, build_generic
from memeclip_core.datasets.formats.published import PUBLISHED
from memeclip_core.datasets.formats.rows import (
    MOST_CELLS,
    MOST_ROWS,
    Dataset,
    Format,
    Parsed,
    Row,
    fold_column,
)
from memeclip_core.datasets.notes import (
    describe_columns,
    describe_unknown,
    leave_out_twins,
    list_unused,
    write_notes,
)
from memeclip_core.datasets.pictures import Pictures
from memeclip_core.errors import DatasetError, ImageError
from memeclip_core.memes.text import MAX_TEXT
from memeclip_core.records.meme import Failure
from memeclip_core.storage.tree import is_archive, list_tree, read_file

__all__ = ("FORMATS", "SUFFIXES", "Dataset", "Row", "find_tasks", "read_dataset", "read_datasets")

# In the order of asking: an image folder may have other formats' columns too. A list is what is
# none of the others.
FORMATS: Mapping[str, Format] = {item.name: item for item in (IMAGE_FOLDER, *PUBLISHED, LIST)}
MAX_BYTES = 2_000_000_000
"""Of one table, which may hold pictures too."""
MAX_WORDS = 300_000_000
"""Of one list that is text."""
_OTHER_LIST = (
    "It is a list of another shape than the files beside it. Name it alone to have it read."
)
_KNOWN = "".join(
    (
        "Known are:",
        *(f"\n  {item.name}: {item.title}" for item in FORMATS.values()),
        f"\n  {GENERIC}: any table or JSON file, with --columns. Name one with --format.",
    )
)


def read_datasets(
    paths: Sequence[Path],
    *,
    format: str | None = None,
    columns: Mapping[str, str] | None = None,
    images: Path | None = None,
) -> Dataset:
    """Read several files, folders or archives as one dataset; see ``read_dataset``.

    Raises:
        DatasetError: also if they are of different formats.
    """
    parts = [read_dataset(path, format=format, columns=columns, images=images) for path in paths]
    return _join(parts)


def read_dataset(
    path: Path,
    *,
    format: str | None = None,
    columns: Mapping[str, str] | None = None,
    images: Path | None = None,
) -> Dataset:
    """Read a file, or every file of a folder or a zip archive that has a known format.

    Lines that cannot be used are left out with their number and the reason.

    Args:
        path: the file, folder or archive.
        format: a key of ``FORMATS``, or ``generic``; ``None`` recognises it from the content.
        columns: what the columns of a generic file are; see ``read_column_map``.
        images: the folder or archive of the images; ``None`` looks below the file's folder.

    Raises:
        DatasetError: if a file cannot be read, is of no known format, or no line can be used.
    """
    forced = _choose(format, columns)
    if images is not None and not (images.is_dir() or is_archive(images)):
        raise DatasetError(f"{images} is no folder. --images names the folder of the images.")
    whole = path.is_dir() or is_archive(path)
    tree = list_tree(path if whole else path.parent)
    names = [n for n in tree.files if Path(n).suffix.lower() in SUFFIXES] if whole else [path.name]
    beside = Pictures(list_tree(images) if images else tree, lists=() if images else names)
    if whole and not names and forced is None:
        classes = read_class_folders(tree)
        if classes is not None:
            return classes
    parts: list[Dataset] = []
    cells = rows = 0
    skipped = list(tree.refused) if whole else []
    for name in names:
        try:
            parsed = parse_path(tree.files.get(name, path), Path(name))
            parts.append(_read_parsed(parsed, forced or _recognise(parsed), beside))
        except DatasetError as error:
            if not whole:
                raise
            skipped.append(Failure(filename=name, reason=str(error)))
            continue
        # Each file has its own limits; many small ones would take as much memory as a large one.
        cells, rows = cells + parsed.cells, rows + len(parsed.records)
        if cells > MOST_CELLS or rows > MOST_ROWS:
            raise DatasetError(
                f"{path.name}: its files together have more than {MOST_ROWS:,} rows or "
                f"{MOST_CELLS:,} cells. Hand them in one after the other."
            )
    if not parts:
        first = f" The first, {skipped[0].reason}" if skipped else ""
        raise DatasetError(
            f"{path.name}: none of its {len(names)} files ({', '.join(SUFFIXES)}) can be read as "
            f"one of {', '.join((*FORMATS, GENERIC))}.{first}"
        )
    if any(part.format != LIST.name for part in parts):
        lists = [part for part in parts if part.format == LIST.name]
        skipped += [Failure(filename=part.files[0], reason=_OTHER_LIST) for part in lists]
        parts = [part for part in parts if part not in lists]
    return replace(_join(parts, skipped), pictures=frozenset(beside.files))


def find_tasks(format: str) -> str:
    """Return the task set that ships for files of a format; "" where their labels may be any."""
    return FORMATS[format].tasks if format in FORMATS else ""


def _choose(name: str | None, columns: Mapping[str, str] | None) -> Format | None:
    """Return the format that was asked for, or ``None`` if it is to be recognised."""
    if columns is not None and name in (None, GENERIC):
        return build_generic(columns)
    if columns is not None:
        raise DatasetError(
            f"The format '{name}' has its own columns; leave out either --format or --columns."
        )
    if name == GENERIC:
        raise DatasetError("A generic file needs --columns, such as --columns image=file.")
    if name is not None and name not in FORMATS:
        raise DatasetError(f"Unknown format '{name}'. Known: {', '.join((*FORMATS, GENERIC))}.")
    return FORMATS[name] if name else None


def parse_path(path: Path, name: Path) -> Parsed:
    """Read a file as records; errors call it by ``name``.

    Raises:
        DatasetError: if it cannot be read.
    """
    try:
        table = name.suffix.lower() in (".parquet", ".xlsx")
        return parse_file(read_file(path, max_bytes=MAX_BYTES if table else MAX_WORDS), name)
    except ImageError as error:
        raise DatasetError(f"{name}: {error}") from None


def _recognise(parsed: Parsed) -> Format:
    columns = {fold_column(column) for column in parsed.columns}
    # An export of ours may have any format's columns, and nobody needs to name it.
    fitting = [
        item
        for item in (IMAGE_FOLDER, EXPORT, *FORMATS.values())
        if columns.issuperset(item.needed) and item.fits(columns, parsed.records)
    ]
    for item in fitting:
        # Columns may be called as another dataset's are, and hold the labels elsewhere.
        strange = item.tasks and not _has_labels(item, parsed) and list_unused(item, parsed)
        if not (strange and LIST in fitting and _has_labels(LIST, parsed)):
            return item
    if parsed.faults and not parsed.records:
        raise _unusable(parsed, parsed.faults)
    raise DatasetError(f"{parsed.path}: {describe_unknown(parsed)} {_KNOWN}")


def _has_labels(kind: Format, parsed: Parsed) -> bool:
    for record in parsed.records:
        with suppress(DatasetError):
            if kind.read_row(record).labels:
                return True
    return False


def _join(parts: Sequence[Dataset], skipped: Sequence[Failure] = ()) -> Dataset:
    parts, again = leave_out_twins(parts)
    names = sorted({part.format for part in parts})
    if len(names) != 1:
        raise DatasetError(
            f"One dataset is asked for, and these are {len(names)} formats: {', '.join(names)}. "
            "Name files of one format, or choose it with --format."
        )
    return Dataset(
        rows=tuple(row for part in parts for row in part.rows),
        left_out=tuple(failure for part in parts for failure in part.left_out),
        format=names[0],
        files=tuple(file for part in parts for file in part.files),
        skipped=(*(failure for part in parts for failure in part.skipped), *again, *skipped),
        notes=tuple(note for part in parts for note in part.notes),
        pictures=frozenset(path for part in parts for path in part.pictures),
    )


def _read_parsed(parsed: Parsed, kind: Format, pictures: Pictures) -> Dataset:
    path = parsed.path
    faults = dict(parsed.faults)
    there = {fold_column(column) for column in parsed.columns}
    missing = [column for column in kind.needed if fold_column(column) not in there]
    if missing and (parsed.records or not faults):
        raise DatasetError(
            f"{path}: the column '{missing[0]}' is missing. A {kind.name} file needs: "
            f"{', '.join(kind.needed)}. {describe_columns(parsed)}"
        )
    rows: list[Row] = []
    meant = [record for record in parsed.records if kind.takes(record)]
    if parsed.records and not meant:
        raise DatasetError(f"{path}: none of its {len(parsed.records)} rows is one of those meant.")
    for record in meant:
        try:
            row = kind.read_row(record)
            if not (row.text.strip() or row.image_name):
                raise DatasetError("There is neither a text nor the name of an image.")
            if len(row.text) > MAX_TEXT:
                raise DatasetError(
                    f"Its text has {len(row.text):,} characters; at most {MAX_TEXT:,} are allowed."
                )
        except DatasetError as error:
            faults[record.line] = str(error)
        else:
            found = pictures.find(row.image_name, beside=parsed.folder)
            rows.append(replace(row, image=found))
    if not rows:
        raise _unusable(parsed, faults)
    name = path.as_posix()
    return Dataset(
        rows=tuple(rows),
        left_out=tuple(
            Failure(filename=f"{name}, {parsed.unit} {line}", reason=faults[line])
            for line in sorted(faults)
        ),
        format=kind.name,
        files=(name,),
        notes=tuple(
            Failure(filename=name, reason=note)
            for note in write_notes(kind, parsed, rows, left=len(parsed.records) - len(meant))
        ),
    )


def _unusable(parsed: Parsed, faults: Mapping[int, str]) -> DatasetError:
    path, unit = parsed.path, parsed.unit
    if not faults:
        return DatasetError(f"{path} holds no rows.")
    line = min(faults)
    many = "entries" if unit == "entry" else f"{unit}s"
    return DatasetError(
        f"{path}: none of its {len(faults)} {many} can be used. "
        f"The first, {unit} {line}: {faults[line]}"
    )
