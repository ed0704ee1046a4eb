import numpy as np
import pytest

from memeclip_core.evaluation.calibration import place_in_bins, weigh_calibration_error
from memeclip_core.evaluation.metrics import one_hot


def test_multiclass_by_hand():
    probabilities = np.array([[0.9, 0.1], [0.9, 0.1], [0.4, 0.6], [0.4, 0.6]])
    labels = one_hot(np.array([0, 1, 1, 1]), 2)
    statistic = weigh_calibration_error(labels, probabilities, "multiclass", bins=10)
    weights = np.array([[1, 1, 1, 1], [2, 0, 1, 1]], np.float32)
    # Of those sure to 0.9 half are right: 0.4; of those sure to 0.6 all: 0.4. Without the wrong
    # one, 0.1 and 0.4.
    np.testing.assert_allclose(statistic(weights), [0.4, 0.25])


def test_the_class_that_wins_is_the_likeliest():
    probabilities, labels = np.array([[0.1, 0.7, 0.2]]), one_hot(np.array([1]), 3)
    statistic = weigh_calibration_error(labels, probabilities, "multiclass", bins=10)
    np.testing.assert_allclose(statistic(np.ones((1, 1), np.float32)), [0.3])


def test_multilabel_by_hand():
    probabilities, labels = np.array([[0.25, 0.75], [0.25, 0.75]]), np.array([[0, 1], [1, 1]])
    statistic = weigh_calibration_error(labels, probabilities, "multilabel", bins=2)
    # Lower bin: 0.25 against 1/2; upper bin: 0.75 against 1.
    np.testing.assert_allclose(statistic(np.ones((1, 2), np.float32)), [0.25])


def test_honest_probabilities_have_a_small_error():
    generator = np.random.default_rng(0)
    sure = generator.uniform(0.5, 1.0, 20_000)
    labels = one_hot((generator.random(20_000) > sure).astype(int), 2)
    for power, low, high in ((1.0, 0.0, 0.02), (0.3, 0.1, 0.3)):
        odds = np.stack([sure, 1 - sure], 1) ** (1 / power)
        statistic = weigh_calibration_error(
            labels, odds / odds.sum(axis=1, keepdims=True), "multiclass"
        )
        assert low <= statistic(np.ones((1, 20_000), np.float32))[0] <= high


def test_the_last_bin_holds_one():
    assert place_in_bins(np.array([0.0, 0.0999, 0.1, 1.0]), 10).tolist() == [0, 0, 1, 9]


@pytest.mark.parametrize("kind", ["multiclass", "multilabel"])
def test_bounds(kind: str):
    generator = np.random.default_rng(0)
    probabilities = generator.dirichlet(np.ones(3), 50)
    labels = one_hot(generator.integers(0, 3, 50), 3)
    error = weigh_calibration_error(labels, probabilities, kind)(np.ones((1, 50), np.float32))
    assert 0 <= error[0] <= 1
