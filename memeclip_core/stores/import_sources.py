"""What there is to import: a folder of images, an archive, or a dataset with its images."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import TracebackType

from memeclip_core.errors import DatasetError, ImageError
from memeclip_core.records import Failure
from memeclip_core.stores.archives import Archive, Entry
from memeclip_core.stores.datasets import SUFFIXES, Dataset, Row, read_dataset
from memeclip_core.stores.inputs import IMAGE_SUFFIXES, Source, list_sources, read_source

MAX_LIST_BYTES = 200_000_000
"""Of one list (CSV, jsonl) inside an archive."""

_NO_LIST = (
    "This is no list of memes in a known format, so the images were taken without it. If it is "
    "one, import it with its format or its columns."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Something that may become a meme.

    Attributes:
        name: what to call it.
        place: where it stands, for messages.
        row: what the dataset says of it, or ``None`` for an image alone.
        path, entry: where its image lies; neither for a text alone.
        lost: the image that the dataset names and that is not there, or "".
    """

    name: str
    place: str
    row: Row | None = None
    path: Path | None = None
    entry: Entry | None = None
    lost: str = ""


class ImportSource(AbstractContextManager["ImportSource"]):
    """The candidates of one import, in order; a context manager, since an archive stays open.

    Attributes:
        candidates: what may become memes.
        failures: what cannot: lines that cannot be used, files that cannot be read.
        format: the dataset's format, ``images`` without one.
    """

    def __init__(
        self,
        path: Path,
        *,
        format: str | None = None,
        columns: Mapping[str, str] | None = None,
        images: Path | None = None,
    ) -> None:
        """List what there is.

        Args:
            path: an image, a folder, a zip archive, or a dataset's file.
            format: the dataset's format; ``None`` recognises it, and takes a folder or archive
                without a list for images alone.
            columns: what the columns of a generic file are; see ``read_column_map``.
            images: the folder of a dataset's images; ``None`` looks beside its file.

        Raises:
            DatasetError: if there is nothing to import, or it cannot be read.
        """
        self.candidates: tuple[Candidate, ...] = ()
        self.failures: list[Failure] = []
        self.format = "images"
        self._archive: Archive | None = None
        if not path.exists():
            raise DatasetError(f"There is no file or folder {path}.")
        given = format is not None or columns is not None
        if path.suffix.lower() == ".zip" and path.is_file():
            self._archive = Archive(path)
            with ExitStack() as stack:
                stack.callback(self._archive.close)
                self._list_archive(self._archive, format, columns, given)
                stack.pop_all()
        elif given or _holds_lists(path):
            self._list_dataset(path, format, columns, images, given)
        else:
            self._list_images(path)
        if not self.candidates:
            first = f" The first problem: {self.failures[0].reason}" if self.failures else ""
            raise DatasetError(f"{path.name} holds nothing that can be imported.{first}")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._archive is not None:
            self._archive.close()

    def read(self, candidate: Candidate, *, max_bytes: int) -> bytes | None:
        """Return the image's bytes; ``None`` for a text alone.

        Raises:
            ImageError: if the file cannot be read, or has more than ``max_bytes``.
        """
        if candidate.entry is not None:
            if self._archive is None:
                raise ImageError("The archive is closed.")
            return self._archive.read(candidate.entry, max_bytes=max_bytes)
        return read_source(
            Source(filename=candidate.name, path=candidate.path), max_bytes=max_bytes
        )

    def _list_images(self, path: Path) -> None:
        sources, failures = list_sources([path])
        self.failures += failures
        self.candidates = tuple(
            Candidate(name=source.filename, place=source.filename, path=source.path)
            for source in sources
        )

    def _list_dataset(
        self,
        path: Path,
        format: str | None,
        columns: Mapping[str, str] | None,
        images: Path | None,
        given: bool,
    ) -> None:
        try:
            dataset = read_dataset(path, format=format, columns=columns, images=images)
        except DatasetError:
            if given or not path.is_dir():
                raise
            # A folder of images with a list of something else, such as notes.
            self._list_images(path)
            if not self.candidates:
                raise
            lists = (item.name for item in path.iterdir() if item.suffix.lower() in SUFFIXES)
            self.failures.append(Failure(filename=min(lists), reason=_NO_LIST))
            return
        self._take(dataset, {})

    def _list_archive(
        self,
        archive: Archive,
        format: str | None,
        columns: Mapping[str, str] | None,
        given: bool,
    ) -> None:
        self.failures += archive.refused
        lists = [e for e in archive.entries if _suffix(e) in SUFFIXES]
        pictures = [e for e in archive.entries if _suffix(e) in IMAGE_SUFFIXES]
        if lists:
            try:
                self._take(self._read_lists(archive, lists, format, columns), _by_name(pictures))
                return
            except (DatasetError, ImageError):
                if given or not pictures:
                    raise
                self.failures.append(Failure(filename=lists[0].name, reason=_NO_LIST))
        self.candidates = tuple(
            Candidate(name=entry.name, place=entry.name, entry=entry) for entry in pictures
        )

    def _read_lists(
        self,
        archive: Archive,
        lists: Sequence[Entry],
        format: str | None,
        columns: Mapping[str, str] | None,
    ) -> Dataset:
        """Read the lists as the dataset readers do: from a folder, under names of our own."""
        with tempfile.TemporaryDirectory(prefix="memeclip-") as folder:
            taken: set[str] = set()
            for number, entry in enumerate(lists):
                own = PurePosixPath(entry.name.replace("\\", "/")).name
                safe = "".join(c if c.isalnum() or c in "._- " else "_" for c in own)[-80:]
                name = safe if safe not in taken else f"{number}-{safe}"
                taken.add(name)
                data = archive.read(entry, max_bytes=MAX_LIST_BYTES)
                (Path(folder) / name.lstrip(".")).write_bytes(data)
            try:
                return read_dataset(Path(folder), format=format, columns=columns)
            except DatasetError as error:
                said = str(error).replace(f"{folder}/", "").replace(folder, "the archive")
                raise DatasetError(said) from None

    def _take(self, dataset: Dataset, entries: Mapping[str, Entry]) -> None:
        self.format = dataset.format
        self.failures += [*dataset.skipped, *dataset.left_out]
        candidates = []
        for row in dataset.rows:
            entry = _find(row.image_name, entries)
            there = entry is not None or row.image is not None
            candidates.append(
                Candidate(
                    # An export of ours says what the file was called before it was kept.
                    name=row.name if row.content else row.image_name or row.name,
                    place=row.place,
                    row=row,
                    path=row.image,
                    entry=entry,
                    lost="" if there else row.image_name,
                )
            )
        self.candidates = tuple(candidates)


def _holds_lists(path: Path) -> bool:
    if not path.is_dir():
        return path.suffix.lower() in SUFFIXES
    return any(item.suffix.lower() in SUFFIXES and item.is_file() for item in path.iterdir())


def _suffix(entry: Entry) -> str:
    return PurePosixPath(entry.name.replace("\\", "/")).suffix.lower()


def _by_name(entries: Sequence[Entry]) -> dict[str, Entry]:
    """Return entries by every end of their path, the whole one before a mere file name."""
    found: dict[str, Entry] = {}
    for entry in entries:
        parts = PurePosixPath(entry.name.replace("\\", "/")).parts
        for start in range(len(parts)):
            found.setdefault("/".join(parts[start:]), entry)
    return found


def _find(name: str, entries: Mapping[str, Entry]) -> Entry | None:
    parts = [p for p in PurePosixPath(name.replace("\\", "/")).parts if p not in ("/", "..", ".")]
    if not parts:
        return None
    return entries.get("/".join(parts)) or entries.get(parts[-1])
