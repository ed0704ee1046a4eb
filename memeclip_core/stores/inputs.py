"""What a person lists for prediction: images, folders of images, and CSV lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from memeclip_core.errors import DatasetError, ImageError, MemeclipError
from memeclip_core.records import Failure
from memeclip_core.stores.datasets import read_csv_rows
from memeclip_core.text import given_text

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".jfif", ".webp", ".gif", ".bmp")
IMAGE_COLUMNS = ("image", "name", "file", "path")
TEXT_COLUMN = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One meme to predict.

    Attributes:
        filename: what to call it.
        path: the image file, opened only when its turn comes.
        data: the image's bytes, where they are at hand; ``path`` is ignored then.
        text: the meme's text, or ``None`` to have it read.
    """

    filename: str
    path: Path | None = None
    data: bytes | None = None
    text: str | None = None


def list_sources(paths: Sequence[Path]) -> tuple[list[Source], list[Failure]]:
    """Turn paths into sources: a file is itself, a folder its images, a CSV file its rows.

    A CSV list has a column ``image``, ``name``, ``file`` or ``path`` (relative to the list),
    ``text``, or both. A blank text beside an image is read from the image. A row whose image
    does not exist is predicted from its text if it has one.

    Returns:
        the sources in order, and one failure for each path or row that gives nothing.
    """
    sources: list[Source] = []
    failures: list[Failure] = []
    for path in paths:
        try:
            found, missing = _list_one(path)
        except MemeclipError as error:
            failures.append(Failure(filename=str(path), reason=str(error)))
            continue
        sources += found
        failures += missing
    return sources, failures


def read_source(source: Source, *, max_bytes: int) -> bytes | None:
    """Return the image's bytes; ``None`` for a source of text alone.

    Raises:
        ImageError: if the file cannot be read, or has more than ``max_bytes``.
    """
    if source.data is not None or source.path is None:
        return source.data
    try:
        size = source.path.stat().st_size
        if size > max_bytes:
            raise ImageError(
                f"The file has {size:,} bytes; at most {max_bytes:,} are allowed. "
                "Save it smaller and try again."
            )
        return source.path.read_bytes()
    except OSError as error:
        raise ImageError(f"The file cannot be read: {error.strerror}.") from None


def _list_one(path: Path) -> tuple[list[Source], list[Failure]]:
    if path.is_dir():
        images = sorted(
            file
            for file in path.rglob("*")
            if file.suffix.lower() in IMAGE_SUFFIXES and file.is_file()
        )
        if not images:
            raise DatasetError(
                f"The folder holds no images. Known endings: {', '.join(IMAGE_SUFFIXES)}."
            )
        return [Source(filename=str(f.relative_to(path)), path=f) for f in images], []
    if path.suffix.lower() == ".csv":
        return _list_csv(path)
    if not path.exists():
        raise DatasetError("There is no such file or folder.")
    return [Source(filename=path.name, path=path)], []


def _list_csv(path: Path) -> tuple[list[Source], list[Failure]]:
    columns, rows = read_csv_rows(path)
    by_name = {column.strip().lower(): column for column in columns}
    image_column = next((by_name[c] for c in IMAGE_COLUMNS if c in by_name), None)
    text_column = by_name.get(TEXT_COLUMN)
    if image_column is None and text_column is None:
        raise DatasetError(
            f"{path}, line 1: a list needs a column {', '.join(IMAGE_COLUMNS)} or {TEXT_COLUMN}. "
            f"Found: {', '.join(columns) or 'nothing'}."
        )
    sources: list[Source] = []
    failures: list[Failure] = []
    for line, row in rows:
        name = row[image_column] if image_column else ""
        text = given_text(row[text_column] if text_column else None)
        file = path.parent / name if name else None
        called = name or f"{path.name}, line {line}"
        if file is not None and file.is_file():
            sources.append(Source(filename=called, path=file, text=text))
        elif text:
            sources.append(Source(filename=called, text=text))
        elif file is not None:
            why = f"line {line} names an image that does not exist, and gives no text"
            failures.append(Failure(filename=called, reason=f"{path}, {why}."))
        else:
            why = f"line {line} has neither an image nor a text"
            failures.append(Failure(filename=called, reason=f"{path}, {why}."))
    return sources, failures
