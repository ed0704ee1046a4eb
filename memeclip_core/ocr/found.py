"""A line as a detector finds it, turned any way, and its words as upright boxes: pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from memeclip_core.ocr.decode import Span
from memeclip_core.ocr.reading import Line
from memeclip_core.records import Word


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FoundLine:
    """A line as found: corners (4, 2) clockwise from the top left, confidence, words."""

    quad: npt.NDArray[np.float64]
    confidence: float
    spans: tuple[Span, ...]

    @property
    def letters(self) -> int:
        """Characters in all words."""
        return sum(len(span.text) for span in self.spans)

    @property
    def height(self) -> float:
        """The corners' shorter extent, in pixels, however the line is turned."""
        return min(_extents(self.quad))


def drop_small_print(
    lines: Sequence[FoundLine], share: float, *, beside: Sequence[FoundLine]
) -> list[FoundLine]:
    """Keep the lines at least ``share`` times as high as the median letter of those beside."""
    heights = [line.height for line in beside for _ in range(line.letters)]
    least = share * float(np.median(heights)) if heights else 0.0
    return [line for line in lines if line.height >= least]


def to_line(line: FoundLine) -> Line:
    return Line(
        words=tuple(
            Word(
                text=span.text,
                box=cut_quad(line.quad, span.start, span.end),
                confidence=min(max(span.confidence, 0.0), 1.0),
            )
            for span in line.spans
        )
    )


def cut_quad(
    quad: npt.NDArray[np.float64], start: float, end: float
) -> tuple[float, float, float, float]:
    """Cut a part of a line out and return the upright rectangle around it.

    A line at least 1.5 times as high as wide was read from its top down, as RapidOCR turns it.
    """
    top_left, top_right, bottom_right, bottom_left = quad
    across, down = _extents(quad)
    if down >= 1.5 * across:
        first, last = (top_left, bottom_left), (top_right, bottom_right)
    else:
        first, last = (top_left, top_right), (bottom_left, bottom_right)
    corners = np.array([a + (b - a) * at for a, b in (first, last) for at in (start, end)])
    left, top = corners.min(axis=0)
    right, bottom = corners.max(axis=0)
    return float(left), float(top), float(right), float(bottom)


def _extents(quad: npt.NDArray[np.float64]) -> tuple[float, float]:
    """The longer of the two sides across and of the two down."""
    sides = np.linalg.norm(np.roll(quad, -1, axis=0) - quad, axis=1)
    return float(max(sides[0], sides[2])), float(max(sides[1], sides[3]))
