"""What there is to import: a folder of images, an archive, or a dataset with its images."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from memeclip_core.datasets.class_folders import read_class_folders
from memeclip_core.datasets.formats.named_columns import LIST
from memeclip_core.datasets.reader import SUFFIXES, Dataset, Row, read_dataset
from memeclip_core.datasets.sources import Source, list_sources, read_source
from memeclip_core.errors import DatasetError
from memeclip_core.records.dataset_report import PictureCount
from memeclip_core.records.meme import Failure
from memeclip_core.storage.tree import IMAGE_SUFFIXES, forget_archives, is_archive, list_tree

_TAKEN = "The images were taken without this list: {}"
_ASIDE = (
    "it names none of the pictures here. Name its file, or give its format or columns, to import "
    "its rows all the same."
)
_NEITHER = "It was passed over: its name ends like that of no picture and of no list."
_PACKED = "It was passed over: an archive is read if it is handed in alone."


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOrder:
    """What is to be imported.

    Attributes:
        path: an image, a folder, a zip archive, or a dataset's file.
        format: the dataset's format; ``None`` recognises it, and takes a folder or archive without
            a list for images alone.
        columns: what the columns of a generic file are; see ``read_column_map``.
        images: the folder of a dataset's images; ``None`` looks beside its file.
        gold: whether the labels that come along are the truth that people are measured against.
    """

    path: Path
    format: str | None = None
    columns: Mapping[str, str] | None = None
    images: Path | None = None
    gold: bool = False

    @property
    def arguments(self) -> dict[str, str]:
        """The order as words that a job's file keeps; ``read_order`` reads them."""
        return {
            "source": str(self.path),
            "format": self.format or "",
            "columns": "" if self.columns is None else json.dumps(dict(self.columns)),
            "images": "" if self.images is None else str(self.images),
            "gold": "yes" if self.gold else "",
        }


def read_order(arguments: Mapping[str, str]) -> ImportOrder:
    """Return the order that a job's arguments tell of."""
    return ImportOrder(
        path=Path(arguments["source"]),
        format=arguments["format"] or None,
        columns=json.loads(arguments["columns"]) if arguments["columns"] else None,
        images=Path(arguments["images"]) if arguments["images"] else None,
        gold=bool(arguments["gold"]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Something that may become a meme.

    Attributes:
        name: what to call it.
        place: where it stands, for messages.
        row: what the dataset says of it, or ``None`` for an image alone.
        path: where its image lies, maybe inside an archive; ``None`` for a text alone.
        lost: the image that the dataset names and that is not there, or "".
    """

    name: str
    place: str
    row: Row | None = None
    path: Path | None = None
    lost: str = ""


class ImportSource(AbstractContextManager["ImportSource"]):
    """The candidates of one import, in order; a context manager, since an archive stays open.

    Attributes:
        candidates: what may become memes.
        failures: what cannot: lines that cannot be used, files that cannot be read.
        format: the dataset's format, ``images`` without one.
        notes: what deserves to be said of the dataset's files.
        found: how many of a dataset's pictures are there; ``None`` without a dataset.
    """

    def __init__(self, order: ImportOrder) -> None:
        """List what there is; raise DatasetError if that is nothing, or cannot be read."""
        path = order.path
        self.candidates: tuple[Candidate, ...] = ()
        self.failures: list[Failure] = []
        self.format = "images"
        self.found: PictureCount | None = None
        self.notes: tuple[Failure, ...] = ()
        if not path.exists():
            raise DatasetError(f"There is no file or folder {path.name}.")
        given = order.format is not None or order.columns is not None
        if given or _holds_lists(path):
            self._list_dataset(order, given)
        else:
            self._list_images(path)
        if not self.candidates:
            first = f" The first problem: {self.failures[0].reason}" if self.failures else ""
            raise DatasetError(f"{path.name} holds nothing that can be imported.{first}")

    def __exit__(self, *error: object) -> None:
        forget_archives()

    def read(self, candidate: Candidate, *, max_bytes: int) -> bytes | None:
        """Return the image's bytes; ``None`` for a text alone.

        Raises:
            ImageError: if the file cannot be read, or has more than ``max_bytes``.
        """
        return read_source(
            Source(filename=candidate.name, path=candidate.path), max_bytes=max_bytes
        )

    def _list_images(self, path: Path) -> None:
        classes = read_class_folders(list_tree(path)) if _is_whole(path) else None
        if classes is not None:
            self._take(classes)
            return
        listed = list_sources([path])
        self.failures += listed.failures
        self.candidates = tuple(
            Candidate(name=source.filename, place=source.filename, path=source.path)
            for source in listed.sources
        )

    def _list_dataset(self, order: ImportOrder, given: bool) -> None:
        path = order.path
        try:
            dataset = read_dataset(
                path, format=order.format, columns=order.columns, images=order.images
            )
            why = _ASIDE
        except DatasetError as error:
            if given or not _is_whole(path):
                raise
            dataset, fault = None, str(error)
            why = str(error).partition(" The first, ")[2].partition(" Known are:")[0] or str(error)
        # Images with a list of something else, such as notes.
        if dataset is None or (not given and _is_whole(path) and _is_aside(dataset)):
            self._list_images(path)
            if self.candidates:
                self.failures.append(Failure(filename=_lists(path)[0], reason=_TAKEN.format(why)))
                return
            if dataset is None:
                raise DatasetError(fault)
            self.failures.clear()
        self._take(dataset)

    def _take(self, dataset: Dataset) -> None:
        self.format = dataset.format
        self.found = dataset.found
        self.failures += [*dataset.skipped, *dataset.left_out]
        self.notes = dataset.notes
        self.candidates = tuple(
            Candidate(
                # An export of ours says what the file was called before it was kept.
                name=row.name if row.content else row.image_name or row.name,
                place=row.place,
                row=row,
                path=row.image,
                lost="" if row.image is not None else row.image_name,
            )
            for row in dataset.rows
        )


def _is_aside(dataset: Dataset) -> bool:
    """Say whether a list of no published format has nothing to do with the pictures beside it."""
    return dataset.format == LIST.name and bool(dataset.pictures) and not dataset.found.found


def list_passed_over(path: Path) -> list[Failure]:
    """Return what of a folder or an archive is neither a picture nor a list, with the reason."""
    files = list_tree(path).files if _is_whole(path) else {}
    return [
        Failure(filename=name, reason=_PACKED if is_archive(file) else _NEITHER)
        for name, file in files.items()
        if file.suffix.lower() not in (*IMAGE_SUFFIXES, *SUFFIXES)
    ]


def _is_whole(path: Path) -> bool:
    return path.is_dir() or is_archive(path)


def _holds_lists(path: Path) -> bool:
    return bool(_lists(path)) if _is_whole(path) else path.suffix.lower() in SUFFIXES


def _lists(path: Path) -> list[str]:
    return [name for name, file in list_tree(path).files.items() if file.suffix.lower() in SUFFIXES]
