import numpy as np
import pytest
import torch

from memeclip_core.evaluation.metrics import decide, macro_f1
from memeclip_core.training.calibration import (
    TEMPERATURES,
    choose_lines,
    choose_temperature,
    fit_line,
)


@pytest.mark.parametrize("true_temperature", [0.5, 1.0, 4.0])
def test_the_temperature_that_made_the_labels_is_found(true_temperature: float):
    generator = np.random.default_rng(0)
    logits = generator.normal(scale=6.0, size=(4000, 3))
    probabilities = torch.tensor(logits / true_temperature).softmax(-1).numpy()
    labels = np.array([generator.choice(3, p=p / p.sum()) for p in probabilities])
    found = choose_temperature(labels, logits, "multiclass")
    assert found == pytest.approx(true_temperature, rel=0.15)


def test_multilabel():
    generator = np.random.default_rng(0)
    logits = generator.normal(scale=6.0, size=(4000, 2))
    labels = (generator.random((4000, 2)) < 1 / (1 + np.exp(-logits / 3))).astype(np.int64)
    assert choose_temperature(labels, logits, "multilabel") == pytest.approx(3, rel=0.15)


def test_no_rows_leave_the_logits_alone():
    assert choose_temperature(np.zeros(0, dtype=np.int64), np.zeros((0, 2)), "multiclass") == 1.0


def test_one_is_on_the_grid():
    assert np.isclose(TEMPERATURES, 1.0).any()


def draw(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Draw labels (count, 2) and logits that are too low for the first class by far."""
    generator = np.random.default_rng(seed)
    logits = generator.normal(0, 2, (count, 2))
    labels = (generator.random((count, 2)) < 1 / (1 + np.exp(-logits))).astype(np.int64)
    return labels, logits - np.array([3, 0])


def test_the_line_of_calibrated_rows_is_the_diagonal_and_of_shifted_ones_their_shift():
    generator = np.random.default_rng(1)
    logits = generator.normal(0, 2, 20_000)
    truth = (generator.random(20_000) < 1 / (1 + np.exp(-logits))).astype(np.int64)
    assert fit_line(truth, logits) == pytest.approx((1, 0), abs=0.05)
    assert fit_line(truth, 0.5 * logits - 1) == pytest.approx((2, 2), abs=0.1)


@pytest.mark.parametrize("seed", range(4))
def test_no_line_near_by_fits_better(seed):
    """Flat lines of logits that are too low by far, where a bounded Newton step goes in circles."""
    generator = np.random.default_rng(seed)
    logits = generator.normal(-1.5, 3, 360)
    truth = generator.random(360) < 1 / (1 + np.exp(-0.35 * logits - 0.7))

    def loss(slope, offset):
        z = slope * logits + offset
        return (np.logaddexp(0, z) - truth * z).sum()

    slope, offset = fit_line(truth.astype(np.int64), logits)
    for a, b in ((0.02, 0), (-0.02, 0), (0, 0.02), (0, -0.02)):
        assert loss(slope, offset) < loss(slope + a, offset + b)


def test_separable_rows_give_a_finite_line_that_rises():
    slope, offset = fit_line(np.array([0] * 5 + [1] * 5), np.linspace(-1, 1, 10))
    assert 1 < slope < 1e4
    assert abs(offset) < 1


def test_lines_of_few_rows_lift_macro_f1_on_others_above_every_common_threshold():
    labels, logits = draw(400)
    lines = np.array(choose_lines(labels, logits, temperature=1.0))
    fresh, scores = draw(4_000, seed=2)

    def best(values: np.ndarray) -> float:
        probabilities = 1 / (1 + np.exp(-values))
        grid = np.arange(0.02, 0.98, 0.02)
        return max(macro_f1(fresh, decide(probabilities, "multilabel", t)) for t in grid)

    assert best(scores * lines[:, 0] + lines[:, 1]) > best(scores) + 0.02


@pytest.mark.parametrize("positives", [0, 4, 96, 100])
def test_a_class_with_few_rows_of_either_kind_takes_the_temperature(positives):
    labels = (np.arange(100) < positives).astype(np.int64)[:, None]
    lines = choose_lines(labels, np.linspace(2, -2, 100)[:, None], temperature=4.0)
    assert lines == ((0.25, 0.0),)


def test_logits_that_rank_upside_down_take_the_temperature():
    labels = (np.arange(100) < 50).astype(np.int64)[:, None]
    lines = choose_lines(labels, np.linspace(-2, 2, 100)[:, None], temperature=2.0)
    assert lines == ((0.5, 0.0),)
