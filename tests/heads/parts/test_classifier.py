import pytest
import torch

from memeclip_core.heads.parts.classifier import (
    CosineClassifier,
    LinearClassifier,
    LogOddsClassifier,
    build_classifier,
    build_pre_output,
)


def hand_made() -> CosineClassifier:
    classifier = CosineClassifier(num_classes=3, dim=2, scale=30.0)
    with torch.no_grad():
        classifier.weight.copy_(torch.tensor([[2.0, 0.0], [0.0, 5.0], [-1.0, 0.0]]))
    return classifier


def test_numbers_by_hand():
    out = hand_made()(torch.tensor([[3.0, 4.0]]))
    torch.testing.assert_close(out.cosines, torch.tensor([[0.6, 0.8, -0.6]]))
    torch.testing.assert_close(out.logits, torch.tensor([[18.0, 24.0, -18.0]]))


def test_length_does_not_matter():
    classifier, features = hand_made(), torch.randn(5, 2)
    torch.testing.assert_close(classifier(features).logits, classifier(7 * features).logits)


@pytest.mark.parametrize("dim", [1, 2, 3, 257])
def test_bounds(dim: int):
    classifier = CosineClassifier(num_classes=4, dim=dim, scale=30.0)
    # Parallel and opposite vectors are where rounding would leave the bounds.
    features = torch.cat([classifier.weight.detach() * 1e3, -classifier.weight.detach()])
    out = classifier(features)
    assert out.cosines.abs().max() <= 1.0
    assert out.logits.abs().max() <= 30.0


def test_no_bias():
    assert [n for n, _ in hand_made().named_parameters()] == ["weight"]


def test_a_linear_classifier_by_hand():
    classifier = LinearClassifier(num_classes=2, dim=2)
    with torch.no_grad():
        classifier.weight.copy_(torch.tensor([[2.0, 0.0], [0.0, -5.0]]))
        classifier.linear.bias.copy_(torch.tensor([1.0, 0.5]))
    out = classifier(torch.tensor([[3.0, 4.0]]))
    torch.testing.assert_close(out.logits, torch.tensor([[7.0, -19.5]]))
    torch.testing.assert_close(out.cosines, torch.tensor([[0.6, -0.8]]))


def test_layers_before_the_classifier():
    made = build_pre_output(width=6, map_dim=4, layers=2, fused_dropout=0.4, output_dropout=0.2)
    kinds = [type(part).__name__ for part in made]
    assert kinds == ["Dropout", "Linear", "ReLU", "Dropout", "Linear", "ReLU", "Dropout"]
    assert (made[0].p, made[3].p) == (0.4, 0.2)
    assert made(torch.zeros(3, 6)).shape == (3, 4)
    bare = build_pre_output(width=6, map_dim=4, layers=0, fused_dropout=0.0, output_dropout=0.0)
    assert bare(torch.ones(1, 6)).tolist() == [[1.0] * 6]


def test_one_logit_of_two_classes_by_hand():
    classifier = LogOddsClassifier(dim=2)
    with torch.no_grad():
        classifier.linear.weight.copy_(torch.tensor([[2.0, 0.0]]))
        classifier.linear.bias.fill_(1.0)
    out = classifier(torch.tensor([[3.0, 4.0]]))
    torch.testing.assert_close(out.logits.softmax(-1)[0, 1], torch.tensor(7.0).sigmoid())
    torch.testing.assert_close(out.cosines, torch.tensor([[-0.6, 0.6]]))
    torch.testing.assert_close(classifier.weight, torch.tensor([[-1.0, 0.0], [1.0, 0.0]]))


def test_only_two_classes_of_a_linear_classifier_share_a_logit():
    made = [
        build_classifier(kind, num_classes=classes, dim=3, scale=1.0, one_logit=True)
        for kind, classes in (("linear", 2), ("linear", 3), ("cosine", 2))
    ]
    assert [type(part) for part in made] == [LogOddsClassifier, LinearClassifier, CosineClassifier]


def test_normed_layers_keep_the_width():
    made = build_pre_output(
        width=6, map_dim=4, layers=2, fused_dropout=0.4, output_dropout=0.2, block="normed"
    )
    block = ["LayerNorm", "Linear", "GELU"]
    assert [type(p).__name__ for p in made] == ["Dropout", *block, "Dropout", *block]
    assert made(torch.zeros(3, 6)).shape == (3, 6)
