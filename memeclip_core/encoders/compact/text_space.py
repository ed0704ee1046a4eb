"""Hashed n-grams as a dense vector, and the scale of the sentence tower's numbers.

The projection is a truncated singular value decomposition (latent semantic analysis, Deerwester
et al., 1990) of a collection of texts; no word of theirs is stored, only hash values.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from memeclip_core.encoders.compact.ngrams import NgramIndex
from memeclip_core.encoders.features import unit_rows
from memeclip_core.errors import EncoderError


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TextSpace:
    """What was learnt, without labels, from a collection of texts.

    Attributes:
        index: which n-grams count, and how much (K of them).
        projection: int8 (K, D), one column per dimension of the n-gram block.
        step: float32 (D,), the value of one in each column of the projection.
        mean, std: float32 (W,), of the sentence tower's raw output over the collection.
    """

    index: NgramIndex
    projection: np.ndarray
    step: np.ndarray
    mean: np.ndarray
    std: np.ndarray

    @property
    def ngram_dim(self) -> int:
        """D, the width of the n-gram block."""
        return len(self.step)

    def project_ngrams(self, texts: Sequence[str]) -> np.ndarray:
        """Return the n-gram block: float32 (B, D) of length sqrt(D), or zeros if none is known."""
        rows = np.zeros((len(texts), self.ngram_dim), np.float32)
        for row, text in zip(rows, texts, strict=True):
            places, weights = self.index.weigh(text)
            row[:] = (weights @ self.projection[places].astype(np.float32)) * self.step
        return unit_rows(rows) * np.float32(math.sqrt(self.ngram_dim))

    def standardize(self, raw: np.ndarray, *, parts: int) -> np.ndarray:
        """Centre and scale the tower's output (B, W); give each of its equal parts one length.

        A part of width w gets length sqrt(w), so that its numbers are about 1.
        """
        centred = (raw - self.mean) / self.std
        blocks = np.split(centred, parts, axis=1)
        return np.hstack([unit_rows(b) * np.float32(math.sqrt(b.shape[1])) for b in blocks])


def to_arrays(space: TextSpace) -> dict[str, np.ndarray]:
    """Return the arrays that make up a space, for a file."""
    return {
        "buckets": space.index.buckets.astype(np.int32),
        "idf": space.index.idf,
        "projection": space.projection,
        "step": space.step,
        "mean": space.mean,
        "std": space.std,
    }


def from_arrays(arrays: Mapping[str, np.ndarray]) -> TextSpace:
    """Build a space from the arrays of ``to_arrays``.

    Raises:
        EncoderError: if one is missing or does not fit the others.
    """
    try:
        space = TextSpace(
            index=NgramIndex(arrays["buckets"].astype(np.int64), arrays["idf"]),
            projection=arrays["projection"],
            step=arrays["step"],
            mean=arrays["mean"],
            std=arrays["std"],
        )
    except KeyError as error:
        raise EncoderError(f"The compact encoder's text file lacks {error}.") from None
    if space.projection.shape != (len(space.index.buckets), space.ngram_dim):
        raise EncoderError("The compact encoder's text file holds arrays that do not fit together.")
    return space
