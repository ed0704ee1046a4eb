import math

import numpy as np
import pytest
import torch

from memeclip_core.heads.batch import HeadOutput
from memeclip_core.training.config import FitConfig
from memeclip_core.training.losses import (
    MAX_POSITIVE,
    head_losses,
    retrieval_losses,
    row_losses,
    weigh_classes,
    weigh_rows,
)
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


def test_side_outputs_lose_where_they_could_see():
    logits, labels = torch.tensor([[0.0, math.log(3)]] * 2), torch.tensor([1, 0])
    seen = torch.tensor([True, False])
    output = HeadOutput(logits=logits, cosines=logits, side=((logits, seen), (logits, ~seen)))
    found = head_losses(output, labels, "multiclass", None, FitConfig())
    torch.testing.assert_close(found, -2 * torch.tensor([0.75, 0.25]).log())


def test_what_is_retrieved_by_hand():
    """Rows 0 and 3 of five memes are asked; 0's nearest of its labels is 1, of others 2."""
    known = torch.tensor([[1.0, 0.0], [0.6, 0.8], [0.8, 0.6], [0.0, 1.0], [-1.0, 0.0]])
    groups = torch.tensor([0, 0, 1, 2, 0])
    asked = torch.tensor([[2.0, 0.0], [0.0, 3.0]], requires_grad=True)
    losses = retrieval_losses(asked, torch.tensor([0, 3]), known, groups)
    # Of the batch stands meme 3 against it, at a right angle. Meme 3 has no other of its labels.
    expected = -math.log(math.exp(0.6) / (math.exp(0.6) + math.exp(0.8) + math.exp(0.0)))
    assert losses.tolist() == pytest.approx([expected, 0.0])
    losses.sum().backward()
    assert asked.grad.isfinite().all() and asked.grad[0].any()


def test_memes_of_one_label_alone_have_nothing_to_be_pushed_from():
    known = torch.eye(2)
    losses = retrieval_losses(known, torch.arange(2), known, torch.tensor([4, 4]))
    assert losses.tolist() == [0.0, 0.0]
