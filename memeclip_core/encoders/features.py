"""What an encoder makes of memes: aligned arrays with masks for what is missing."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What a head reads beyond one vector per image and text.

    Attributes:
        tokens: sequences of patches and words.
        words: the texts' words as ids, for the encoder's own text tower.
        captions: captions of the images, in front of the texts.
    """

    tokens: bool = False
    words: bool = False
    captions: bool = False

    def __or__(self, other: Needs) -> Needs:
        """Return what either needs."""
        return Needs(
            tokens=self.tokens or other.tokens,
            words=self.words or other.words,
            captions=self.captions or other.captions,
        )


VECTORS = Needs()
"""Nothing beyond one vector per image and text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureDims:
    """Widths of an encoder's features.

    Attributes:
        image, text: of the vectors.
        image_tokens, text_tokens: of the sequences' vectors; 0 where there are none.
        shared: of the space shared by image, text and prompts; 0 without one.
        words: of what the encoder's text tower reads for a word; 0 where none can be put in.
    """

    image: int
    text: int
    image_tokens: int = 0
    text_tokens: int = 0
    shared: int = 0
    words: int = 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tokens:
    """One sequence for each of N memes.

    Attributes:
        values: (N, L, D) float16 vectors, or (N, L) int32 ids; zeros where ``mask`` is false.
        mask: bool (N, L), true where there is one; all false for a missing modality.

    Raises:
        ValueError: if the shapes do not fit.
    """

    values: np.ndarray
    mask: np.ndarray

    def __post_init__(self) -> None:
        if self.values.ndim not in (2, 3) or self.values.shape[:2] != self.mask.shape:
            raise ValueError(
                f"tokens of the shape {self.values.shape} with a mask of {self.mask.shape}"
            )

    def __len__(self) -> int:
        return len(self.values)

    @property
    def dim(self) -> int:
        """The width D of a vector."""
        return int(self.values.shape[2])

    def take(self, rows: np.ndarray) -> Tokens:
        """Return the sequences at these places, in this order."""
        return Tokens(values=self.values[rows], mask=self.mask[rows])

    def hide(self) -> Tokens:
        """Return as many sequences without anything in them."""
        return Tokens(values=np.zeros_like(self.values), mask=np.zeros_like(self.mask))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Features:
    """The features of N memes by one encoder.

    Attributes:
        ids: N content ids.
        image: (N, image_dim) float32; zeros where ``has_image`` is false.
        text: (N, text_dim) float32; zeros where ``has_text`` is false.
        has_image, has_text: bool (N,).
        fingerprint: of the encoder.
        image_tokens, text_tokens: N sequences each, of patches and of words; ``None`` unless a
            head asked for them.
        word_ids: N sequences of the texts' words as ids; ``None`` unless a head asked for them.
        captioner: the fingerprint of what wrote the captions in front of the texts, or "".

    Raises:
        ValueError: if the lengths differ.
    """

    ids: tuple[str, ...]
    image: np.ndarray
    text: np.ndarray
    has_image: np.ndarray
    has_text: np.ndarray
    fingerprint: str
    image_tokens: Tokens | None = None
    text_tokens: Tokens | None = None
    word_ids: Tokens | None = None
    captioner: str = ""

    def __post_init__(self) -> None:
        lengths = {
            len(self.ids),
            len(self.image),
            len(self.text),
            len(self.has_image),
            len(self.has_text),
            *(
                len(tokens)
                for tokens in (self.image_tokens, self.text_tokens, self.word_ids)
                if tokens is not None
            ),
        }
        if len(lengths) != 1:
            raise ValueError(f"features of different lengths: {sorted(lengths)}")

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: np.ndarray | Sequence[int]) -> Features:
        """Return the rows at these places, in this order."""
        places = np.asarray(rows, dtype=np.int64)
        return replace(
            self,
            ids=tuple(self.ids[i] for i in places),
            image=self.image[places],
            text=self.text[places],
            has_image=self.has_image[places],
            has_text=self.has_text[places],
            image_tokens=self.image_tokens.take(places) if self.image_tokens is not None else None,
            text_tokens=self.text_tokens.take(places) if self.text_tokens is not None else None,
            word_ids=self.word_ids.take(places) if self.word_ids is not None else None,
        )

    def without_image(self) -> Features:
        """Return the same rows with every image missing."""
        return replace(
            self,
            image=np.zeros_like(self.image),
            has_image=np.zeros_like(self.has_image),
            image_tokens=self.image_tokens.hide() if self.image_tokens is not None else None,
        )

    def without_text(self) -> Features:
        """Return the same rows with every text missing."""
        return replace(
            self,
            text=np.zeros_like(self.text),
            has_text=np.zeros_like(self.has_text),
            text_tokens=self.text_tokens.hide() if self.text_tokens is not None else None,
            word_ids=self.word_ids.hide() if self.word_ids is not None else None,
        )


def stack_features(parts: Sequence[Features]) -> Features:
    """Return all rows of one or more Features of the same encoder, in order.

    Sequences survive only if every part has them.

    Raises:
        ValueError: if there are no parts, or their encoders or captioners differ.
    """
    if not parts:
        raise ValueError("there are no features to stack")
    fingerprints = {part.fingerprint for part in parts}
    if len(fingerprints) > 1:
        raise ValueError(f"features of different encoders: {sorted(fingerprints)}")
    captioners = {part.captioner for part in parts}
    if len(captioners) > 1:
        raise ValueError(f"features of different captioners: {sorted(captioners)}")
    return Features(
        ids=tuple(i for part in parts for i in part.ids),
        image=np.concatenate([part.image for part in parts]),
        text=np.concatenate([part.text for part in parts]),
        has_image=np.concatenate([part.has_image for part in parts]),
        has_text=np.concatenate([part.has_text for part in parts]),
        fingerprint=parts[0].fingerprint,
        image_tokens=stack_tokens([part.image_tokens for part in parts]),
        text_tokens=stack_tokens([part.text_tokens for part in parts]),
        word_ids=stack_tokens([part.word_ids for part in parts]),
        captioner=parts[0].captioner,
    )


def pad_tokens(sequences: Sequence[np.ndarray | None], dim: int) -> Tokens:
    """Pad sequences (L_i, dim) of vectors with zeros to the longest; ``None`` is an empty one."""
    return _pad(sequences, (dim,), np.float16)


def pad_ids(sequences: Sequence[np.ndarray | None]) -> Tokens:
    """Pad sequences (L_i,) of ids with zeros to the longest; ``None`` is an empty one."""
    return _pad(sequences, (), np.int32)


def _pad(sequences: Sequence[np.ndarray | None], shape: tuple[int, ...], dtype: type) -> Tokens:
    length = max((len(s) for s in sequences if s is not None), default=0)
    values: np.ndarray = np.zeros((len(sequences), length, *shape), dtype)
    mask = np.zeros((len(sequences), length), np.bool_)
    for place, sequence in enumerate(sequences):
        if sequence is not None:
            values[place, : len(sequence)] = sequence
            mask[place, : len(sequence)] = True
    return Tokens(values=values, mask=mask)


def stack_tokens(parts: Sequence[Tokens | None]) -> Tokens | None:
    """Return all sequences in order, padded to the longest; ``None`` unless every part has them."""
    known = [part for part in parts if part is not None]
    if not known or len(known) < len(parts):
        return None
    length = max(part.mask.shape[1] for part in known)

    def widen(array: np.ndarray) -> np.ndarray:
        room = [(0, 0), (0, length - array.shape[1])] + [(0, 0)] * (array.ndim - 2)
        return np.pad(array, room)

    return Tokens(
        values=np.concatenate([widen(part.values) for part in known]),
        mask=np.concatenate([widen(part.mask) for part in known]),
    )


def feature_key(content_id: str, text: str, fingerprint: str) -> str:
    """Return the cache key of one meme's features: content, text and encoder decide.

    The fingerprint holds the preprocessing's version, so a change of either is a miss.
    """
    digest = hashlib.sha256()
    for part in (content_id, text, fingerprint):
        raw = part.encode("utf-8", errors="surrogatepass")
        digest.update(len(raw).to_bytes(8, "big"))
        digest.update(raw)
    return digest.hexdigest()
