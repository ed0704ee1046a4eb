import math

import numpy as np
import pytest
import torch
from torch import nn

from memeclip_core.errors import ConfigError
from memeclip_core.evaluation.metrics import decide, micro_f1
from memeclip_core.heads.batch import HeadOutput, to_batch
from memeclip_core.heads.registry import build_head
from memeclip_core.training.config import FitConfig
from memeclip_core.training.fit import choose_threshold, fit, hide_modalities, hide_rows, score_rows
from memeclip_core.training.rows import Examples
from tests.factories.heads import CONFIG, DIMS, make_features

FAST = FitConfig(epochs=15, lr=1e-2, batch_size=16)


def head(classes: int = 2):
    return build_head("memeclip", dims=DIMS, num_classes=classes, config=CONFIG)


def separable(rows: int, *, seed: int = 0, kind: str = "multiclass") -> Examples:
    """The sign of the first text feature decides."""
    features = make_features(rows, seed=seed)
    ids = (features.text[:, 0] > 0).astype(np.int64)
    labels = ids if kind == "multiclass" else np.stack([ids, 1 - ids], 1).astype(np.float32)
    return Examples(features=features, kind=kind, labels=labels, num_classes=2)


def accuracy(labels: np.ndarray, probabilities: np.ndarray) -> float:
    return float((probabilities.argmax(1) == labels).mean())


@pytest.mark.parametrize("kind", ["multiclass", "multilabel"])
def test_a_head_learns_what_can_be_learnt(kind: str):
    def score(labels: np.ndarray, probabilities: np.ndarray) -> float:
        if kind == "multiclass":
            return accuracy(labels, probabilities)
        return micro_f1(labels.astype(int), decide(probabilities, "multilabel"))

    val = separable(200, seed=1, kind=kind)
    result = fit(head(), separable(400, kind=kind), val, FAST, score=score)
    assert max(step.score for step in result.history) > 0.9
    assert result.history[-1].loss < result.history[0].loss


def test_the_head_passed_in_is_left_alone():
    module = head()
    before = [p.clone() for p in module.parameters()]
    fit(module, separable(32), None, FitConfig(epochs=1))
    assert all(torch.equal(a, b) for a, b in zip(before, module.parameters(), strict=True))


def test_same_seed_same_bytes_and_the_global_generator_is_untouched():
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    first, second = (fit(head(), separable(64), None, FAST).head for _ in range(2))
    assert torch.equal(torch.rand(1), expected)
    assert all(
        torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True)
    )


def test_another_seed_is_another_head():
    other = FitConfig(epochs=15, lr=1e-2, batch_size=16, seed=1)
    first, second = (fit(head(), separable(64), None, c).head for c in (FAST, other))
    assert not torch.equal(first.classifier.weight, second.classifier.weight)


def test_the_best_epoch_is_kept():
    scores = iter([0.2, 0.9, 0.4])
    config = FitConfig(epochs=3, lr=1e-2)
    result = fit(head(), separable(64), separable(8), config, score=lambda _, __: next(scores))
    assert result.kept == 2
    two = fit(head(), separable(64), None, FitConfig(epochs=2, lr=1e-2)).head
    assert torch.equal(result.head.classifier.weight, two.classifier.weight)


def test_the_last_epoch_is_kept_on_request():
    scores = iter([0.9, 0.2])
    config = FitConfig(epochs=2, keep="last")
    result = fit(head(), separable(16), separable(8), config, score=lambda _, __: next(scores))
    assert result.kept == 2


def test_without_validation_rows_the_score_is_undefined():
    result = fit(head(), separable(16), None, FitConfig(epochs=2))
    assert all(math.isnan(step.score) for step in result.history)
    assert result.kept == 2


def test_stopping_ends_at_once_with_what_there_is():
    asked = iter([False, False, True])
    result = fit(head(), separable(64), None, FitConfig(epochs=9), should_stop=lambda: next(asked))
    assert result.stopped
    assert result.history == ()


def test_the_result_does_not_learn_on():
    result = fit(head(), separable(16), None, FitConfig(epochs=1))
    assert not result.head.training
    assert not any(p.requires_grad for p in result.head.parameters())


def test_row_weights_decide_between_contradictions():
    features = make_features(40)
    features = features.take([0] * 40)
    labels = np.array([0, 1] * 20)
    weights = np.array([1.0, 50.0] * 20, dtype=np.float32)
    examples = Examples(
        features=features, kind="multiclass", labels=labels, num_classes=2, weights=weights
    )
    result = fit(head(), examples, None, FAST)
    assert result.head(to_batch(features.take([0]))).logits.argmax().item() == 1


def test_the_running_average_is_smoother_than_the_last_step():
    config = FitConfig(epochs=5, lr=0.05, average=0.99, keep="last")
    plain = FitConfig(epochs=5, lr=0.05, keep="last")
    start = head().classifier.weight
    averaged = fit(head(), separable(64), None, config).head.classifier.weight
    last = fit(head(), separable(64), None, plain).head.classifier.weight
    # It is behind, but on its way.
    assert 0.1 < (averaged - start).norm() / (last - start).norm() < 0.99


def test_smoothed_labels_teach_less_certainty():
    def certainty(**changes):
        config = FitConfig(epochs=40, lr=1e-2, batch_size=16, **changes)
        logits = fit(head(), separable(64), None, config).head(to_batch(make_features(64))).logits
        return logits.softmax(-1).max(-1).values.mean().item()

    assert certainty(label_smoothing=0.5) < certainty() - 0.1


def test_a_head_whose_logits_are_no_numbers_has_no_score():
    broken = head()
    torch.nn.init.constant_(broken.classifier.weight, math.nan)
    assert math.isnan(score_rows(broken, separable(8), lambda labels, probabilities: 1.0))


def test_hiding_never_hides_both_and_keeps_its_rate():
    generator = torch.Generator().manual_seed(0)
    both = torch.ones(4000, dtype=torch.bool)
    image, text = hide_modalities(both, both, 0.3, generator)
    assert (image | text).all()
    assert abs((~image).float().mean().item() - 0.15) < 0.02
    assert abs((~text).float().mean().item() - 0.15) < 0.02


def test_hiding_leaves_rows_with_one_modality_alone():
    generator = torch.Generator().manual_seed(0)
    yes, no = torch.ones(500, dtype=torch.bool), torch.zeros(500, dtype=torch.bool)
    image, text = hide_modalities(no, yes, 0.9, generator)
    assert text.all()
    assert not image.any()


def test_choose_threshold_finds_the_gap():
    labels = np.array([[1, 0], [1, 0], [0, 1]])
    probabilities = np.array([[0.30, 0.10], [0.40, 0.05], [0.12, 0.35]])
    chosen = choose_threshold(labels, probabilities, micro_f1)
    assert 0.12 < chosen <= 0.30


def test_nothing_to_learn_from():
    with pytest.raises(ConfigError, match="no labelled rows"):
        fit(head(), separable(0), None, FAST)


def test_hidden_rows_keep_their_features():
    batch = to_batch(make_features(200))
    hidden = hide_rows(batch, 0.5, torch.Generator().manual_seed(0))
    assert torch.equal(hidden.image, batch.image)
    assert not hidden.has_image.all()


def test_a_head_s_own_loss_counts():
    class Own(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.tensor(5.0))

        def forward(self, batch):
            logits = torch.zeros(len(batch), 2)
            own = self.weight.square().expand(len(batch)) if self.training else None
            return HeadOutput(logits=logits, cosines=logits, auxiliary=own)

    result = fit(Own(), separable(16), None, FitConfig(epochs=1, batch_size=16, lr=1.0))
    # ln 2 of the labels, 25 of its own; AdamW's first step is the rate.
    assert result.history[0].loss == pytest.approx(math.log(2) + 25)
    assert result.head.weight.item() == pytest.approx(4.0, abs=1e-3)


@pytest.mark.parametrize("weights", ["none", "balanced"])
@pytest.mark.parametrize("kind", ["multiclass", "multilabel"])
def test_rows_labels_and_weights_go_to_the_device(monkeypatch, kind: str, weights: str):
    """On "meta", which refuses tensors of any other device, the loss can be taken."""
    seen = []

    def run_epochs(module, rows, config, *, compute_loss, device, **options):
        seen.append(compute_loss(module.to(device), torch.arange(8), torch.Generator()))

    monkeypatch.setattr("memeclip_core.training.fit.run_epochs", run_epochs)
    config = FitConfig(class_weights=weights, modality_dropout=0.3)
    fit(head(), separable(32, kind=kind), None, config, device="meta")
    assert seen[0].device.type == "meta"
