import numpy as np
import pytest
from PIL import Image

from memeclip_core.errors import InputError
from memeclip_core.explain.occlusion import explain_picture, find_fill, hide_window, list_windows
from memeclip_core.heads.model import TaskScores
from tests.factories.explained import TASKS


def score(pictures):
    """Return the share of red, as a classifier of red would."""
    red = np.array([np.asarray(picture)[:, :, 0].mean() / 255 for picture in pictures])
    both = np.stack([1 - red, red], axis=1)
    return {"t": TaskScores(probabilities=both, cosines=both)}


def explain(picture, grid=8, fill=(0, 0, 0)):
    windows = list_windows(grid)
    hidden = [hide_window(picture, window, grid, fill) for window in windows]
    return explain_picture(TASKS, windows, grid, score([picture]), score(hidden))["t"]


@pytest.mark.parametrize(("row", "column"), [(0, 0), (2, 5), (7, 7), (4, 0)])
def test_a_planted_patch_is_found(row, column):
    picture = Image.new("RGB", (80, 40))
    picture.paste((255, 0, 0), (10 * column, 5 * row, 10 * column + 10, 5 * row + 5))
    cells = np.array(explain(picture)["b"])
    assert np.unravel_index(cells.argmax(), cells.shape) == (row, column)
    assert cells[row, column] == pytest.approx(1 / 64)
    assert np.array(explain(picture)["a"])[row, column] == pytest.approx(-1 / 64)


def test_a_cell_is_the_mean_over_the_windows_that_hide_it():
    picture = Image.new("RGB", (3, 3))
    picture.putpixel((0, 0), (255, 0, 0))
    # Four windows hide the pixel; two of them hide its neighbours too, and one the middle one.
    assert np.array(explain(picture, 3)["b"]) == pytest.approx(
        np.array([[4, 2, 0], [2, 1, 0], [0, 0, 0]]) / 36
    )


def test_windows_cover_every_cell_and_leave_the_picture_as_it_is():
    assert list_windows(2)[:4] == ((-1, -1), (-1, 0), (-1, 1), (0, -1))
    assert len(list_windows(7)) == 64
    picture = Image.new("RGB", (5, 3), (9, 8, 7))
    times = np.zeros((3, 5), int)
    for window in list_windows(8):
        hidden = np.asarray(hide_window(picture, window, 8, (0, 0, 0)))
        times += (hidden == 0).all(axis=2)
        assert ((hidden == 0) | (hidden == [9, 8, 7])).all()
    assert times.min() >= 4
    assert np.asarray(picture).max() == 9


def test_what_hides_is_the_mean_colour():
    picture = Image.new("RGB", (2, 1), (10, 20, 30))
    picture.putpixel((0, 0), (20, 20, 60))
    assert find_fill(picture) == (15, 20, 45)
    assert hide_window(picture, (0, 0), 2, (15, 20, 45)).getcolors() == [(2, (15, 20, 45))]


@pytest.mark.parametrize("grid", [1, 17, -3])
def test_a_grid_that_cannot_be_is_a_sentence(grid):
    with pytest.raises(InputError, match=f"The grid is {grid}; allowed are 2 to 16"):
        list_windows(grid)
