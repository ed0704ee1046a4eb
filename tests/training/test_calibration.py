import numpy as np
import pytest
import torch

from memeclip_core.training.calibration import TEMPERATURES, choose_temperature


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
