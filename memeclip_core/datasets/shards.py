"""Tar shards in the form of WebDataset: files of one meme share their name up to its first dot."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from memeclip_core.datasets.formats.named_columns import TEXTS
from memeclip_core.datasets.formats.rows import same_column
from memeclip_core.datasets.samples import Sample, Span
from memeclip_core.errors import DatasetError, ImageError
from memeclip_core.records.meme import Failure
from memeclip_core.storage.tree import IMAGE_SUFFIXES

SUFFIX = ".tar"
MOST_WORDS = 1_000_000
"""Bytes of a text's file."""


def list_samples(path: Path) -> tuple[list[Sample], list[Failure]]:
    """Return the memes of a shard in order, and those that give nothing, each with the reason.

    A text is that of ``.txt``, or of a field of ``.json`` that is called as a list's column of
    texts may be.

    Raises:
        DatasetError: if it is no tar file, compressed, or holds no meme.
    """
    try:
        with tarfile.open(path, "r:") as archive:
            groups = _group(archive)
            found = [_read_sample(archive, group) for group in groups]
    except FileNotFoundError:
        raise DatasetError("There is no such file or folder.") from None
    except (OSError, tarfile.TarError) as error:
        raise DatasetError(
            f"{path.name} is damaged, compressed or no tar file ({error}). Pack it again, as .tar "
            "without compression: pictures hardly shrink."
        ) from None
    samples = [one for one in found if isinstance(one, Sample)]
    failures = [one for one in found if isinstance(one, Failure)]
    if not samples and not failures:
        raise DatasetError(
            f"{path.name} holds no memes. Known are images ({', '.join(IMAGE_SUFFIXES)}), and "
            "beside one, under its name, .txt or .json with its text."
        )
    return samples, failures


def read_span(path: Path, span: Span, *, max_bytes: int) -> bytes:
    """Return the bytes of a file in a shard.

    Raises:
        ImageError: if they cannot be read, or are more than ``max_bytes``.
    """
    if span.size > max_bytes:
        raise ImageError(
            f"The file has {span.size:,} bytes; at most {max_bytes:,} are allowed. Save it smaller "
            "and try again."
        )
    try:
        with path.open("rb") as file:
            file.seek(span.start)
            data = file.read(span.size)
    except OSError as error:
        raise ImageError(f"The file cannot be read: {error.strerror}.") from None
    if len(data) < span.size:
        raise ImageError("The shard ends before the file does. Copy or pack it again.")
    return data


def _group(archive: tarfile.TarFile) -> list[list[tarfile.TarInfo]]:
    """Return the files that are of use, those of each meme together."""
    groups: dict[str, list[tarfile.TarInfo]] = {}
    for entry in archive:
        name = PurePosixPath(entry.name)
        known = name.suffix.lower() in (*IMAGE_SUFFIXES, ".txt", ".json")
        if entry.isfile() and known and not name.name.startswith("."):
            key = str(name.with_name(name.name.partition(".")[0]))
            groups.setdefault(key, []).append(entry)
    return list(groups.values())


def _read_sample(archive: tarfile.TarFile, group: list[tarfile.TarInfo]) -> Sample | Failure:
    kinds = {PurePosixPath(entry.name).suffix.lower(): entry for entry in reversed(group)}
    picture = next((entry for kind, entry in kinds.items() if kind in IMAGE_SUFFIXES), None)
    named = picture or group[0]
    try:
        text = next((text for text in _read_texts(archive, kinds) if text.strip()), None)
    except (UnicodeDecodeError, ValueError) as error:
        return Failure(filename=named.name, reason=f"Its text cannot be read: {error}.")
    if picture is None and text is None:
        return Failure(filename=named.name, reason="There is neither an image nor a text.")
    span = None if picture is None else Span(picture.offset_data, picture.size)
    return Sample(name=named.name, picture=span, text=text)


def _read_texts(archive: tarfile.TarFile, kinds: dict[str, tarfile.TarInfo]) -> Iterator[str]:
    if ".txt" in kinds:
        yield _read_words(archive, kinds[".txt"])
    if ".json" in kinds:
        said = json.loads(_read_words(archive, kinds[".json"]))
        fields = said if isinstance(said, dict) else {}
        for column in TEXTS:
            yield from (
                value
                for name, value in fields.items()
                if same_column(name, column) and isinstance(value, str)
            )


def _read_words(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> str:
    file = archive.extractfile(entry)
    if file is None or entry.size > MOST_WORDS:
        raise ValueError(f"it has {entry.size:,} bytes, and {MOST_WORDS:,} are allowed")
    return file.read().decode("utf-8-sig")
