"""What other processes do for many memes: read them, then encode and answer them.

Invariants: a table has a row for each meme, by its place among all, and a stage gives back a row
for each. A row is JSON, of a kind that stands beside it, and perhaps the bytes or the pixels of a
picture: nothing that could run. What fails for a whole process, such as a model that its machine
lacks, stands in the rows in place of what they would hold.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

from PIL import Image

from memeclip_core.app.studio import Studio
from memeclip_core.config import Settings
from memeclip_core.datasets.samples import Inside
from memeclip_core.datasets.sources import Source
from memeclip_core.errors import EncoderMismatchError, JobError, MemeclipError
from memeclip_core.inference.batch import Asked, BatchPredictor, ReadMeme
from memeclip_core.memory import Lazy
from memeclip_core.records.meme import Meme
from memeclip_core.records.prediction import Answer
from memeclip_core.records.schemas import from_json, from_plain, to_json

if TYPE_CHECKING:
    import pyarrow  # type: ignore[import-untyped]

Build = Callable[[Settings], Studio]
"""Builds a studio; a function that another process can import by its name."""
Answers = tuple[Answer, ...]


class _Row(NamedTuple):
    """A row of a table: what it is about, and the bytes or the pixels of a picture."""

    kind: Literal["source", "meme", "answers", "error"]
    record: bytes
    data: bytes | memoryview | None = None


@dataclass(frozen=True, slots=True)
class _Words:
    """A ``ReadMeme`` without its picture, which has this size."""

    text: str | None
    meme: Meme
    size: tuple[int, int] | None


def pack_sources(first: int, rows: Iterable[tuple[Source, str]]) -> pyarrow.Table:
    """Return memes as a table, each with the id of one that is answered already, or "".

    Args:
        first: the place of the first.
        rows: the memes.
    """
    packed = [_pack_source(source, known) for source, known in rows]
    return _to_table(range(first, first + len(packed)), packed)


def unpack_answers(table: pyarrow.Table) -> Iterator[Answers]:
    """Yield the answers to each meme: one for each task set, one failure, or none.

    Raises:
        JobError: where it failed for a whole process.
    """
    for _, row in _list_rows(table):
        yield _read_answers(row)


def read_memes(table: pyarrow.Table, *, build: Build, settings: Settings) -> pyarrow.Table:
    """Read memes of ``pack_sources``; see ``BatchPredictor.read``.

    Args:
        table: the memes.
        build, settings: the studio, which a process builds once.
    """

    def read() -> Iterator[_Row]:
        predictor = _open(build, settings).batches.predictor
        for place, row in _list_rows(table):
            source, known = _read_source(row)
            found = predictor.read(place, source, known=known)
            yield _pack_meme(found) if isinstance(found, ReadMeme) else _pack_answers(found)

    return _give_back(table, read)


class Answerer:
    """Encode and answer memes that are read; loads encoder and heads with the first of them.

    Args:
        build, settings: the studio.
        models: the version that answers each task set, and the fingerprint of its encoder.
        threads: how many torch computes with.
    """

    def __init__(
        self,
        *,
        build: Build,
        settings: Settings,
        models: Mapping[str, tuple[str, str]],
        threads: int,
    ) -> None:
        self._build, self._settings = build, settings
        self._models, self._threads = models, threads
        self._opened = Lazy(self._open)

    def __call__(self, table: pyarrow.Table) -> pyarrow.Table:
        """Answer memes of ``read_memes``; see ``unpack_answers``."""

        def answer() -> Iterator[_Row]:
            predictor, asked = self._opened.get()
            found: dict[int, list[Answer]] = {place: [] for place in table["place"].to_pylist()}
            reads = (_read_meme(place, row) for place, row in _list_rows(table))
            for one in predictor.answer(reads, lambda: asked):
                found[one.place].append(one)
            yield from map(_pack_answers, found.values())

        return _give_back(table, answer)

    def _open(self) -> tuple[BatchPredictor, list[Asked]]:
        import torch

        torch.set_num_threads(self._threads)
        studio = self._build(self._settings)
        asked: list[Asked] = []
        for key, (version, own) in self._models.items():
            model = studio.batches.catalogue.find(studio.task_set(key), version)
            if model.encoder.fingerprint != own:
                raise EncoderMismatchError(
                    f"A machine of the cluster has another encoder '{model.encoder.name}' than the "
                    "one that the command was given on. Install the same versions on all of them."
                )
            asked.append([model])
        return studio.batches.predictor, asked


@lru_cache(maxsize=1)
def _open(build: Build, settings: Settings) -> Studio:
    return build(settings)


def _give_back(table: pyarrow.Table, work: Callable[[], Iterator[_Row]]) -> pyarrow.Table:
    """Return what work gives for each row of a table, or for each why there is nothing."""
    places = table["place"].to_pylist()
    try:
        rows = [*work()]
    except MemeclipError as error:
        rows = [_Row("error", to_json(str(error)))] * len(places)
    return _to_table(places, rows)


def _to_table(places: Sequence[int], rows: Sequence[_Row]) -> pyarrow.Table:
    import pyarrow

    return pyarrow.table(
        {
            "place": pyarrow.array(places, pyarrow.int64()),
            "kind": pyarrow.array([row.kind for row in rows], pyarrow.string()),
            "record": pyarrow.array([row.record for row in rows], pyarrow.large_binary()),
            "data": pyarrow.array([row.data for row in rows], pyarrow.large_binary()),
        }
    )


def _list_rows(table: pyarrow.Table) -> Iterator[tuple[int, _Row]]:
    """Yield a table's rows by their places; a picture's bytes are those of the table."""
    columns = (table[name] for name in ("place", "kind", "record", "data"))
    for place, kind, record, data in zip(*columns, strict=True):
        bits = data.as_buffer()
        row = _Row(kind.as_py(), record.as_py(), None if bits is None else memoryview(bits))
        yield place.as_py(), row


def _pack_source(source: Source, known: str) -> _Row:
    said = {
        "known": known,
        "filename": source.filename,
        "path": None if source.path is None else str(source.path),
        "inside": None if source.inside is None else asdict(source.inside),
        "text": source.text,
    }
    # Names of files and texts may hold what is no Unicode, which this writes as escapes.
    return _Row("source", json.dumps(said).encode(), source.data)


def _read_source(row: _Row) -> tuple[Source, str]:
    said: dict[str, Any] = json.loads(row.record)
    source = Source(
        filename=said["filename"],
        path=None if said["path"] is None else Path(said["path"]),
        inside=from_plain(cast(Any, Inside | None), said["inside"]),
        data=None if row.data is None else bytes(row.data),
        text=said["text"],
    )
    return source, said["known"]


def _pack_meme(read: ReadMeme) -> _Row:
    picture = read.picture
    words = _Words(read.text, read.meme, None if picture is None else picture.size)
    return _Row("meme", to_json(words), None if picture is None else picture.tobytes())


def _read_meme(place: int, row: _Row) -> ReadMeme | Answers:
    if row.kind != "meme":
        return _read_answers(row)
    words = from_json(_Words, row.record)
    picture = None
    if words.size is not None and row.data is not None:
        picture = Image.frombytes("RGB", words.size, row.data)
    return ReadMeme(place=place, text=words.text, meme=words.meme, picture=picture)


def _pack_answers(answers: Sequence[Answer]) -> _Row:
    return _Row("answers", to_json(answers))


def _read_answers(row: _Row) -> Answers:
    if row.kind == "error":
        raise JobError(from_json(str, row.record))
    return from_json(cast(Any, Answers), row.record)
