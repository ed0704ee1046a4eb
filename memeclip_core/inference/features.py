"""Features of memes, worked out once: from memory, from the disk, or by the encoder.

Invariants: any thread may ask. Memory and cache guard themselves, and the encoder is called under
the engines' ``encoding``; two threads that encode the same meme find the same vectors.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from PIL import Image

from memeclip_core.encoders.base import ask_prompts, ask_tokens
from memeclip_core.encoders.cache import CachedCaptioner, CachedEncoder, FeatureCache
from memeclip_core.encoders.features import (
    VECTORS,
    Features,
    Needs,
    feature_key,
    pad_ids,
    pad_tokens,
)
from memeclip_core.inference.engines import Engines
from memeclip_core.memes.text import has_words, join_caption
from memeclip_core.memory import Memory
from memeclip_core.records.meme import Meme


class MemeEncoder:
    """Encode single memes; image and text apart, so that a new text leaves the image alone."""

    def __init__(self, *, engines: Engines, cache: FeatureCache) -> None:
        self._engines = engines
        self._cache = cache
        self._memory: Memory[str, np.ndarray] = Memory(4096)

    def features(
        self, meme: Meme, picture: Image.Image | None, *, reads: str, needs: Needs = VECTORS
    ) -> Features:
        """Return the features of one meme (N = 1).

        Args:
            meme: its id and text.
            picture: its image, or ``None`` to go without.
            reads: what the heads read; a modality that they do not read is not encoded and
                counts as missing.
            needs: what the heads read beyond the vectors.

        Raises:
            UnsupportedError: if more is needed than the encoder can give.
            EncoderError: if captions are needed and there is no captioner.
        """
        encoder = self._engines.encoder()
        shown = picture if "image" in reads else None
        words = meme.text
        if needs.captions and shown is not None:
            words = join_caption(self.caption(meme, shown), words)
        with_text = has_words(words) and "text" in reads
        keys = [feature_key(*of, encoder.fingerprint) for of in ((meme.id, ""), ("", words))]
        image = np.zeros(encoder.image_dim, np.float32)
        text = np.zeros(encoder.text_dim, np.float32)
        if shown is not None:
            image = self._vector(
                keys[0], encoder.image_dim, lambda: encoder.encode_images([shown])[0]
            )
        if with_text:
            text = self._vector(keys[1], encoder.text_dim, lambda: encoder.encode_texts([words])[0])
        features = Features(
            ids=(meme.id,),
            image=image[None],
            text=text[None],
            has_image=np.array([shown is not None]),
            has_text=np.array([with_text]),
            fingerprint=encoder.fingerprint,
            captioner=self._engines.captioner().fingerprint if needs.captions else "",
        )
        if needs.words:
            ids = ask_prompts(encoder).encode_words([words])[0] if with_text else None
            features = replace(features, word_ids=pad_ids([ids]))
        return self._with_tokens(features, words, picture) if needs.tokens else features

    def caption(self, meme: Meme, picture: Image.Image) -> str:
        """Return a sentence about a meme's image.

        Raises:
            EncoderError: if there is no captioner.
        """
        captioner = self._engines.captioner()
        made = CachedCaptioner(captioner=captioner, cache=self._cache)
        with self._engines.encoding:
            return made.captions([meme.id], [lambda: picture])[0]

    def _with_tokens(self, features: Features, text: str, picture: Image.Image | None) -> Features:
        giver = ask_tokens(self._engines.encoder())
        made = CachedEncoder(encoder=self._engines.encoder(), cache=self._cache)
        patches: list[np.ndarray | None] = [None]
        words: list[np.ndarray | None] = [None]
        with self._engines.encoding:
            if features.has_image[0] and picture is not None:
                patches = [*made.image_tokens(features.ids, [lambda: picture])]
            if features.has_text[0]:
                words = [*made.text_tokens([text])]
        return replace(
            features,
            image_tokens=pad_tokens(patches, giver.image_token_dim),
            text_tokens=pad_tokens(words, giver.text_token_dim),
        )

    def _vector(self, key: str, width: int, encode: Callable[[], np.ndarray]) -> np.ndarray:
        vector = self._memory.get(key)
        if vector is None:
            vector = self._cache.get(key, width)
            if vector is None:
                with self._engines.encoding:
                    vector = np.asarray(encode(), dtype=np.float32)
                self._cache.put(key, vector)
            self._memory.put(key, vector)
        return vector
