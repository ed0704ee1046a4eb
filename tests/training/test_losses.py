import math

import numpy as np
import pytest
import torch

from memeclip_core.training.config import FitConfig
from memeclip_core.training.losses import MAX_POSITIVE, row_losses, weigh_classes, weigh_rows
from memeclip_core.training.rows import Examples
from tests.factories.heads import make_features

BALANCED = FitConfig(class_weights="balanced")


def examples(kind: str, labels) -> Examples:
    labels = np.array(labels)
    return Examples(features=make_features(len(labels)), kind=kind, labels=labels, num_classes=2)


def test_cross_entropy_by_hand():
    logits = torch.tensor([[0.0, math.log(3)], [0.0, math.log(3)]])
    found = row_losses(logits, torch.tensor([1, 0]), "multiclass")
    torch.testing.assert_close(found, -torch.tensor([0.75, 0.25]).log())
    heavy = row_losses(
        logits, torch.tensor([1, 0]), "multiclass", class_weights=torch.tensor([2.0, 1.0])
    )
    torch.testing.assert_close(heavy, found * torch.tensor([1.0, 2.0]))


def test_smoothed_labels_by_hand():
    logits = torch.tensor([[0.0, math.log(3)]])
    found = row_losses(logits, torch.tensor([1]), "multiclass", label_smoothing=0.2)
    expected = -(0.1 * math.log(0.25) + 0.9 * math.log(0.75))
    assert found.item() == pytest.approx(expected)


def test_binary_cross_entropy_by_hand():
    logits = torch.tensor([[0.0, math.log(3)]])
    found = row_losses(logits, torch.tensor([[1, 1]]), "multilabel")
    torch.testing.assert_close(found, -torch.tensor([0.5, 0.75]).log().mean()[None])


def test_balanced_classes_weigh_the_same_together():
    weights = weigh_classes(examples("multiclass", [0, 0, 0, 1]), BALANCED)
    assert weights.tolist() == pytest.approx([4 / 6, 4 / 2])


def test_balanced_positives_weigh_what_the_negatives_do():
    labels = [[1, 1]] + [[0, 1]] * 3 + [[0, 0]]
    weights = weigh_classes(examples("multilabel", labels), BALANCED)
    assert weights.tolist() == pytest.approx([4.0, 1 / 4])
    rare = weigh_classes(examples("multilabel", [[1, 0]] + [[0, 0]] * 99), BALANCED)
    assert rare.tolist() == [MAX_POSITIVE, MAX_POSITIVE]


def test_without_weights():
    assert weigh_classes(examples("multiclass", [0, 1]), FitConfig()) is None
    assert weigh_rows(examples("multiclass", [0, 1])).tolist() == [1.0, 1.0]
