"""A picture with a window of it hidden, place by place.

After Zeiler and Fergus, 2014, Visualizing and Understanding Convolutional Networks, section 4.2,
who slide a grey square over the picture. Here the square is a window of two by two cells of a grid,
moved by one cell from beyond one border to beyond the other, so that four windows hide each cell;
its colour is the picture's own mean, which stands out least.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from PIL import Image, ImageDraw

from memeclip_core.errors import InputError
from memeclip_core.heads.model import TaskScores
from memeclip_core.records.explanation import Region
from memeclip_core.tasks import TaskSet

WINDOW: Final = 2
"""Cells along either side of the window."""

FEWEST, MOST = 2, 16
"""Cells along either side of a picture."""

Window = tuple[int, int]
"""The row and the column of a window's first cell; -1 lies beyond the border."""
Colour = tuple[int, int, int]
Box = tuple[int, int, int, int]
"""Left, top, right and bottom in pixels; the last two are outside."""
Rows = tuple[tuple[float, ...], ...]


def list_windows(grid: int) -> tuple[Window, ...]:
    """Return every place of the window in a grid, row by row: (grid + 1)² of them.

    Raises:
        InputError: if there cannot be such a grid.
    """
    if not FEWEST <= grid <= MOST:
        raise InputError(f"The grid is {grid}; allowed are {FEWEST} to {MOST} cells along a side.")
    places = range(1 - WINDOW, grid)
    return tuple((row, column) for row in places for column in places)


def find_fill(picture: Image.Image) -> Colour:
    """Return the mean red, green and blue of a picture, rounded."""
    red, green, blue = np.asarray(picture.convert("RGB"), np.float64).mean((0, 1))
    return round(red), round(green), round(blue)


def hide_window(picture: Image.Image, window: Window, grid: int, fill: Colour) -> Image.Image:
    """Return a copy of an RGB picture in which a window is of one colour."""
    (top, bottom), (left, right) = (
        (side * max(0, first) // grid, side * min(grid, first + WINDOW) // grid)
        for first, side in zip(window, (picture.height, picture.width), strict=True)
    )
    return paint_out(picture, (left, top, right, bottom), fill)


def find_box(picture: Image.Image, region: Region) -> Box:
    """Return the pixels of a region; each side goes to the nearest pixel.

    Raises:
        InputError: if it is no part of a picture.
    """
    left, top, right, bottom = region
    if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
        sides = ", ".join(f"{side:g}" for side in region)
        raise InputError(
            f"The region is {sides}: left, top, right and bottom. Each is a share of the picture "
            "between 0 and 1, left below right and top below bottom."
        )
    width, height = picture.size
    return round(left * width), round(top * height), round(right * width), round(bottom * height)


def paint_out(picture: Image.Image, box: Box, fill: Colour) -> Image.Image:
    """Return a copy of an RGB picture in which a box of pixels is of one colour."""
    painted, (left, top, right, bottom) = picture.copy(), box
    if right > left and bottom > top:  # a window or region of less than a pixel is empty
        ImageDraw.Draw(painted).rectangle((left, top, right - 1, bottom - 1), fill=fill)
    return painted


def explain_picture(
    tasks: TaskSet,
    windows: Sequence[Window],
    grid: int,
    whole: dict[str, TaskScores],
    hidden: dict[str, TaskScores],
) -> dict[str, dict[str, Rows]]:
    """Return by task key and label what each cell of the picture adds to the probability.

    Args:
        tasks, grid: whose answers, and cells along a side.
        windows: those that were hidden.
        whole: scores of the meme as it is (one row).
        hidden: scores with each window hidden.
    """
    found = {}
    for task in tasks:
        losses = whole[task.key].probabilities - hidden[task.key].probabilities
        found[task.key] = {
            name: _spread(windows, losses[:, place], grid) for place, name in enumerate(task.names)
        }
    return found


def _spread(windows: Sequence[Window], losses: np.ndarray, grid: int) -> Rows:
    """Give each cell the mean loss over the windows that hide it: (grid, grid)."""
    total, edge = np.zeros((grid + 2, grid + 2)), WINDOW - 1
    for (row, column), loss in zip(windows, losses, strict=True):
        total[row + edge : row + edge + WINDOW, column + edge : column + edge + WINDOW] += loss
    cells = total[edge:-edge, edge:-edge] / WINDOW**2
    return tuple(tuple(map(float, line)) for line in cells)
