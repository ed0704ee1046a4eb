"""The features of a collection: from the cache, or encoded where they are not there yet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
from PIL import Image

from memeclip_core.app.explore.contents import Contents, Library
from memeclip_core.encoders.cache import CachedEncoder, FeatureCache
from memeclip_core.errors import ImageError
from memeclip_core.explore.vectors import Vectors
from memeclip_core.inference.engines import Engines
from memeclip_core.memes.image import ImageLimits, load_image
from memeclip_core.memes.text import has_words
from memeclip_core.records.job import Progress

CHUNK: Final = 16
"""Memes encoded in one turn: a prediction on the page waits no longer than that takes."""


@dataclass(frozen=True, kw_only=True)
class FeatureReader:
    """Reads the features of collections.

    Attributes:
        library: opens their pictures.
        engines, cache: the encoder, and what it made before.
        limits: of images.
    """

    library: Library
    engines: Engines
    cache: FeatureCache
    limits: ImageLimits

    @property
    def fingerprint(self) -> str:
        """The encoder's, which is loaded for it."""
        return self.engines.encoder().fingerprint

    def read(self, contents: Contents, on_progress: Callable[[Progress], None]) -> Vectors:
        """Return the features of all memes; an image that cannot be read is a missing one.

        ``on_progress`` is called every few memes, and what it raises ends the work: what was
        encoded stays in the cache.
        """
        encoder, size = self.engines.encoder(), len(contents)
        made = CachedEncoder(encoder=encoder, cache=self.cache)
        vectors = Vectors(
            image=np.zeros((size, encoder.image_dim), np.float16),
            text=np.zeros((size, encoder.text_dim), np.float16),
            has_image=np.zeros(size, bool),
            has_text=np.array([has_words(text) for text in contents.texts], bool),
        )
        for start in range(0, size, CHUNK):
            places = range(start, min(start + CHUNK, size))
            on_progress(Progress(done=start, total=size, message="reading features"))
            written = [place for place in places if vectors.has_text[place]]
            with self.engines.encoding:
                texts = made.texts([contents.texts[place] for place in written])
                pictures = self._images(made, contents, places)
            for place, values in [*zip(written, texts, strict=True)]:
                vectors.text[place] = values
            for place, values in pictures.items():
                vectors.image[place], vectors.has_image[place] = values, True
        return vectors

    def _images(
        self, made: CachedEncoder, contents: Contents, places: Sequence[int]
    ) -> dict[int, np.ndarray]:
        known = {place: self.library.identify_image(contents, place) for place in places}
        ids = {place: one for place, one in known.items() if one is not None}
        openers: dict[int, Callable[[], Image.Image]] = {
            place: partial(self._open, contents, place) for place in ids
        }
        try:
            found = made.images([*ids.values()], [*openers.values()])
            return dict(zip(ids, found, strict=True))
        except ImageError:
            return self._one_by_one(made, ids, openers)

    def _one_by_one(
        self,
        made: CachedEncoder,
        ids: dict[int, str],
        openers: dict[int, Callable[[], Image.Image]],
    ) -> dict[int, np.ndarray]:
        found = {}
        for place, one in ids.items():
            try:
                (found[place],) = made.images([one], [openers[place]])
            except ImageError:
                continue
        return found

    def _open(self, contents: Contents, place: int) -> Image.Image:
        data = self.library.read_image(contents, place)
        if data is None:
            raise ImageError("The image of this meme is not there any more.")
        return load_image(data, limits=self.limits).image
