"""What frozen models made of texts and images, kept by key: on the disk, and behind an encoder or
captioner. Anything doubtful is a miss.
"""

from __future__ import annotations

import hashlib
import os
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
from PIL import Image

from memeclip_core.encoders.base import Encoder, ask_tokens
from memeclip_core.encoders.captioner import Captioner
from memeclip_core.encoders.features import feature_key
from memeclip_core.storage.files import temporary
from memeclip_core.storage.home import Home

MAX_VECTORS = 200_000
"""How many files are kept, some 800 MB of vectors: enough for the images and texts of a project of
50,000 memes by two encoders. The oldest go first."""

_KEY = re.compile(r"[0-9a-f]{64}")
_SUM_BYTES = 32
_FILES = ("*/*.f??", "*/*.txt")


class FeatureCache:
    """One small file per vector, sequence or caption. It can be deleted at any time.

    A file holds values and, over key and values, a SHA-256: a damaged, truncated or misplaced
    file is a miss, and so is one that cannot be read.
    """

    def __init__(self, home: Home, *, max_vectors: int = MAX_VECTORS) -> None:
        self._folder = home.features
        self._max = max_vectors
        self._mutex = threading.Lock()
        self._count: int | None = None

    def get(self, key: str, width: int) -> np.ndarray | None:
        """Return a float32 vector of this width, or ``None``."""
        body = self._read(key, self._path(key, "f32"))
        if body is None or len(body) != 4 * width:
            return None
        return np.frombuffer(body, "<f4").astype(np.float32)

    def put(self, key: str, vector: np.ndarray) -> None:
        """Keep a vector; a disk that takes no more only makes the next look-up a miss."""
        body = np.ascontiguousarray(vector, dtype="<f4").tobytes()
        self._write(key, self._path(key, "f32"), body)

    def get_tokens(self, key: str, width: int) -> np.ndarray | None:
        """Return a float16 sequence (L, width), or ``None``."""
        body = self._read(key, self._path(key, "f16"))
        if body is None or len(body) % (2 * width):
            return None
        return np.frombuffer(body, "<f2").astype(np.float16).reshape(-1, width)

    def put_tokens(self, key: str, tokens: np.ndarray) -> None:
        """Keep a sequence (L, D); see ``put``."""
        body = np.ascontiguousarray(tokens, dtype="<f2").tobytes()
        self._write(key, self._path(key, "f16"), body)

    def get_text(self, key: str) -> str | None:
        """Return a text, or ``None``."""
        body = self._read(key, self._path(key, "txt"))
        return None if body is None else body.decode("utf-8", errors="replace")

    def put_text(self, key: str, text: str) -> None:
        """Keep a text; see ``put``."""
        body = text.encode("utf-8", errors="replace")
        self._write(key, self._path(key, "txt"), body)

    def _read(self, key: str, path: Path) -> bytes | None:
        try:
            data = path.read_bytes()
        except OSError:
            return None
        body = data[:-_SUM_BYTES]
        return body if data[-_SUM_BYTES:] == _sum(key, body) else None

    def _write(self, key: str, path: Path, body: bytes) -> None:
        temp = temporary(path)
        with suppress(OSError):
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                # Not fsynced: a vector lost in a power cut is computed again.
                temp.write_bytes(body + _sum(key, body))
                os.replace(temp, path)
                self._make_room()
            finally:
                temp.unlink(missing_ok=True)

    def _path(self, key: str, suffix: str) -> Path:
        if not _KEY.fullmatch(key):
            raise ValueError(f"'{key[:80]}' is no cache key")
        return self._folder / key[:2] / f"{key}.{suffix}"

    def _make_room(self) -> None:
        with self._mutex:
            if self._count is None:
                self._count = sum(1 for _ in self._files())
            else:
                self._count += 1
            if self._count <= self._max:
                return
            ages = sorted((p.stat().st_mtime_ns, p) for p in self._files())
            for _, path in ages[: max(1, len(ages) - self._max * 9 // 10)]:
                path.unlink(missing_ok=True)
            self._count = None

    def _files(self) -> Iterator[Path]:
        for pattern in _FILES:
            yield from self._folder.glob(pattern)


def _sum(key: str, body: bytes) -> bytes:
    return hashlib.sha256(key.encode("ascii") + body).digest()


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


class CachedCaptioner:
    """Captions of images; the page's cache has the same keys."""

    def __init__(self, *, captioner: Captioner, cache: FeatureCache | None) -> None:
        self._captioner = captioner
        self._cache = cache

    @property
    def fingerprint(self) -> str:
        """The captioner's."""
        return self._captioner.fingerprint

    def captions(
        self, ids: Sequence[str], open_image: Sequence[Callable[[], Image.Image]]
    ) -> list[str]:
        """Return a caption per image; only what has none yet is opened.

        Args:
            ids: content ids.
            open_image: for each, what decodes it.
        """
        known = {own: self._get(own) for own in ids}
        missing = {own: ids.index(own) for own, caption in known.items() if caption is None}
        if missing:
            images = [open_image[place]() for place in missing.values()]
            for own, caption in zip(missing, self._captioner.write_captions(images), strict=True):
                self._put(own, caption)
                known[own] = caption
        return [known[own] or "" for own in ids]

    def _key(self, content_id: str) -> str:
        return feature_key(content_id, "", self._captioner.fingerprint)

    def _get(self, content_id: str) -> str | None:
        return None if self._cache is None else self._cache.get_text(self._key(content_id))

    def _put(self, content_id: str, caption: str) -> None:
        if self._cache is not None:
            self._cache.put_text(self._key(content_id), caption)
