"""Which memes are nearest to a vector, by their cosines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from memeclip_core.explore.vectors import PIECE, Vectors
from memeclip_core.records.exploration import FeatureKind


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Nearest:
    """Places of memes, the nearest first, with their cosines; ``compared`` says of how many."""

    places: np.ndarray
    cosines: np.ndarray
    compared: int


def find_like(vectors: Vectors, kind: FeatureKind, query: np.ndarray, count: int) -> Nearest:
    """Return the memes that are most like a vector.

    Args:
        vectors: of N memes.
        kind: which of them are compared.
        query: (D,), as ``Vectors.take`` gives it for one meme.
        count: how many.
    """
    # A meme of both has the length of sqrt(2), and one that lacks a part a shorter one.
    longest = max(float(np.linalg.norm(query)), 1e-12)

    def compare(rows: np.ndarray) -> np.ndarray:
        lengths = np.maximum(np.linalg.norm(rows, axis=1), 1e-12)
        cosines: np.ndarray = rows @ query / (lengths * longest)
        return cosines

    places = vectors.known(kind)
    found = [compare(rows) for _, rows in vectors.pieces(kind, places)]
    return rank_nearest(places, np.concatenate(found) if found else np.zeros(0), count)


def find_meant(
    vectors: Vectors,
    query: np.ndarray,
    share_images: Callable[[np.ndarray], np.ndarray],
    share_texts: Callable[[np.ndarray], np.ndarray],
    count: int,
) -> Nearest:
    """Return the memes that are nearest to a vector of the space shared by text and picture.

    The cosine is the mean over what a meme has of the two.

    Args:
        vectors: of N memes.
        query: (S,), of unit length.
        share_images, share_texts: map features (B, D) into the space: unit rows (B, S).
        count: how many.
    """
    places = vectors.known("fused")
    total, parts = np.zeros(len(places)), np.zeros(len(places))
    towers = (
        (vectors.image, vectors.has_image, share_images),
        (vectors.text, vectors.has_text, share_texts),
    )
    for start in range(0, len(places), PIECE):
        piece = places[start : start + PIECE]
        for values, there, share in towers:
            own = np.flatnonzero(there[piece])
            if len(own):
                rows = share(np.asarray(values[piece[own]], np.float32))
                total[start + own] += rows @ query
                parts[start + own] += 1
    return rank_nearest(places, total / np.maximum(parts, 1), count)


def rank_nearest(places: np.ndarray, cosines: np.ndarray, count: int) -> Nearest:
    """Return the places of the highest cosines; of equal ones, the first come first."""
    order = np.argsort(-cosines, kind="stable")[:count]
    return Nearest(
        places=places[order],
        cosines=np.clip(cosines[order].astype(np.float64), -1.0, 1.0),
        compared=len(places),
    )
