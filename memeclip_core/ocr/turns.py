"""Lines that stand on end or on their head, read the way they were written: pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from memeclip_core.ocr.lines import FoundLine, find_turn

Quad = npt.NDArray[np.float64]
# A patch of a photograph may make sense upside down at 0.82; writing does at 0.95 and more.
_ALONE: Final = 0.9

ReadLines = Callable[[Sequence[Quad]], list[FoundLine]]
"""Reads lines from their first corner towards their second; one is found for each."""


def read_turned(read: ReadLines, quads: Sequence[Quad], *, sure: float) -> list[FoundLine]:
    """Read lines however they are turned.

    A line is read along its longer side, rightwards or downwards. Where that gives no sure
    reading, it is tried the other way round. If most letters of the picture then turn out to
    stand on end or on their head, the other lines are tried that way too: a short word, or one
    that seems to make sense upside down.

    Args:
        read: reads lines.
        quads: their corners, clockwise from the top left.
        sure: the confidence from which on a reading counts.
    """
    lines = read([stand_up(quad) for quad in quads])
    unsure = [i for i, line in enumerate(lines) if not line.is_read(sure)]
    _retry(read, lines, {i: np.roll(lines[i].quad, 2, axis=0) for i in unsure}, _ALONE)
    if turn := find_turn([line for line in lines if line.is_read(sure)]):
        others = [i for i, line in enumerate(lines) if line.turn != turn]
        turned = {i: np.roll(lines[i].quad, lines[i].turn - turn, axis=0) for i in others}
        _retry(read, lines, turned, sure)
    return lines


def stand_up(quad: Quad) -> Quad:
    """Let a line at least 1.5 times as high as wide begin at its top right, and run down."""
    across, down = (np.linalg.norm(quad[i] - quad[0]) for i in (1, 3))
    return np.roll(quad, -1, axis=0) if down >= 1.5 * across else quad


def _retry(read: ReadLines, lines: list[FoundLine], quads: dict[int, Quad], sure: float) -> None:
    """Read some lines another way, and keep what is sure and surer than before."""
    if not quads:
        return
    for i, line in zip(quads, read(list(quads.values())), strict=True):
        if line.is_read(sure) and not (lines[i].is_read(line.confidence)):
            lines[i] = line
