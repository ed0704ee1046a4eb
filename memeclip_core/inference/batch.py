"""Many memes at once: read side by side, encoded together, answered in their order.

Invariants: memes are read ahead while others are encoded; what is decoded and waits is bounded by
count and by pixels. The encoder is held for one batch, so that a prediction on the page waits no
longer than that takes, and sees a meme once, however many task sets are asked. A meme's numbers are
those that it has alone. What is kept is looked up and written by the caller's thread alone.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import NamedTuple

from PIL import Image

from memeclip_core.datasets.sources import Source
from memeclip_core.errors import MemeclipError, log_unexpected
from memeclip_core.inference.features import MemeEncoder
from memeclip_core.inference.kept import Kept, make_key
from memeclip_core.inference.loaded_model import LoadedModel
from memeclip_core.inference.predictor import Predictor
from memeclip_core.inference.reading import Reader, clean_path
from memeclip_core.memes.image import content_id
from memeclip_core.memes.text import text_id
from memeclip_core.records.job import Progress
from memeclip_core.records.meme import Failure, Meme
from memeclip_core.records.prediction import Answer

SIZE = 16
"""Memes that are encoded together."""
MOST_PIXELS = 48_000_000
"""Decoded pixels that wait to be encoded, and those of pictures that are read ahead; one picture
may have more."""

UNEXPECTED = "Something unexpected went wrong with this file; the log says what."
_log = logging.getLogger("memeclip")

Asked = Sequence[LoadedModel]
"""The model that answers a task set, and those beside it."""
FindModels = Callable[[], Sequence[Asked]]
"""Returns the models of each task set; asked again and again, so that a model that is promoted
meanwhile answers from the next batch on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadMeme:
    """A meme that waits for its answer.

    Attributes:
        place: among those that are asked about together.
        text: the text that was given.
        meme: with its text, given or read.
        picture: its image, if it has one.
    """

    place: int
    text: str | None
    meme: Meme
    picture: Image.Image | None


class _Opened(NamedTuple):
    """A meme that is to be read: the bytes of its picture, if it has one, and its pixels."""

    data: bytes | None
    pixels: int


_Answers = tuple[Answer, ...]
_Ahead = Iterator[tuple[int, Source, ReadMeme | _Answers]]


@dataclass(frozen=True, kw_only=True)
class BatchPredictor:
    """Predicts many memes."""

    reader: Reader
    encoder: MemeEncoder
    predictor: Predictor

    def predict_batch(
        self,
        items: Iterable[Source],
        find: FindModels,
        *,
        kept: Kept | None = None,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> Iterator[Answer]:
        """Yield each source's answers in order, one per task set; a failure lets the rest go on.

        A source that cannot be read has one answer, which says why.

        Args:
            items: the memes; where they are no list, how many there are is not known.
            find: the models of each task set.
            kept: takes every answer as it comes; what is in it already is not asked again.
            on_progress: called whenever a source is read; may raise to stop.
        """
        total = len(items) if isinstance(items, Sequence) else 0

        def read() -> Iterator[ReadMeme | _Answers]:
            for place, source, found in self._read_ahead(items, find, kept):
                if on_progress is not None:
                    name = clean_path(source.filename)
                    on_progress(Progress(done=place + 1, total=max(total, place + 1), message=name))
                yield found

        return self.answer(read(), find, kept=kept)

    def read(self, place: int, source: Source, *, known: str = "") -> ReadMeme | tuple[Answer, ...]:
        """Return what is read of a source, or the answer that says why it cannot be.

        Args:
            place: of the source.
            source: the meme.
            known: the id of a meme that is answered already: where it is this one, there is no
                answer, and nothing is read.
        """
        try:
            data = self.reader.open_source(source)
            if known and _name(source, data) == known:
                return ()
            return self._read(place, source, data)
        except Exception as error:
            return (_fail(place, source.filename, error, None),)

    def answer(
        self,
        reads: Iterable[ReadMeme | tuple[Answer, ...]],
        find: FindModels,
        *,
        kept: Kept | None = None,
    ) -> Iterator[Answer]:
        """Yield the answers to memes as they are read, some of them encoded together.

        Where reading raises, what was read is answered first, so that it is kept.

        Args:
            reads: memes, or the answers to one that is not to be asked.
            find, kept: as in ``predict_batch``.
        """
        waiting: list[ReadMeme] = []
        asked, ahead = find(), iter(reads)
        while True:
            try:
                read = next(ahead, None)
            except Exception:
                deque(self._answer(waiting, asked, kept), maxlen=0)
                raise
            if isinstance(read, ReadMeme):
                waiting.append(read)
                if len(waiting) < SIZE and _count_pixels(waiting) < MOST_PIXELS:
                    continue
            yield from self._answer(waiting, asked, kept)
            if read is None:
                return
            if waiting:
                waiting, asked = [], find()
            if not isinstance(read, ReadMeme):
                yield from read

    def _read_ahead(self, items: Iterable[Source], find: FindModels, kept: Kept | None) -> _Ahead:
        """Yield each source with its place and what is read of it, in order."""
        pool = ThreadPoolExecutor(self.reader.at_once, thread_name_prefix="read")
        running: deque[tuple[int, Source, int, Future[ReadMeme] | _Answers]] = deque()
        try:
            for place, source in enumerate(items):
                found = self._look_up(place, source, find, kept)
                size = found.pixels if isinstance(found, _Opened) else 0
                while running and self._is_full(size, [pixels for _, _, pixels, _ in running]):
                    yield _wait(*running.popleft(), kept)
                if isinstance(found, _Opened):
                    read = pool.submit(self._read, place, source, found.data)
                    running.append((place, source, size, read))
                else:
                    running.append((place, source, size, found))
            while running:
                yield _wait(*running.popleft(), kept)
        finally:
            pool.shutdown(cancel_futures=True)

    def _is_full(self, size: int, running: Sequence[int]) -> bool:
        """Say whether one of so many pixels has to wait until one of those running is done."""
        if len(running) < self.reader.at_once:
            return False
        return len(running) >= self.reader.at_once + SIZE or size + sum(running) > MOST_PIXELS

    def _look_up(
        self, place: int, source: Source, find: FindModels, kept: Kept | None
    ) -> _Opened | _Answers:
        """Open a meme, unless all its answers are known or it cannot be opened."""
        name = clean_path(source.filename)
        try:
            data = self.reader.open_source(source)
            if kept is not None:
                meme = _name(source, data)
                keys = [make_key(meme, source.text, models) for models in find()]
                known = [kept.find(key, place, name) for key in keys]
                if all(known):
                    return tuple(filter(None, known))
            return _Opened(data, 0 if data is None else self.reader.count_pixels(data))
        except Exception as error:
            return (_fail(place, source.filename, error, kept),)

    def _read(self, place: int, source: Source, data: bytes | None) -> ReadMeme:
        meme, loaded = self.reader.read(
            data, source.filename, text=source.text, text_source="file", keep=True
        )
        picture = None if loaded is None else loaded.image
        # In a folder or an archive, many may have one name.
        named = replace(meme, filename=clean_path(source.filename))
        return ReadMeme(place=place, text=source.text, meme=named, picture=picture)

    def _answer(
        self, waiting: Sequence[ReadMeme], asked: Sequence[Asked], kept: Kept | None
    ) -> Iterator[Answer]:
        self._encode(waiting, [model for models in asked for model in models])
        for one in waiting:
            for models in asked:
                yield self._ask(one, models, kept)

    def _ask(self, one: ReadMeme, models: Asked, kept: Kept | None) -> Answer:
        """Return what models say of a meme, unless it is known."""
        key = make_key(one.meme.id, one.text, models)
        known = None if kept is None else kept.find(key, one.place, one.meme.filename)
        if known is not None:
            return known
        try:
            told = [self.predictor.predict(one.meme, one.picture, model) for model in models]
        except Exception as error:
            return _fail(one.place, one.meme.filename, error, kept)
        answer = Answer(place=one.place, told=told[0], key=key, beside=tuple(told[1:]))
        if kept is not None:
            kept.add(answer)
        return answer

    def _encode(self, waiting: Sequence[ReadMeme], models: Sequence[LoadedModel]) -> None:
        """Have the features at hand; what cannot be encoded says so when its turn comes."""
        try:
            for model in models:
                pairs = [(one.meme, one.picture) for one in waiting]
                self.encoder.prepare(pairs, reads=model.reads, needs=model.needs)
        except Exception as error:
            log_unexpected(_log, error, "a batch is encoded one by one", level=logging.INFO)


def _name(source: Source, data: bytes | None) -> str:
    """Return a meme's id."""
    return content_id(data) if data is not None else text_id(source.text or "")


def _wait(
    place: int, source: Source, _: int, read: Future[ReadMeme] | _Answers, kept: Kept | None
) -> tuple[int, Source, ReadMeme | _Answers]:
    if isinstance(read, tuple):
        return place, source, read
    try:
        return place, source, read.result()
    except Exception as error:
        return place, source, (_fail(place, source.filename, error, kept),)


def _count_pixels(waiting: Sequence[ReadMeme]) -> int:
    return sum(one.picture.width * one.picture.height for one in waiting if one.picture)


def _fail(place: int, filename: str, error: Exception, kept: Kept | None) -> Answer:
    if isinstance(error, MemeclipError):
        reason = str(error)
    else:
        log_unexpected(_log, error, "a meme among many could not be predicted")
        reason = UNEXPECTED
    answer = Answer(place=place, told=Failure(filename=filename, reason=reason))
    if kept is not None:
        kept.add(answer)
    return answer
