import numpy as np
import pytest

from memeclip_core.evaluation.novelty import (
    LEAST_ROWS,
    NEAREST,
    UNUSUAL,
    learn_surroundings,
    measure_nearness,
)

RIGHT = np.tile([[2.0, 0.0]], (NEAREST, 1)).astype(np.float32)


def test_nearness_is_the_mean_cosine_to_the_nearest_rows():
    rows = np.array([[1, 0]] * (NEAREST - 1) + [[0, 1]] + [[-1, 0]] * 9, np.float32)
    near = measure_nearness(rows, np.array([[7.0, 0.0], [0.0, 3.0]], np.float32))
    assert near == pytest.approx([(NEAREST - 1) / NEAREST, 1 / NEAREST])


def test_what_few_validation_rows_are_is_far():
    angles = np.linspace(0, 1, 101)
    val = np.stack([np.cos(angles), np.sin(angles)], 1).astype(np.float32)
    found = learn_surroundings(RIGHT, val)
    assert found is not None
    far = [found.is_far(row) for row in val]
    assert sum(far) == pytest.approx(len(val) * UNUSUAL, abs=1)
    assert far[-1]
    assert not far[0]
    assert found.is_far(np.array([-1, 0], np.float32))


def test_a_row_of_zeros_has_no_neighbours():
    found = learn_surroundings(RIGHT, np.tile(RIGHT, (20, 1)))
    assert found is not None
    assert found.is_far(np.zeros(2, np.float32))
    assert not found.is_far(RIGHT[0])


@pytest.mark.parametrize(("train", "val"), [(NEAREST - 1, LEAST_ROWS), (NEAREST, LEAST_ROWS - 1)])
def test_of_too_few_rows_nothing_is_said(train, val):
    assert learn_surroundings(np.ones((train, 2)), np.ones((val, 2))) is None
