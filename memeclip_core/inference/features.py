"""Features of memes, worked out once: from memory, from the disk, or by the encoder.

Invariants: any thread may ask. Memory and cache guard themselves, and the encoder is called under
the engines' ``encoding``; two threads that encode the same meme find the same vectors.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Final, TypeVar

import numpy as np
from PIL import Image

from memeclip_core.encoders.base import ask_prompts, ask_tokens
from memeclip_core.encoders.cache import CachedCaptioner, CachedEncoder, FeatureCache, KeptFeatures
from memeclip_core.encoders.features import (
    VECTORS,
    Features,
    Needs,
    feature_key,
    pad_ids,
    pad_tokens,
)
from memeclip_core.inference.engines import Engines
from memeclip_core.inference.pace import Pace, Tower
from memeclip_core.memes.text import has_words, join_caption
from memeclip_core.memory import Memory
from memeclip_core.records.meme import Meme

T = TypeVar("T")

SHORT: Final = "a"
"""A text of which a call takes hardly longer than one with nothing to encode."""


class MemeEncoder:
    """Encode memes; image and text apart, so that a new text leaves the image alone."""

    def __init__(self, *, engines: Engines, cache: FeatureCache) -> None:
        self._engines = engines
        self._cache = cache
        self._memory: Memory[str, np.ndarray] = Memory(4096)
        self._pace = Pace()

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
        return self._encode([(meme, picture)], reads=reads, needs=needs, keep=True)

    def prepare(
        self, memes: Sequence[tuple[Meme, Image.Image | None]], *, reads: str, needs: Needs
    ) -> None:
        """Encode what is not known of N memes in one batch, so that ``features`` has it at hand."""
        self._encode(memes, reads=reads, needs=needs, keep=True)

    def variants(
        self,
        memes: Sequence[tuple[Meme, Image.Image | None]],
        *,
        reads: str,
        needs: Needs = VECTORS,
    ) -> Features:
        """Return the features of N variants of memes, each with an id of its picture; see above.

        All that is not known yet goes through each tower in one batch. The vectors are remembered,
        so that whoever asks for one of the variants alone gets the same, but not kept on the disk.
        """
        return self._encode(memes, reads=reads, needs=needs, keep=False)

    def recall(self, memes: Sequence[Meme], *, reads: str) -> Features:
        """Return the vectors of those memes that were encoded before; nothing is encoded.

        A meme is left out if what the heads read of it is not known.
        """
        encoder = self._engines.encoder()
        own = encoder.fingerprint
        image = np.zeros((len(memes), encoder.image_dim), np.float32)
        text = np.zeros((len(memes), encoder.text_dim), np.float32)
        has_image, has_text = np.zeros((2, len(memes)), np.bool_)
        pictures, texts = {}, {}
        for i, meme in enumerate(memes):
            has_image[i] = meme.has_image and "image" in reads
            has_text[i] = has_words(meme.text) and "text" in reads
            if has_image[i]:
                pictures[i] = feature_key(meme.id, "", own)
            if has_text[i]:
                texts[i] = feature_key("", meme.text, own)
        missed = set()
        for keys, vectors in ((pictures, image), (texts, text)):
            found = self._find(keys.values(), vectors.shape[1])
            for i, key in keys.items():
                if key in found:
                    vectors[i] = found[key]
                else:
                    missed.add(i)
        return Features(
            ids=tuple(meme.id for meme in memes),
            image=image,
            text=text,
            has_image=has_image,
            has_text=has_text,
            fingerprint=own,
        ).take([i for i in range(len(memes)) if i not in missed])

    def estimate(
        self, text: str, picture: Image.Image | None, *, texts: int, pictures: int, batch: int
    ) -> float:
        """Return how many seconds it takes to encode many texts and pictures like these.

        Each call begins with something that does not depend on the text, which a short one shows:
        the more texts share a call, the less each takes. Pictures hardly differ so. Where none of
        such a size was measured in this process, it is encoded for that.

        Args:
            text, picture: what the others are like; encoded only where there are some of them.
            texts, pictures: how many go through the encoder, ``batch`` at a time.
        """
        encoder, total = self._engines.encoder(), 0.0
        if texts:
            begin, whole = (
                self._pass("text", len(one), partial(encoder.encode_texts, [one]))
                for one in (SHORT, text)
            )
            total += -(-texts // batch) * min(begin, whole) + texts * max(0.0, whole - begin)
        if pictures and picture is not None:
            size = picture.width * picture.height
            total += pictures * self._pass("image", size, partial(encoder.encode_images, [picture]))
        return total

    def _pass(self, tower: Tower, size: int, encode: Callable[[], object]) -> float:
        """Return the seconds of a call with one text or picture, measured now if need be."""
        while (seconds := self._pace.seconds(tower, size)) is None:
            self._measured(tower, [size], encode)
        return seconds

    def _encode(
        self,
        memes: Sequence[tuple[Meme, Image.Image | None]],
        *,
        reads: str,
        needs: Needs,
        keep: bool,
    ) -> Features:
        encoder = self._engines.encoder()
        shown = [picture if "image" in reads else None for _, picture in memes]
        words = [meme.text for meme, _ in memes]
        if needs.captions:
            words = [
                text if image is None else join_caption(self.caption(meme, image), text)
                for (meme, _), image, text in zip(memes, shown, words, strict=True)
            ]
        pictures = {i: image for i, image in enumerate(shown) if image is not None}
        texts = {i: text for i, text in enumerate(words) if has_words(text) and "text" in reads}
        own = encoder.fingerprint
        features = Features(
            ids=tuple(meme.id for meme, _ in memes),
            image=self._vectors(
                "image",
                {i: feature_key(memes[i][0].id, "", own) for i in pictures},
                (len(memes), encoder.image_dim),
                lambda places: encoder.encode_images([pictures[i] for i in places]),
                lambda i: pictures[i].width * pictures[i].height,
                keep=keep,
            ),
            text=self._vectors(
                "text",
                {i: feature_key("", text, own) for i, text in texts.items()},
                (len(memes), encoder.text_dim),
                lambda places: encoder.encode_texts([texts[i] for i in places]),
                lambda i: len(texts[i]),
                keep=keep,
            ),
            has_image=np.isin(np.arange(len(memes)), [*pictures]),
            has_text=np.isin(np.arange(len(memes)), [*texts]),
            fingerprint=own,
            captioner=self._engines.captioner().fingerprint if needs.captions else "",
        )
        if needs.words:
            ids = ask_prompts(encoder).encode_words([*texts.values()])
            known = dict(zip(texts, ids, strict=True))
            features = replace(
                features, word_ids=pad_ids([known.get(i) for i in range(len(memes))])
            )
        return self._with_tokens(features, texts, pictures) if needs.tokens else features

    def caption(self, meme: Meme, picture: Image.Image) -> str:
        """Return a sentence about a meme's image.

        Raises:
            EncoderError: if there is no captioner.
        """
        captioner = self._engines.captioner()
        made = CachedCaptioner(captioner=captioner, cache=self._cache)
        with self._engines.encoding:
            return made.captions([meme.id], [lambda: picture])[0]

    def _with_tokens(
        self, features: Features, texts: dict[int, str], pictures: dict[int, Image.Image]
    ) -> Features:
        giver = ask_tokens(self._engines.encoder())
        made = CachedEncoder(encoder=self._engines.encoder(), cache=self._cache)
        with self._engines.encoding:
            patches = made.image_tokens(
                [features.ids[i] for i in pictures],
                [partial(pictures.__getitem__, i) for i in pictures],
            )
            words = made.text_tokens([*texts.values()])
        own = dict(zip(pictures, patches, strict=True)), dict(zip(texts, words, strict=True))
        rows = range(len(features))
        return replace(
            features,
            image_tokens=pad_tokens([own[0].get(i) for i in rows], giver.image_token_dim),
            text_tokens=pad_tokens([own[1].get(i) for i in rows], giver.text_token_dim),
        )

    def _vectors(
        self,
        tower: Tower,
        keys: dict[int, str],
        shape: tuple[int, int],
        encode: Callable[[list[int]], np.ndarray],
        size: Callable[[int], int],
        *,
        keep: bool,
    ) -> np.ndarray:
        """Return the vectors with these keys at their places, and zeros elsewhere."""
        known = self._find(keys.values(), shape[1])
        missing = {key: i for i, key in reversed(keys.items()) if key not in known}
        if missing:
            places = sorted(missing.values())
            sizes = [size(place) for place in places]
            rows = np.array(self._measured(tower, sizes, lambda: encode(places)), np.float32)
            # Copies: a row of the batch would hold all of it in memory.
            made = {keys[i]: row.copy() for i, row in zip(places, rows, strict=True)}
            for key, vector in made.items():
                self._memory.put(key, vector)
            if keep:
                self._kept().put_vectors(made)
            known |= made
        vectors = np.zeros(shape, np.float32)
        for i, key in keys.items():
            vectors[i] = known[key]
        return vectors

    def _find(self, keys: Iterable[str], width: int) -> dict[str, np.ndarray]:
        """Return those vectors that are remembered or kept."""
        own = dict.fromkeys(keys)
        found = {key: vector for key in own if (vector := self._memory.get(key)) is not None}
        rest = [key for key in own if key not in found]
        if rest:
            kept = self._kept().vectors(rest, width)
            for key, vector in kept.items():
                self._memory.put(key, vector)
            found |= kept
        return found

    def _kept(self) -> KeptFeatures:
        return self._cache.of(self._engines.encoder().fingerprint)

    def _measured(self, tower: Tower, sizes: list[int], encode: Callable[[], T]) -> T:
        """Encode in turn, and take down how long it took without the wait."""
        with self._engines.encoding:
            started = time.perf_counter()
            made = encode()
            self._pace.note(tower, sizes, time.perf_counter() - started)
        return made
