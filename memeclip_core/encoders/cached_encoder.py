"""An encoder behind the disk cache: what was encoded once is never encoded again."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image

from memeclip_core.encoders.base import Encoder, ask_tokens
from memeclip_core.encoders.cache import FeatureCache
from memeclip_core.encoders.features import feature_key

Open = Callable[[], Image.Image]


class CachedEncoder:
    """Vectors and sequences of texts and images; the page's cache has the same keys.

    Each method returns one array per item, or per item that is not ``None``.
    """

    def __init__(self, *, encoder: Encoder, cache: FeatureCache | None) -> None:
        self.encoder = encoder
        self._cache = cache

    def texts(self, texts: Sequence[str]) -> list[np.ndarray]:
        """Return a vector per text: float32 (text_dim,)."""
        encoder, keys = self.encoder, self._text_keys(texts)
        return self._vectors(
            keys, encoder.text_dim, lambda rows: encoder.encode_texts([texts[i] for i in rows])
        )

    def text_tokens(self, texts: Sequence[str]) -> list[np.ndarray]:
        """Return a sequence per text: float16 (words, text_token_dim).

        Raises:
            UnsupportedError: if the encoder gives none.
        """
        tokens, keys = ask_tokens(self.encoder), self._text_keys(texts)
        return self._sequences(
            keys,
            tokens.text_token_dim,
            lambda rows: tokens.encode_text_tokens([texts[i] for i in rows]),
        )

    def images(self, ids: Sequence[str], open_image: Sequence[Open]) -> list[np.ndarray]:
        """Return a vector per image: float32 (image_dim,); only what is not cached is opened.

        Args:
            ids: content ids.
            open_image: for each, what decodes it.
        """
        encoder, keys = self.encoder, self._image_keys(ids)
        return self._vectors(
            keys,
            encoder.image_dim,
            lambda rows: encoder.encode_images([open_image[i]() for i in rows]),
        )

    def image_tokens(self, ids: Sequence[str], open_image: Sequence[Open]) -> list[np.ndarray]:
        """Return a sequence per image: float16 (patches, image_token_dim); see ``images``.

        Raises:
            UnsupportedError: if the encoder gives none.
        """
        tokens, keys = ask_tokens(self.encoder), self._image_keys(ids)
        return self._sequences(
            keys,
            tokens.image_token_dim,
            lambda rows: tokens.encode_image_tokens([open_image[i]() for i in rows]),
        )

    def knows_image(self, content_id: str, *, tokens: bool) -> bool:
        """Say whether an image need not be opened."""
        if self._cache is None:
            return False
        (key,) = self._image_keys([content_id])
        if self._cache.get(key, self.encoder.image_dim) is None:
            return False
        width = ask_tokens(self.encoder).image_token_dim if tokens else 0
        return not tokens or self._cache.get_tokens(key, width) is not None

    def _text_keys(self, texts: Sequence[str]) -> list[str]:
        return [feature_key("", text, self.encoder.fingerprint) for text in texts]

    def _image_keys(self, ids: Sequence[str]) -> list[str]:
        return [feature_key(content_id, "", self.encoder.fingerprint) for content_id in ids]

    def _vectors(
        self, keys: list[str], width: int, make: Callable[[list[int]], np.ndarray]
    ) -> list[np.ndarray]:
        if self._cache is None:
            return list(make(list(range(len(keys))))) if keys else []
        cache = self._cache
        return _recall(keys, lambda key: cache.get(key, width), cache.put, make)

    def _sequences(
        self, keys: list[str], width: int, make: Callable[[list[int]], list[np.ndarray]]
    ) -> list[np.ndarray]:
        if self._cache is None:
            return make(list(range(len(keys)))) if keys else []
        cache = self._cache
        return _recall(keys, lambda key: cache.get_tokens(key, width), cache.put_tokens, make)


def _recall(
    keys: list[str],
    get: Callable[[str], np.ndarray | None],
    put: Callable[[str, np.ndarray], None],
    make: Callable[[list[int]], Sequence[np.ndarray] | np.ndarray],
) -> list[np.ndarray]:
    known = {key: get(key) for key in dict.fromkeys(keys)}
    missing = {key: keys.index(key) for key, value in known.items() if value is None}
    if missing:
        for key, value in zip(missing, make(list(missing.values())), strict=True):
            put(key, value)
            known[key] = value
    return [value for key in keys if (value := known[key]) is not None]
