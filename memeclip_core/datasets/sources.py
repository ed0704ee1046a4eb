"""What a person lists for prediction: images, folders and archives of images, and lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from memeclip_core.datasets import packed, shards
from memeclip_core.datasets.reader import SUFFIXES, Dataset, read_dataset
from memeclip_core.datasets.samples import Cell, Inside, Span
from memeclip_core.errors import DatasetError, MemeclipError
from memeclip_core.memes.text import given_text
from memeclip_core.records.meme import Failure
from memeclip_core.storage.tree import IMAGE_SUFFIXES, is_archive, list_tree, read_file


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One meme to predict, by the name to call it.

    Attributes:
        path: the image file, opened only when its turn comes.
        inside: where the image lies in the file, if that is a shard or a table.
        data: the image's bytes, where they are at hand; ``path`` is ignored then.
        text: the meme's text, or ``None`` to have it read.
    """

    filename: str
    path: Path | None = None
    inside: Inside | None = None
    data: bytes | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What paths give: memes in order, a failure for each path or row that gives nothing, and a
    sentence for each list on how many of its pictures are there.
    """

    sources: tuple[Source, ...] = ()
    failures: tuple[Failure, ...] = ()
    notes: tuple[str, ...] = ()


def is_list(path: Path) -> bool:
    """Say whether a path stands for more than one meme."""
    return path.is_dir() or is_archive(path) or path.suffix.lower() in (*SUFFIXES, shards.SUFFIX)


def list_sources(
    paths: Sequence[Path], *, columns: Mapping[str, str] | None = None, images: Path | None = None
) -> Listed:
    """Turn paths into sources: a file is itself, a folder or archive its images, a list its rows.

    A tar shard is its memes (see ``shards``), and so is a Parquet file with the pictures inside
    (see ``packed``). A list is whatever ``read_dataset`` reads, with these columns and images. An
    empty text beside an image is read from the image. A row that names an image which is not there
    gives nothing: an answer from its text alone would look like one about the meme.
    """
    sources: list[Source] = []
    failures: list[Failure] = []
    notes: list[str] = []
    for path in paths:
        try:
            inside = _list_inside(path, columns)
            if inside is not None:
                found, missing = inside
            elif path.suffix.lower() in SUFFIXES:
                dataset = read_dataset(path, columns=columns, images=images)
                found, missing = _list_rows(dataset)
                notes.append(f"{path.name}: {dataset.found}.")
                notes += [f"{note.filename}: {note.reason}" for note in dataset.notes]
            else:
                found, missing = _list_images(path)
        except MemeclipError as error:
            failures.append(Failure(filename=str(path), reason=str(error)))
            continue
        sources += found
        failures += missing
    return Listed(sources=tuple(sources), failures=tuple(failures), notes=tuple(notes))


def read_source(source: Source, *, max_bytes: int) -> bytes | None:
    """Return the image's bytes; ``None`` for a source of text alone.

    Raises:
        ImageError: if the file cannot be read, or has more than ``max_bytes``.
    """
    if source.data is not None or source.path is None:
        return source.data
    if isinstance(source.inside, Span):
        return shards.read_span(source.path, source.inside, max_bytes=max_bytes)
    if isinstance(source.inside, Cell):
        return packed.read_cell(source.path, source.inside, max_bytes=max_bytes)
    return read_file(source.path, max_bytes=max_bytes)


def _list_images(path: Path) -> tuple[list[Source], list[Failure]]:
    if not path.exists():
        raise DatasetError("There is no such file or folder.")
    if not (path.is_dir() or is_archive(path)):
        return [Source(filename=path.name, path=path)], []
    tree = list_tree(path)
    if not tree.pictures and tree.refused:
        return [], list(tree.refused)
    if not tree.pictures:
        raise DatasetError(
            f"The {'folder' if path.is_dir() else 'archive'} holds no images. "
            f"Known endings: {', '.join(IMAGE_SUFFIXES)}."
        )
    found = [Source(filename=name, path=file) for name, file in tree.pictures.items()]
    return found, list(tree.refused)


def _list_inside(
    path: Path, columns: Mapping[str, str] | None
) -> tuple[list[Source], list[Failure]] | None:
    """Return the memes of a file that holds pictures, or ``None`` where it is another one."""
    kind, listed = path.suffix.lower(), None
    if kind == shards.SUFFIX:
        listed = shards.list_samples(path)
    elif kind == packed.SUFFIX:
        listed = packed.list_packed(path, columns)
    if listed is None:
        return None
    samples, failures = listed
    found = [
        Source(
            filename=one.name,
            path=None if one.picture is None else path,
            inside=one.picture,
            text=given_text(one.text),
        )
        for one in samples
    ]
    return found, failures


def _list_rows(dataset: Dataset) -> tuple[list[Source], list[Failure]]:
    sources = []
    failures = list(dataset.left_out)
    for row in dataset.rows:
        if row.image_name and row.image is None:
            reason = (
                f"{row.place} names this image, and it is not there (--images names the folder of "
                "the images). The row was not predicted: leave its image empty to have its text "
                "predicted alone."
            )
            failures.append(Failure(filename=row.image_name, reason=reason))
        else:
            name, text = row.image_name or row.place, given_text(row.text)
            sources.append(Source(filename=name, path=row.image, text=text))
    return sources, failures
