"""Maps: vectors of many dimensions on a plane."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from memeclip_core.errors import InputError
from memeclip_core.explore.vectors import Vectors
from memeclip_core.records.exploration import FeatureKind, MapMethod

SEED: Final = 0
FITTED_ON: Final = 10_000
"""Memes that principal components are fitted on; more do not move them visibly."""
AXES: Final = 50
"""Principal components that UMAP starts from."""
NEIGHBOURS: Final = 15


_APART: Final = 1e-5
"""Of vectors of unit length: what is nearer differs by rounding alone."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plane:
    """K memes on a plane.

    Attributes:
        places: int64 (K,), which memes.
        x, y: float32 (K,) in [-1, 1], one scale for both.
        explained: the share of the variance on either axis; NaN where there is no such.
    """

    places: np.ndarray
    x: np.ndarray
    y: np.ndarray
    explained: tuple[float, float]


def draw_map(
    vectors: Vectors,
    kind: FeatureKind,
    method: MapMethod,
    on_step: Callable[[str], None] = lambda step: None,
) -> Plane:
    """Return memes on a plane; the same memes lie at the same places again.

    Args:
        vectors: of N memes; those without such features are left out.
        kind: which of them.
        method: ``pca``: the first two principal components, by a randomised decomposition (Halko,
            Martinsson and Tropp, 2011); ``umap``: neighbourhoods (McInnes, Healy and Melville,
            2018).
        on_step: called with what comes next; may raise to end the work.

    Raises:
        InputError: if UMAP is asked for and not installed.
    """
    places = vectors.known(kind)
    if method == "umap":
        check_umap()
    if len(places) < 3:
        # There is no plane through so few.
        spots = np.zeros((len(places), 2), np.float32)
        spots[:, 0] = np.linspace(-0.5, 0.5, len(places)) if len(places) > 1 else 0
        return Plane(places=places, x=spots[:, 0], y=spots[:, 1], explained=(np.nan, np.nan))
    on_step("principal components")
    rows, shares = _components(vectors, kind, places, 2 if method == "pca" else AXES)
    if method == "umap":
        on_step("neighbourhoods")
        shares = np.full(2, np.nan)
        # Of memes that are all alike, umap-learn makes no places at all.
        rows = _embed(rows) if np.abs(rows).max() > _APART else rows
    spots = _scale(rows[:, :2])
    return Plane(
        places=places, x=spots[:, 0], y=spots[:, 1], explained=(float(shares[0]), float(shares[1]))
    )


def check_umap() -> None:
    """Raise InputError if UMAP is not installed."""
    if importlib.util.find_spec("umap") is None:
        raise InputError(
            "A map by UMAP takes the package umap-learn, which is not installed here; whoever runs "
            "this can install it. The map by principal components (PCA) needs nothing."
        )


def _components(
    vectors: Vectors, kind: FeatureKind, places: np.ndarray, axes: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return principal components, float32 (K, axes), and the share of the variance of each."""
    from sklearn.decomposition import PCA

    sample = np.sort(np.random.default_rng(SEED).permutation(places)[:FITTED_ON])
    fitted = vectors.take(kind, sample)
    axes = min(axes, *fitted.shape)
    found = PCA(axes, svd_solver="randomized", random_state=SEED, copy=False)
    # Memes that are all alike vary in nothing, and a share of nothing is no number.
    with np.errstate(invalid="ignore"):
        found.fit(fitted)
    parts = [found.transform(rows) for _, rows in vectors.pieces(kind, places)]
    spots = np.concatenate(parts).astype(np.float32)
    shares = np.nan_to_num(found.explained_variance_ratio_)
    if axes < 2:
        return np.pad(spots, ((0, 0), (0, 2 - axes))), np.pad(shares, (0, 2 - axes))
    return spots, shares


def _embed(rows: np.ndarray) -> np.ndarray:
    from umap import UMAP

    found = UMAP(
        n_neighbors=min(NEIGHBOURS, len(rows) - 1), init="pca", random_state=SEED, n_jobs=1
    )
    spots: np.ndarray = found.fit_transform(rows)
    return spots


def _scale(spots: np.ndarray) -> np.ndarray:
    """Return the places around their middle, the farthest at 1."""
    low, high = spots.min(axis=0), spots.max(axis=0)
    around = spots - (low + high) / 2
    scaled: np.ndarray = (around / max(float(np.abs(around).max()), _APART)).astype(np.float32)
    return scaled
