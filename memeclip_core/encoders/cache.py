"""What frozen models made of texts and images, kept by key: on the disk, and behind an encoder or
captioner. Anything doubtful is a miss.

Invariants: any thread of any process may ask and keep; the shards guard themselves
(``storage/shards.py``). What one model made lies apart from what others made, under the model's
fingerprint, which the keys hold too.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, Literal, TypeVar

import numpy as np
from PIL import Image

from memeclip_core.encoders.base import Encoder, ask_tokens
from memeclip_core.encoders.captioner import Captioner
from memeclip_core.encoders.features import feature_key
from memeclip_core.errors import StoreError
from memeclip_core.storage.files import discard
from memeclip_core.storage.home import Home
from memeclip_core.storage.shards import ShardStore

MAX_BYTES: Final = 20_000_000_000
"""How much is kept unless a setting says otherwise. The oldest goes first."""

Form = Literal["f32", "f16", "txt"]
"""Vectors, sequences, or captions."""

_KEY = re.compile(r"[0-9a-f]{64}")


class FeatureCache:
    """What each encoder and captioner made. It can be deleted at any time.

    Args:
        home: ``None`` keeps nothing.
        max_bytes: how much is kept.
    """

    def __init__(self, home: Home | None, *, max_bytes: int = MAX_BYTES) -> None:
        self._shards = self._singles = None
        if home is not None and max_bytes:
            self._shards = ShardStore(
                home.features,
                home.lock("features"),
                max_bytes=max_bytes,
                mapped=not home.find_remote(),
            )
            self._singles = _Singles(home.features)

    def of(self, fingerprint: str) -> KeptFeatures:
        """Return what the encoder or captioner of this fingerprint made."""
        return KeptFeatures(self, hashlib.sha256(fingerprint.encode()).hexdigest()[:24])

    def read(self, maker: str, form: Form, keys: Iterable[str]) -> dict[str, bytes]:
        """Return what is kept under keys; see ``KeptFeatures``."""
        names = {_parse(key): key for key in keys}
        if self._shards is None or self._singles is None:
            return {}
        found = self._shards.read(f"{maker}.{form}", names)
        known = {names[key]: value for key, value in found.items()}
        if len(known) < len(names) and self._singles.there:
            old = self._singles.read(form, [key for key in names.values() if key not in known])
            if old and self.write(maker, form, old):
                self._singles.drop(form, old)
            known |= old
        return known

    def write(self, maker: str, form: Form, values: Mapping[str, bytes]) -> bool:
        """Keep values, and say whether they are kept: on a disk that takes no more they are not."""
        if self._shards is None:
            return False
        with suppress(StoreError):
            self._shards.add(
                f"{maker}.{form}", {_parse(key): value for key, value in values.items()}
            )
            return True
        return False


class KeptFeatures:
    """What one encoder or captioner made, by key; what is of another width is not there.

    A disk that takes no more only makes the next look-up a miss.
    """

    def __init__(self, cache: FeatureCache, maker: str) -> None:
        self._cache, self._maker = cache, maker

    def vectors(self, keys: Iterable[str], width: int) -> dict[str, np.ndarray]:
        """Return those vectors that are kept: float32 (width,)."""
        return {
            key: np.frombuffer(data, "<f4").copy()
            for key, data in self._cache.read(self._maker, "f32", keys).items()
            if len(data) == 4 * width
        }

    def put_vectors(self, vectors: Mapping[str, np.ndarray]) -> None:
        """Keep vectors."""
        self._cache.write(self._maker, "f32", {k: _pack(v, "<f4") for k, v in vectors.items()})

    def tokens(self, keys: Iterable[str], width: int) -> dict[str, np.ndarray]:
        """Return those sequences that are kept: float16 (L, width)."""
        return {
            key: np.frombuffer(data, "<f2").reshape(-1, width).copy()
            for key, data in self._cache.read(self._maker, "f16", keys).items()
            if len(data) % (2 * width) == 0
        }

    def put_tokens(self, sequences: Mapping[str, np.ndarray]) -> None:
        """Keep sequences (L, D)."""
        self._cache.write(self._maker, "f16", {k: _pack(v, "<f2") for k, v in sequences.items()})

    def texts(self, keys: Iterable[str]) -> dict[str, str]:
        """Return those texts that are kept."""
        return {
            key: data.decode("utf-8", errors="replace")
            for key, data in self._cache.read(self._maker, "txt", keys).items()
        }

    def put_texts(self, texts: Mapping[str, str]) -> None:
        """Keep texts."""
        self._cache.write(
            self._maker, "txt", {k: v.encode("utf-8", errors="replace") for k, v in texts.items()}
        )


class _Singles:
    """What earlier releases kept: a file each, which moves to the shards as it is asked for.

    Attributes:
        there: whether there were any.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.there = any(folder.glob("[0-9a-f][0-9a-f]/"))

    def read(self, form: Form, keys: Iterable[str]) -> dict[str, bytes]:
        found = {}
        for key in keys:
            with suppress(OSError):
                data = self._path(key, form).read_bytes()
                if data[-32:] == hashlib.sha256(key.encode() + data[:-32]).digest():
                    found[key] = data[:-32]
        return found

    def drop(self, form: Form, keys: Iterable[str]) -> None:
        for key in keys:
            path = self._path(key, form)
            discard(path)
            with suppress(OSError):  # there are others in it
                path.parent.rmdir()

    def _path(self, key: str, form: Form) -> Path:
        return self._folder / key[:2] / f"{key}.{form}"


def _parse(key: str) -> bytes:
    if not _KEY.fullmatch(key):
        raise ValueError(f"'{key[:80]}' is no cache key")
    return bytes.fromhex(key)


def _pack(values: np.ndarray, dtype: str) -> bytes:
    return np.ascontiguousarray(values, dtype=dtype).tobytes()


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
        self._kept = (cache or FeatureCache(None)).of(encoder.fingerprint)

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
        keys = self._keys(ids=[content_id])
        if not self._kept.vectors(keys, self.encoder.image_dim):
            return False
        return not tokens or bool(self._kept.tokens(keys, ask_tokens(self.encoder).image_token_dim))

    def _keys(self, *, ids: Sequence[str] = (), texts: Sequence[str] = ()) -> list[str]:
        own = [*((one, "") for one in ids), *(("", text) for text in texts)]
        return [feature_key(*pair, self.encoder.fingerprint) for pair in own]

    def _vectors(
        self, keys: list[str], width: int, make: Callable[[list[int]], np.ndarray]
    ) -> list[np.ndarray]:
        kept = self._kept
        return _recall(keys, lambda known: kept.vectors(known, width), kept.put_vectors, make)

    def _sequences(
        self, keys: list[str], width: int, make: Callable[[list[int]], list[np.ndarray]]
    ) -> list[np.ndarray]:
        kept = self._kept
        return _recall(keys, lambda known: kept.tokens(known, width), kept.put_tokens, make)


class CachedCaptioner:
    """Captions of images; see ``CachedEncoder``."""

    def __init__(self, *, captioner: Captioner, cache: FeatureCache | None) -> None:
        self._captioner = captioner
        self._kept = (cache or FeatureCache(None)).of(captioner.fingerprint)

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
            self._kept.texts,
            self._kept.put_texts,
            lambda rows: write([open_image[i]() for i in rows]),
        )


def _recall(
    keys: list[str],
    find: Callable[[Iterable[str]], dict[str, T]],
    keep: Callable[[Mapping[str, T]], None],
    make: Callable[[list[int]], Iterable[T]],
) -> list[T]:
    """Return what is kept under each key, made where it is not yet."""
    known = find(dict.fromkeys(keys))
    missing = {key: place for place, key in reversed([*enumerate(keys)]) if key not in known}
    if missing:
        places = sorted(missing.values())
        made = dict(zip([keys[place] for place in places], make(places), strict=True))
        keep(made)
        known |= made
    return [known[key] for key in keys]
