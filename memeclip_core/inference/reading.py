"""From bytes to a meme: decoding, and the text that is on it.

Invariants: what is decoded and read is remembered, guarded by the memories themselves. As many
texts are read at once as the engines' ``reading`` has places; those under way stand in
``_running``, guarded by ``_mutex``, and whoever asks for one of them waits for it. The database is
asked and written to in transactions of their own.
"""

from __future__ import annotations

import logging
import threading
from concurrent.futures import Future
from dataclasses import replace
from pathlib import PurePosixPath, PureWindowsPath
from weakref import WeakValueDictionary

from PIL import Image

from memeclip_core.database.engine import Database
from memeclip_core.datasets.sources import Source, read_source
from memeclip_core.errors import StoreError, TextError
from memeclip_core.inference import queries
from memeclip_core.inference.decoding import DecodingRoom
from memeclip_core.inference.engines import Engines
from memeclip_core.memes.image import (
    ImageLimits,
    LoadedImage,
    content_id,
    count_frames,
    count_pixels,
    load_frames,
    load_image,
    sniff,
)
from memeclip_core.memes.text import MAX_TEXT, text_id
from memeclip_core.memory import Memory
from memeclip_core.ocr.base import OcrResult
from memeclip_core.ocr.reading import join_results
from memeclip_core.records.limits import check_text
from memeclip_core.records.meme import Meme, TextSource

REMEMBERED_PIXELS = 4_000_000
"""Larger images are decoded again each time, so that a few of them cannot fill the memory."""

_log = logging.getLogger("memeclip")
_EXTENSIONS = {
    "PNG": "png",
    "JPEG": "jpg",
    "WebP": "webp",
    "GIF": "gif",
    "BMP": "bmp",
    "AVIF": "avif",
    "TIFF": "tiff",
}


class Reader:
    """Decode images and read their text; remembers both for a while.

    Args:
        engines: with the text reader.
        limits: of images.
        database: where texts of pictures among many are kept, so that none is read twice.
    """

    def __init__(
        self, *, engines: Engines, limits: ImageLimits, database: Database | None = None
    ) -> None:
        self._engines = engines
        self._limits = limits
        self._database = database
        self._images: Memory[str, LoadedImage] = Memory(16)
        self._texts: Memory[tuple[str, str], OcrResult] = Memory(512)
        self._mutex = threading.Lock()
        self._running: dict[tuple[str, str], Future[OcrResult]] = {}
        self._room = DecodingRoom()
        # Pictures that somebody holds, so that one that is asked for often is decoded once.
        self._alive: WeakValueDictionary[str, Image.Image] = WeakValueDictionary()

    @property
    def at_once(self) -> int:
        """How many texts may be read at once."""
        return self._engines.at_once

    def load(self, data: bytes) -> LoadedImage:
        """Decode an image.

        Raises:
            ImageError: if it is none that can be used.
            RateLimited: if there is no room for it now.
        """
        key = content_id(data)
        loaded = self._images.get(key)
        if loaded is not None:
            return loaded
        image = self._alive.get(key)
        if image is None:
            pixels = count_pixels(data, limits=self._limits)

            def decode() -> Image.Image:
                return load_image(data, limits=self._limits, content=key).image

            image = self._room.decode(pixels, decode)
            self._alive[key] = image
        loaded = LoadedImage(
            content_id=key,
            image=image,
            format=sniff(data),
            width=image.width,
            height=image.height,
        )
        if image.width * image.height <= REMEMBERED_PIXELS:
            self._images.put(key, loaded)
        return loaded

    def picture(self, data: bytes) -> Image.Image:
        """Return the upright RGB picture; a copy, which the caller may draw on."""
        return self.load(data).image.copy()

    def count_pixels(self, data: bytes) -> int:
        """Count an image's pixels; see ``memes.image``."""
        return count_pixels(data, limits=self._limits)

    def count_frames(self, data: bytes) -> int:
        """Count an image's frames; see ``memes.image``."""
        return count_frames(data, limits=self._limits)

    def read(
        self,
        data: bytes | None,
        filename: str,
        *,
        text: str | None = None,
        text_source: TextSource = "user",
        keep: bool = False,
    ) -> tuple[Meme, LoadedImage | None]:
        """Return the meme with the text given, or else with what OCR reads, and its image.

        Args:
            data: the image's bytes, if there is one.
            filename: the name that it came with.
            text, text_source: the text, if it is known, and from where.
            keep: whether a text that is read is kept on the disk.

        Raises:
            ImageError: if the bytes are not a usable image.
            TextError: if there is neither image nor text, or the text cannot be stored.
            OcrError: if the text reader is missing or fails.
        """
        if text is not None:
            _check_given(text)
        if data is None:
            return _text_meme(filename, text, text_source), None
        name, loaded = clean_filename(filename), self.load(data)
        meme = Meme(
            id=loaded.content_id,
            filename=name,
            text=text or "",
            text_source=text_source,
            width=loaded.width,
            height=loaded.height,
        )
        if text is None:
            result = self._read_text(loaded, data, keep=keep)
            meme = replace(
                meme,
                text=result.text.replace("\0", ""),
                text_source=result.engine,
                words=result.words,
                unread=result.unread,
            )
        return meme, loaded

    def open_source(self, source: Source) -> bytes | None:
        """Return the bytes of a source's image; ``None`` for a text alone."""
        return read_source(source, max_bytes=self._limits.max_bytes)

    def _read_text(self, loaded: LoadedImage, data: bytes, *, keep: bool) -> OcrResult:
        engine = self._engines.ocr()
        key = (loaded.content_id, engine.fingerprint)
        with self._mutex:
            found, running = self._texts.get(key), self._running.get(key)
            if found is None and running is None:
                own = self._running[key] = Future[OcrResult]()
        if found is not None:
            return found
        if running is not None:
            return running.result()
        try:
            with self._engines.reading:
                found = self._find_reading(*key)
                if found is None:
                    frames = load_frames(data, limits=self._limits) or [loaded.image]
                    found = join_results([engine.read(frame) for frame in frames])
                    if keep:
                        self._keep_reading(*key, found)
            self._texts.put(key, found)
            own.set_result(found)
        except BaseException as error:
            own.set_exception(error)
            raise
        finally:
            with self._mutex:
                del self._running[key]
        return found

    def _find_reading(self, meme: str, reader: str) -> OcrResult | None:
        if self._database is None:
            return None
        try:
            with self._database.read() as connection:
                return queries.select_reading(connection, meme, reader)
        except StoreError:  # a home that cannot be used still predicts
            return None

    def _keep_reading(self, meme: str, reader: str, found: OcrResult) -> None:
        if self._database is None:
            return
        try:
            with self._database.write(lasting=False) as connection:
                queries.insert_reading(connection, meme, reader, found)
        except StoreError as error:
            _log.warning("the text of %s could not be kept: %s", meme[:12], error)


def file_ending(loaded: LoadedImage) -> str:
    """Return the file ending that fits what an image's bytes are."""
    return _EXTENSIONS[loaded.format]


def clean_filename(filename: str) -> str:
    """Return the last part of a name, printable and of moderate length; for display only."""
    last = PureWindowsPath(PurePosixPath(filename).name).name
    return "".join(char if char.isprintable() else " " for char in last)[:200]


def clean_path(filename: str) -> str:
    """Return a name with its folders, printable and of moderate length; for display only."""
    return "".join(char if char.isprintable() else " " for char in filename)[-200:]


def _text_meme(filename: str, text: str | None, source: TextSource) -> Meme:
    if text is None or not text.strip():
        raise TextError("There is neither an image nor a text. Hand in at least one of them.")
    return Meme(
        id=text_id(text),
        filename=clean_filename(filename),
        text=text,
        text_source=source,
        has_image=False,
    )


def _check_given(text: str) -> None:
    if len(text) > MAX_TEXT:
        raise TextError(
            f"The text has {len(text):,} characters; at most {MAX_TEXT:,} are allowed. Shorten it."
        )
    check_text(text, "text")
