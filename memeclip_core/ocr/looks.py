"""Where text stands: the boxes of a first look at the whole picture, and of a closer one: pure.

A detector sees a picture shrunk to some hundred pixels. Text that is small beside the longest
side, as in a screenshot of many screens, is a few pixels high there: its boxes are rough, or it
is not found at all. Such a picture is looked at a second time, less shrunk.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt

Quads = npt.NDArray[np.float64]
"""Boxes (N, 4, 2): corners clockwise from the top left, in the picture's pixels."""

# In pixels of the first look. Letters of 7 pixels make boxes of 13; from there down words are lost.
_SMALL: Final = 14.0
_SMALL_SHARE: Final = 0.25
"""Small boxes as long together as this share of the longest side are text, and no mere stamp."""
_FAR: Final = 0.3
"""A picture that is shrunk to less may hold text too small to leave a trace in the first look."""
_CLOSER: Final = 2.0
_MOST_PIXELS: Final = 2_000_000
_LEAST_GAIN: Final = 1.3
_COVERED: Final = 0.5
_REPLACED: Final = 0.3
_LOWER: Final = 0.6


def find_quads(
    detect: Callable[[int], Quads], *, width: int, height: int, longest_side: int
) -> Quads:
    """Find the text of a picture in one look, or in two where it is small.

    Args:
        detect: finds boxes in the picture shrunk to a longest side.
        width, height: of the picture, in pixels.
        longest_side: what the first look shrinks it to.
    """
    first = detect(longest_side)
    scale = longest_side / max(width, height)
    closer = _choose_scale(first, scale, width * height)
    if closer < _LEAST_GAIN * scale:
        return first
    return join_looks(first, detect(round(closer * max(width, height))), scale=scale)


def join_looks(first: Quads, closer: Quads, *, scale: float) -> Quads:
    """Take each text from the look that saw it better.

    That is the closer one for small text, which the first finds roughly or as one lump of
    several lines; and the first one for large text, which the closer may break into pieces.

    Args:
        first, closer: what each look found.
        scale: what the first look shrank the picture by.
    """
    covered = _covered_shares(closer, first)
    heights, closer_heights = _heights(first), _heights(closer)
    kept = []
    for i, quad in enumerate(first):
        inside = covered[:, i] >= _COVERED
        share = covered[inside, i] @ _areas(closer[inside]) / max(_areas(quad[None])[0], 1e-6)
        lump = inside.any() and closer_heights[inside].max() < _LOWER * heights[i]
        if not (share >= _REPLACED and (lump or heights[i] * scale < 1.5 * _SMALL)):
            kept.append(i)
    alone = (covered[:, kept] < _COVERED).all(axis=1)
    return np.concatenate((first[kept], closer[alone]))


def _choose_scale(first: Quads, scale: float, pixels: int) -> float:
    """Return what a closer look shrinks the picture by; 0 if none is needed."""
    finest = min(1.0, math.sqrt(_MOST_PIXELS / pixels))
    if scale < _FAR:
        return finest
    small = _heights(first) * scale <= _SMALL
    seen = (_areas(first)[small] / np.maximum(_heights(first)[small], 1e-6)).sum() * scale
    longest_side = scale * math.sqrt(pixels)
    return min(finest, _CLOSER * scale) if seen >= _SMALL_SHARE * longest_side else 0.0


def _heights(quads: Quads) -> npt.NDArray[np.float64]:
    sides = np.linalg.norm(np.roll(quads, -1, axis=1) - quads, axis=2)
    return np.asarray(np.minimum(sides[:, (0, 2)].max(axis=1), sides[:, (1, 3)].max(axis=1)))


def _areas(quads: Quads) -> npt.NDArray[np.float64]:
    """The shoelace formula."""
    x, y = quads[..., 0], quads[..., 1]
    ahead = x * np.roll(y, -1, axis=1) - y * np.roll(x, -1, axis=1)
    return np.asarray(np.abs(ahead.sum(axis=1)) / 2)


def _covered_shares(quads: Quads, others: Quads) -> npt.NDArray[np.float64]:
    """Of each quad, (N, M), the share of its area that lies in each other one, by samples."""
    across, down = np.meshgrid((np.arange(20) + 0.5) / 20, (np.arange(5) + 0.5) / 5)
    u, v = across.reshape(-1, 1), down.reshape(-1, 1)
    shares = np.zeros((len(quads), len(others)))
    for i, (a, b, c, d) in enumerate(quads):
        points = (1 - v) * ((1 - u) * a + u * b) + v * ((1 - u) * d + u * c)
        # Corners run clockwise on a screen: what lies inside is to the right of each side.
        starts, sides = others[:, None], (np.roll(others, -1, axis=1) - others)[:, None]
        ahead = points[None, :, None] - starts
        inside = sides[..., 0] * ahead[..., 1] - sides[..., 1] * ahead[..., 0] >= 0
        shares[i] = inside.all(axis=2).mean(axis=1)
    return shares
