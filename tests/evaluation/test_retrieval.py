import math

import numpy as np
import pytest

from memeclip_core.evaluation.retrieval import compute_recall

IMAGES = np.eye(3)
TEXTS = np.array([[1.0, 0, 0], [0, 0.9, 0.1], [0.8, 0, 0.6]])
OWNERS = np.array([0, 1, 2])


@pytest.mark.parametrize(("k", "expected"), [(1, 2 / 3), (2, 1.0), (3, 1.0)])
def test_the_right_picture_must_be_among_the_nearest(k, expected):
    assert compute_recall(IMAGES, TEXTS, OWNERS, k=k) == pytest.approx(expected)


def test_ties_count_against_the_right_picture():
    same = np.ones((4, 2))
    assert compute_recall(same, same[:1], np.array([0]), k=3) == 0
    assert compute_recall(same, same[:1], np.array([0]), k=4) == 1


def test_without_texts_there_is_no_number():
    assert math.isnan(compute_recall(IMAGES, np.zeros((0, 3)), np.zeros(0, np.int64)))
