"""What frozen models made of texts and images, kept by key: on the disk, and behind an encoder or
captioner. Anything doubtful is a miss.
"""

from __future__ import annotations

import hashlib
import os
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

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
    file is a miss, and so is one that cannot be read. Without a home nothing is kept.
    """

    def __init__(self, home: Home | None, *, max_vectors: int = MAX_VECTORS) -> None:
        self._folder = None if home is None else home.features
        self._max = max_vectors
        self._mutex = threading.Lock()
        self._count: int | None = None

    def get(self, key: str, width: int) -> np.ndarray | None:
        """Return a float32 vector of this width, or ``None``."""
        body = self._read(key, "f32")
        return np.frombuffer(body, "<f4").copy() if body and len(body) == 4 * width else None

    def put(self, key: str, vector: np.ndarray) -> None:
        """Keep a vector; a disk that takes no more only makes the next look-up a miss."""
        self._write(key, "f32", np.ascontiguousarray(vector, dtype="<f4").tobytes())

    def get_tokens(self, key: str, width: int) -> np.ndarray | None:
        """Return a float16 sequence (L, width), or ``None``."""
        body = self._read(key, "f16")
        if body is None or len(body) % (2 * width):
            return None
        return np.frombuffer(body, "<f2").reshape(-1, width).copy()

    def put_tokens(self, key: str, tokens: np.ndarray) -> None:
        """Keep a sequence (L, D); see ``put``."""
        self._write(key, "f16", np.ascontiguousarray(tokens, dtype="<f2").tobytes())

    def get_text(self, key: str) -> str | None:
        """Return a text, or ``None``."""
        body = self._read(key, "txt")
        return None if body is None else body.decode("utf-8", errors="replace")

    def put_text(self, key: str, text: str) -> None:
        """Keep a text; see ``put``."""
        self._write(key, "txt", text.encode("utf-8", errors="replace"))

    def _read(self, key: str, suffix: str) -> bytes | None:
        path = self._path(key, suffix)
        try:
            data = b"" if path is None else path.read_bytes()
        except OSError:
            return None
        body = data[:-_SUM_BYTES]
        return body if data[-_SUM_BYTES:] == _sum(key, body) else None

    def _write(self, key: str, suffix: str, body: bytes) -> None:
        path = self._path(key, suffix)
        if path is None:
            return
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

    def _path(self, key: str, suffix: str) -> Path | None:
        if not _KEY.fullmatch(key):
            raise ValueError(f"'{key[:80]}' is no cache key")
        return self._folder and self._folder / key[:2] / f"{key}.{suffix}"

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
        if self._folder is not None:
            for pattern in _FILES:
                yield from self._folder.glob(pattern)


def _sum(key: str, body: bytes) -> bytes:
    return hashlib.sha256(key.encode("ascii") + body).digest()


Open = Callable[[], Image.Image]
T = TypeVar("T", np.ndarray, str)


class CachedEncoder:
    """Vectors and sequences of texts and images; the page's cache has the same keys.

    Each method returns one array per item; only images that are not cached are opened, each by
    the function beside its content id.

    Args:
        encoder: makes what is not cached.
        cache: ``None`` keeps nothing.
    """

    def __init__(self, *, encoder: Encoder, cache: FeatureCache | None) -> None:
        self.encoder = encoder
        self._cache = cache or FeatureCache(None)

    def texts(self, texts: Sequence[str]) -> list[np.ndarray]:
        """Return a vector per text: float32 (text_dim,)."""
        encoder = self.encoder
        return self._vectors(
            self._keys(texts=texts),
            encoder.text_dim,
            lambda rows: encoder.encode_texts([texts[i] for i in rows]),
        )

    def text_tokens(self, texts: Sequence[str]) -> list[np.ndarray]:
        """Return a sequence per text: float16 (words, text_token_dim).

        Raises:
            UnsupportedError: if the encoder gives none.
        """
        tokens = ask_tokens(self.encoder)
        return self._sequences(
            self._keys(texts=texts),
            tokens.text_token_dim,
            lambda rows: tokens.encode_text_tokens([texts[i] for i in rows]),
        )

    def images(self, ids: Sequence[str], open_image: Sequence[Open]) -> list[np.ndarray]:
        """Return a vector per image: float32 (image_dim,)."""
        encoder = self.encoder
        return self._vectors(
            self._keys(ids=ids),
            encoder.image_dim,
            lambda rows: encoder.encode_images([open_image[i]() for i in rows]),
        )

    def image_tokens(self, ids: Sequence[str], open_image: Sequence[Open]) -> list[np.ndarray]:
        """Return a sequence per image: float16 (patches, image_token_dim).

        Raises:
            UnsupportedError: if the encoder gives none.
        """
        tokens = ask_tokens(self.encoder)
        return self._sequences(
            self._keys(ids=ids),
            tokens.image_token_dim,
            lambda rows: tokens.encode_image_tokens([open_image[i]() for i in rows]),
        )

    def knows_image(self, content_id: str, *, tokens: bool) -> bool:
        """Say whether an image need not be opened."""
        (key,) = self._keys(ids=[content_id])
        if self._cache.get(key, self.encoder.image_dim) is None:
            return False
        width = ask_tokens(self.encoder).image_token_dim if tokens else 0
        return not tokens or self._cache.get_tokens(key, width) is not None

    def _keys(self, *, ids: Sequence[str] = (), texts: Sequence[str] = ()) -> list[str]:
        own = [*((one, "") for one in ids), *(("", text) for text in texts)]
        return [feature_key(*pair, self.encoder.fingerprint) for pair in own]

    def _vectors(
        self, keys: list[str], width: int, make: Callable[[list[int]], np.ndarray]
    ) -> list[np.ndarray]:
        return _recall(keys, lambda key: self._cache.get(key, width), self._cache.put, make)

    def _sequences(
        self, keys: list[str], width: int, make: Callable[[list[int]], list[np.ndarray]]
    ) -> list[np.ndarray]:
        cache = self._cache
        return _recall(keys, lambda key: cache.get_tokens(key, width), cache.put_tokens, make)


class CachedCaptioner:
    """Captions of images; see ``CachedEncoder``."""

    def __init__(self, *, captioner: Captioner, cache: FeatureCache | None) -> None:
        self._captioner = captioner
        self._cache = cache or FeatureCache(None)

    @property
    def fingerprint(self) -> str:
        """The captioner's."""
        return self._captioner.fingerprint

    def captions(self, ids: Sequence[str], open_image: Sequence[Open]) -> list[str]:
        """Return a caption per image."""
        keys = [feature_key(content_id, "", self.fingerprint) for content_id in ids]
        write = self._captioner.write_captions
        return _recall(
            keys,
            self._cache.get_text,
            self._cache.put_text,
            lambda rows: write([open_image[i]() for i in rows]),
        )


def _recall(
    keys: list[str],
    get: Callable[[str], T | None],
    put: Callable[[str, T], None],
    make: Callable[[list[int]], Iterable[T]],
) -> list[T]:
    """Return what is kept under each key, made where it is not yet."""
    kept = ((key, get(key)) for key in dict.fromkeys(keys))
    known: dict[str, T] = {key: value for key, value in kept if value is not None}
    missing = {key: place for place, key in reversed([*enumerate(keys)]) if key not in known}
    if missing:
        places = sorted(missing.values())
        for place, value in zip(places, make(places), strict=True):
            put(keys[place], value)
            known[keys[place]] = value
    return [known[key] for key in keys]
