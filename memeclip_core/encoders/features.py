"""What an encoder makes of memes: aligned arrays with masks for what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from memeclip_core.memes.text import digest_texts


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
            **{name: getattr(self, name) or getattr(other, name) for name in self.__slots__}
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

    def __getitem__(self, rows: np.ndarray) -> Tokens:
        """Return the sequences at these places, in this order."""
        return Tokens(values=self.values[rows], mask=self.mask[rows])

    def hide(self) -> Tokens:
        """Return as many sequences without anything in them."""
        return Tokens(values=np.zeros_like(self.values), mask=np.zeros_like(self.mask))


ARRAYS = ("image", "text", "has_image", "has_text")
SEQUENCES = ("image_tokens", "text_tokens", "word_ids")
"""What of ``Features`` has a row for each meme: arrays, and sequences of tokens."""


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
        lengths = {len(self.ids), *map(len, self._parts().values())}
        if len(lengths) != 1:
            raise ValueError(f"features of different lengths: {sorted(lengths)}")

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: np.ndarray | Sequence[int]) -> Features:
        """Return the rows at these places, in this order."""
        places = np.asarray(rows, dtype=np.int64)
        parts = {name: part[places] for name, part in self._parts().items()}
        return replace(self, ids=tuple(self.ids[i] for i in places), **parts)

    def without_image(self) -> Features:
        """Return the same rows with every image missing."""
        return self._hide("image", "has_image", "image_tokens")

    def without_text(self) -> Features:
        """Return the same rows with every text missing."""
        return self._hide("text", "has_text", "text_tokens", "word_ids")

    def _hide(self, *names: str) -> Features:
        parts: dict[str, Any] = {
            name: part.hide() if isinstance(part, Tokens) else np.zeros_like(part)
            for name, part in self._parts().items()
            if name in names
        }
        return replace(self, **parts)

    def _parts(self) -> dict[str, Any]:
        """Return everything that has N rows but the ids: arrays, and sequences if there are any."""
        parts = {name: getattr(self, name) for name in (*ARRAYS, *SEQUENCES)}
        return {name: part for name, part in parts.items() if part is not None}


def stack_features(parts: Sequence[Features]) -> Features:
    """Return all rows of one or more Features of the same encoder, in order.

    Sequences survive only if every part has them.

    Raises:
        ValueError: if there are no parts, or their encoders or captioners differ.
    """
    if not parts:
        raise ValueError("there are no features to stack")
    for what, made_by in (
        ("encoders", {part.fingerprint for part in parts}),
        ("captioners", {part.captioner for part in parts}),
    ):
        if len(made_by) > 1:
            raise ValueError(f"features of different {what}: {sorted(made_by)}")
    ids = tuple(i for part in parts for i in part.ids)
    columns = {name: [getattr(part, name) for part in parts] for name in (*ARRAYS, *SEQUENCES)}
    stacked: dict[str, Any] = {
        name: np.concatenate(column) if name in ARRAYS else stack_tokens(column)
        for name, column in columns.items()
    }
    return replace(parts[0], ids=ids, **stacked)


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
    return digest_texts((content_id, text, fingerprint))


def unit_rows(rows: np.ndarray) -> np.ndarray:
    """Return the rows (B, D) at unit length, float32; a row of zeros stays."""
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: np.ndarray = (rows / np.where(length > 0, length, 1)).astype(np.float32)
    return unit
