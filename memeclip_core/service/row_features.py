"""The features of a dataset's rows, encoded in batches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from PIL import Image

from memeclip_core.encoders.base import Encoder, ask_tokens
from memeclip_core.errors import ImageError
from memeclip_core.features import Features, Tokens, pad_tokens
from memeclip_core.image import DEFAULT_LIMITS, ImageLimits, content_id, load_image
from memeclip_core.records import Progress
from memeclip_core.service.cached_encoder import CachedEncoder
from memeclip_core.stores.datasets import Row
from memeclip_core.stores.feature_cache import FeatureCache
from memeclip_core.stores.inputs import Source, read_source
from memeclip_core.text import text_hash

BATCH = 32


def row_id(row: Row) -> str:
    """Return what identifies a row among others: the hash of its text, or of its name."""
    return text_hash(row.text) if row.text.strip() else text_hash(f"name:{row.name}")


def encode_rows(
    encoder: Encoder,
    rows: Sequence[Row],
    *,
    with_images: bool = True,
    with_tokens: bool = False,
    cache: FeatureCache | None = None,
    limits: ImageLimits = DEFAULT_LIMITS,
    on_progress: Callable[[Progress], None] | None = None,
) -> Features:
    """Encode a dataset's rows in batches; an unreadable image is a missing image.

    Args:
        encoder: whose features.
        rows: N rows.
        with_images: whether to look for images.
        with_tokens: whether to add the sequences of patches and words.
        cache: keeps features between runs: after a kill, the next run goes on behind the last
            whole batch. ``None`` computes them all.
        limits: of an image.
        on_progress: called after every batch.

    Returns:
        N rows of features in the rows' order, their ids from ``row_id`` or the image's bytes.

    Raises:
        UnsupportedError: if sequences are asked of an encoder that has none.
    """
    sheet = _Sheet(rows, CachedEncoder(encoder=encoder, cache=cache), with_tokens=with_tokens)
    for start in range(0, len(rows), BATCH):
        places = range(start, min(start + BATCH, len(rows)))
        sheet.encode_texts(places)
        if with_images:
            sheet.encode_images(places, limits)
        if on_progress is not None:
            on_progress(Progress(done=places.stop, total=len(rows), message="encoding"))
    return sheet.features()


class _Sheet:
    """The arrays of N rows while they fill."""

    def __init__(self, rows: Sequence[Row], made: CachedEncoder, *, with_tokens: bool) -> None:
        encoder = made.encoder
        self._rows, self._made, self._with_tokens = rows, made, with_tokens
        self._ids = [row_id(row) for row in rows]
        self._image = np.zeros((len(rows), encoder.image_dim), dtype=np.float32)
        self._text = np.zeros((len(rows), encoder.text_dim), dtype=np.float32)
        self._has_image = np.zeros(len(rows), dtype=np.bool_)
        self._has_text = np.array([bool(row.text.strip()) for row in rows], dtype=np.bool_)
        self._image_tokens: list[np.ndarray | None] = [None] * len(rows)
        self._text_tokens: list[np.ndarray | None] = [None] * len(rows)

    def encode_texts(self, places: range) -> None:
        written = [i for i in places if self._has_text[i]]
        texts = [self._rows[i].text for i in written]
        for i, vector in zip(written, self._made.texts(texts), strict=True):
            self._text[i] = vector
        if self._with_tokens:
            for i, tokens in zip(written, self._made.text_tokens(texts), strict=True):
                self._text_tokens[i] = tokens

    def encode_images(self, places: range, limits: ImageLimits) -> None:
        pictures: dict[int, Callable[[], Image.Image]] = {}
        for i in places:
            opened = self._open(i, limits)
            if opened is not None:
                pictures[i] = opened
        ids, openers = [self._ids[i] for i in pictures], list(pictures.values())
        for i, vector in zip(pictures, self._made.images(ids, openers), strict=True):
            self._image[i], self._has_image[i] = vector, True
        if self._with_tokens:
            found = self._made.image_tokens(ids, openers)
            for i, tokens in zip(pictures, found, strict=True):
                self._image_tokens[i] = tokens

    def _open(self, i: int, limits: ImageLimits) -> Callable[[], Image.Image] | None:
        """Return what decodes a row's image, or ``None`` if it is missing or unreadable."""
        row = self._rows[i]
        try:
            data = read_source(
                Source(filename=row.name, path=row.image), max_bytes=limits.max_bytes
            )
            if data is None:
                return None
            own = content_id(data)
            if self._made.knows_image(own, tokens=self._with_tokens):
                self._ids[i] = own
                return partial(_decode, data, limits)
            picture = _decode(data, limits)
        except ImageError:
            return None
        self._ids[i] = own
        return lambda: picture

    def features(self) -> Features:
        image_tokens: Tokens | None = None
        text_tokens: Tokens | None = None
        if self._with_tokens:
            tokens = ask_tokens(self._made.encoder)
            image_tokens = pad_tokens(self._image_tokens, tokens.image_token_dim)
            text_tokens = pad_tokens(self._text_tokens, tokens.text_token_dim)
        return Features(
            ids=tuple(self._ids),
            image=self._image,
            text=self._text,
            has_image=self._has_image,
            has_text=self._has_text,
            fingerprint=self._made.encoder.fingerprint,
            image_tokens=image_tokens,
            text_tokens=text_tokens,
        )


def _decode(data: bytes, limits: ImageLimits) -> Image.Image:
    return load_image(data, limits=limits).image
