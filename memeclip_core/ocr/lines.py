"""A line as a detector finds it, turned any way, and its words as upright boxes: pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from memeclip_core.ocr.decode import Span
from memeclip_core.ocr.reading import Line
from memeclip_core.records.meme import Word

_LETTERS: Final = 0.4
"""Letters that a line has at least for each of its heights; most have 2."""


_EDGE: Final = 0.1
"""How much of a side of the picture counts as its edge."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FoundLine:
    """A line as found: corners (4, 2) clockwise from where it begins, confidence, words."""

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

    def is_read(self, confidence: float) -> bool:
        """Whether the words are this sure, and as many letters as such a long line must have."""
        long, high = max(_extents(self.quad)), max(self.height, 1e-6)
        return self.confidence >= confidence and self.letters >= max(_LETTERS * long / high, 1)

    @property
    def turn(self) -> int:
        """Where the line runs: 0 is right, 1 down, 2 left and 3 up, or about so."""
        right, down = self.quad[1] - self.quad[0]
        return round(math.atan2(down, right) / (math.pi / 2)) % 4


def drop_small_print(
    lines: Sequence[FoundLine], share: float, *, beside: Sequence[FoundLine]
) -> list[FoundLine]:
    """Keep the lines at least ``share`` times as high as the median letter of those beside."""
    heights = [line.height for line in beside for _ in range(line.letters)]
    least = share * float(np.median(heights)) if heights else 0.0
    return [line for line in lines if line.height >= least]


def find_turn(lines: Sequence[FoundLine]) -> int:
    """Return the turn of most letters; 0 without any."""
    letters: Counter[int] = Counter()
    for line in lines:
        letters[line.turn] += line.letters
    return letters.most_common(1)[0][0] if letters else 0


def drop_marks(lines: Sequence[FoundLine], *, width: int, height: int) -> list[FoundLine]:
    """Drop single words along an edge that stand otherwise than most: sites' names and marks."""
    turn = find_turn(lines)
    return [
        line
        for line in lines
        if line.turn == turn or len(line.spans) > 1 or not _lies_at_edge(line, width, height)
    ]


def _lies_at_edge(line: FoundLine, width: int, height: int) -> bool:
    centre = line.quad.mean(axis=0) / (width, height)
    return bool(min(*centre, *(1 - centre)) < _EDGE)


def to_line(line: FoundLine) -> Line:
    return Line(
        corners=tuple((float(x), float(y)) for x, y in line.quad),
        words=tuple(
            Word(
                text=span.text,
                box=cut_quad(line.quad, span.start, span.end),
                confidence=min(max(span.confidence, 0.0), 1.0),
            )
            for span in line.spans
        ),
    )


def cut_quad(
    quad: npt.NDArray[np.float64], start: float, end: float
) -> tuple[float, float, float, float]:
    """Cut a part of a line out and return the upright rectangle around it."""
    top_left, top_right, bottom_right, bottom_left = quad
    edges = (top_left, top_right), (bottom_left, bottom_right)
    corners = np.array([a + (b - a) * at for a, b in edges for at in (start, end)])
    left, top = corners.min(axis=0)
    right, bottom = corners.max(axis=0)
    return float(left), float(top), float(right), float(bottom)


def _extents(quad: npt.NDArray[np.float64]) -> tuple[float, float]:
    """The longer of the two sides across and of the two down."""
    sides = np.linalg.norm(np.roll(quad, -1, axis=0) - quad, axis=1)
    return float(max(sides[0], sides[2])), float(max(sides[1], sides[3]))
