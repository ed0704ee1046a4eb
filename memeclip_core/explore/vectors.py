"""The vectors that memes are compared by: text, picture, or both with the same weight.

Features lie on the disk as float16 and are taken up a piece at a time: all of 50,000 memes would
fill half a gigabyte.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from memeclip_core.encoders.features import unit_rows
from memeclip_core.records.exploration import FeatureKind

PIECE: Final = 4096
"""Rows that are in memory at once."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Vectors:
    """Features of N memes, as they were encoded.

    Attributes:
        image, text: float16 (N, D); rows of zeros where ``has_image``, ``has_text`` are false.
        has_image, has_text: bool (N,), which features there are.
    """

    image: np.ndarray
    text: np.ndarray
    has_image: np.ndarray
    has_text: np.ndarray

    def __len__(self) -> int:
        return len(self.has_image)

    def known(self, kind: FeatureKind) -> np.ndarray:
        """Return the places of the memes that have such features: int64 (K,)."""
        has = {
            "text": self.has_text,
            "picture": self.has_image,
            "fused": self.has_text | self.has_image,
        }
        return np.flatnonzero(has[kind])

    def take(self, kind: FeatureKind, places: np.ndarray) -> np.ndarray:
        """Return the vectors of some memes: float32 (K, D), text and picture each of unit length.

        Where a meme lacks one of them, it has zeros there.
        """
        parts = {"text": ("text",), "picture": ("image",), "fused": ("image", "text")}[kind]
        rows = [unit_rows(np.asarray(getattr(self, part)[places], np.float32)) for part in parts]
        return np.concatenate(rows, axis=1)

    def pieces(
        self, kind: FeatureKind, places: np.ndarray
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield places and their vectors, ``PIECE`` at a time."""
        for start in range(0, len(places), PIECE):
            part = places[start : start + PIECE]
            yield part, self.take(kind, part)
