"""The features of a dataset's rows, encoded in batches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import partial

import numpy as np
from PIL import Image

from memeclip_core.datasets.reader import Row
from memeclip_core.encoders.base import Encoder, ask_prompts, ask_tokens
from memeclip_core.encoders.cache import CachedCaptioner, CachedEncoder, FeatureCache
from memeclip_core.encoders.captioner import Captioner, ask_captioner
from memeclip_core.encoders.features import VECTORS, Features, Needs, pad_ids, pad_tokens
from memeclip_core.errors import ImageError
from memeclip_core.memes.image import DEFAULT_LIMITS, ImageLimits, content_id, load_image
from memeclip_core.memes.text import join_caption, text_id
from memeclip_core.records.job import Progress
from memeclip_core.storage.tree import read_file

BATCH = 32

Pictures = dict[int, Callable[[], Image.Image]]
"""The place of a row that has a readable image → what decodes it."""


def row_id(row: Row) -> str:
    """Return what identifies a row without its image: its text, or else its name."""
    return text_id(row.text if row.text.strip() else f"name:{row.name}")


def encode_rows(
    encoder: Encoder,
    rows: Sequence[Row],
    *,
    with_images: bool = True,
    needs: Needs = VECTORS,
    captioner: Captioner | None = None,
    cache: FeatureCache | None = None,
    limits: ImageLimits = DEFAULT_LIMITS,
    on_progress: Callable[[Progress], None] | None = None,
) -> Features:
    """Encode N rows of a dataset in batches; an unreadable image is a missing image.

    Args:
        encoder, rows, with_images: whose features, of what, and whether to look for images.
        needs: what to add to the vectors.
        captioner: what writes the captions in front of the texts, where they are needed.
        cache: keeps features between runs: after a kill, the next run goes on behind the last
            whole batch. ``None`` computes them all.
        limits, on_progress: of an image, and what is called after every batch.

    Returns:
        N rows of features in the rows' order, their ids from ``row_id`` or the image's bytes.

    Raises:
        UnsupportedError, EncoderError: see ``check_needs``.
    """
    check_needs(encoder, needs, captioner)
    sheet = _Sheet(
        rows,
        CachedEncoder(encoder=encoder, cache=cache),
        CachedCaptioner(captioner=ask_captioner(captioner), cache=cache)
        if needs.captions
        else None,
        needs,
    )
    for start in range(0, len(rows), BATCH):
        places = range(start, min(start + BATCH, len(rows)))
        pictures = sheet.open_images(places, limits) if with_images else {}
        sheet.write_captions(pictures)
        sheet.encode_texts(places)
        sheet.encode_images(pictures)
        if on_progress is not None:
            on_progress(Progress(done=places.stop, total=len(rows), message="encoding"))
    return sheet.features()


def check_needs(encoder: Encoder, needs: Needs, captioner: Captioner | None) -> None:
    """Refuse, before anything is encoded, what cannot be given.

    Raises:
        UnsupportedError: if more is needed than the encoder can give.
        EncoderError: if captions are needed and there is no captioner.
    """
    if needs.tokens:
        ask_tokens(encoder)
    if needs.words:
        ask_prompts(encoder)
    if needs.captions:
        ask_captioner(captioner)


class _Sheet:
    """What is known of N rows while they are encoded: by what it is, then by the row's place."""

    def __init__(
        self,
        rows: Sequence[Row],
        made: CachedEncoder,
        captioner: CachedCaptioner | None,
        needs: Needs,
    ) -> None:
        self._rows, self._made, self._captioner, self._needs = rows, made, captioner, needs
        self._ids = [row_id(row) for row in rows]
        self._texts = [row.text for row in rows]
        self._found: dict[str, dict[int, np.ndarray]] = defaultdict(dict)

    def open_images(self, places: range, limits: ImageLimits) -> Pictures:
        opened = {i: self._open(i, limits) for i in places}
        return {i: opener for i, opener in opened.items() if opener is not None}

    def write_captions(self, pictures: Pictures) -> None:
        if self._captioner is None:
            return
        ids = [self._ids[i] for i in pictures]
        captions = self._captioner.captions(ids, list(pictures.values()))
        for i, caption in zip(pictures, captions, strict=True):
            self._texts[i] = join_caption(caption, self._texts[i])

    def encode_texts(self, places: range) -> None:
        written = [i for i in places if self._texts[i].strip()]
        texts = [self._texts[i] for i in written]
        self._put("text", written, self._made.texts(texts))
        if self._needs.tokens:
            self._put("text_tokens", written, self._made.text_tokens(texts))
        if self._needs.words:
            words = ask_prompts(self._made.encoder).encode_words(texts)
            self._put("word_ids", written, words)

    def encode_images(self, pictures: Pictures) -> None:
        ids, openers = [self._ids[i] for i in pictures], list(pictures.values())
        self._put("image", pictures, self._made.images(ids, openers))
        if self._needs.tokens:
            self._put("image_tokens", pictures, self._made.image_tokens(ids, openers))

    def _put(self, name: str, places: Iterable[int], values: Iterable[np.ndarray]) -> None:
        self._found[name].update(zip(places, values, strict=True))

    def _open(self, i: int, limits: ImageLimits) -> Callable[[], Image.Image] | None:
        """Return what decodes a row's image, or ``None`` if it is missing or unreadable."""
        path = self._rows[i].image
        if path is None:
            return None
        try:
            data = read_file(path, max_bytes=limits.max_bytes)
            own = content_id(data)
            if self._made.knows_image(own, tokens=self._needs.tokens):
                self._ids[i] = own
                return partial(_decode, data, limits)
            picture = _decode(data, limits)
        except ImageError:
            return None
        self._ids[i] = own
        return lambda: picture

    def features(self) -> Features:
        encoder, needs = self._made.encoder, self._needs
        tokens = ask_tokens(encoder) if needs.tokens else None
        image, has_image = self._stack("image", encoder.image_dim)
        text, has_text = self._stack("text", encoder.text_dim)
        return Features(
            ids=tuple(self._ids),
            image=image,
            text=text,
            has_image=has_image,
            has_text=has_text,
            fingerprint=encoder.fingerprint,
            image_tokens=pad_tokens(self._list("image_tokens"), tokens.image_token_dim)
            if tokens
            else None,
            text_tokens=pad_tokens(self._list("text_tokens"), tokens.text_token_dim)
            if tokens
            else None,
            word_ids=pad_ids(self._list("word_ids")) if needs.words else None,
            captioner="" if self._captioner is None else self._captioner.fingerprint,
        )

    def _list(self, name: str) -> list[np.ndarray | None]:
        return [self._found[name].get(i) for i in range(len(self._rows))]

    def _stack(self, name: str, width: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the vectors, float32 (N, width), 0 where a row has none; and who has, (N,)."""
        vectors = np.zeros((len(self._rows), width), dtype=np.float32)
        for i, vector in self._found[name].items():
            vectors[i] = vector
        return vectors, np.array([v is not None for v in self._list(name)], dtype=np.bool_)


def _decode(data: bytes, limits: ImageLimits) -> Image.Image:
    return load_image(data, limits=limits).image
