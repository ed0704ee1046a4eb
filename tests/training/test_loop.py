import math

import pytest
import torch
from torch import nn

from memeclip_core.training.config import FitConfig
from memeclip_core.training.loop import run_epochs


class Slope(nn.Module):
    """A loss that falls at the rate 1: AdamW without decay moves the weight by the rate."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(0.0))


def run(config: FitConfig, *, rows: int = 4, scores=None, **kwargs):
    found = iter(scores or [])
    return run_epochs(
        Slope(),
        rows,
        config,
        compute_loss=lambda module, places, generator: -module.weight,
        compute_score=lambda module: next(found, math.nan),
        **kwargs,
    )


def plain(**changes) -> FitConfig:
    return FitConfig(**{"epochs": 1, "batch_size": 1, "lr": 1.0, "weight_decay": 0} | changes)


def test_every_row_is_seen_once_an_epoch():
    seen = []

    def loss(module, places, generator):
        seen.extend(places.tolist())
        return -module.weight

    config = plain(epochs=2, batch_size=3)
    run_epochs(Slope(), 7, config, compute_loss=loss, compute_score=lambda _: math.nan)
    assert sorted(seen[:7]) == sorted(seen[7:]) == list(range(7))
    assert seen[:7] != seen[7:]


@pytest.mark.parametrize(
    ("changes", "sum_of_rates"),
    [
        ({}, 4.0),
        # cos of 0, 1/4, 2/4 and 3/4 of a half turn, from 1 down to 0.
        ({"schedule": "cosine"}, 4 * 0.5 + 0.5),
        # 0 and half the rate, then all of it.
        ({"warmup": 0.5}, 0 + 0.5 + 1 + 1),
    ],
)
def test_rates_by_hand(changes: dict, sum_of_rates: float):
    # With equal gradients each of AdamW's steps is the rate.
    assert run(plain(**changes)).head.weight.item() == pytest.approx(sum_of_rates, abs=1e-4)


def test_patience_ends_training_and_keeps_the_best():
    scores = [0.1, 0.5, 0.4, 0.5, 0.9]
    result = run(plain(epochs=5, patience=2), rows=1, scores=scores)
    # Epochs 3 and 4 are no better than 2.
    assert (len(result.history), result.kept, result.stopped) == (4, 2, False)
    assert result.head.weight.item() == pytest.approx(2.0, abs=1e-4)


@pytest.mark.parametrize(
    ("scores", "kept", "ran"),
    [
        ([0.5, math.nan, 0.4], 1, 3),
        ([math.nan, 0.2, math.nan, 0.1], 2, 4),
        ([0.5, math.nan, 0.6, math.nan], 3, 4),
    ],
)
def test_a_score_that_is_no_number_replaces_none(scores, kept, ran):
    result = run(plain(epochs=len(scores)), rows=1, scores=scores)
    assert (result.kept, len(result.history)) == (kept, ran)


def test_patience_counts_scores_that_are_no_numbers():
    result = run(plain(epochs=9, patience=2), rows=1, scores=[0.5, *[math.nan] * 8])
    assert (len(result.history), result.kept) == (3, 1)


@pytest.mark.parametrize("keep", ["last", "best"])
def test_weights_that_are_no_numbers_are_never_kept(keep):
    config = plain(epochs=3, keep=keep)
    result = run_epochs(
        Slope(),
        1,
        config,
        # The third step's loss, and so every weight after it, is no number.
        compute_loss=lambda m, *_: -m.weight * (1.0 if m.weight < 1.5 else math.nan),
        compute_score=lambda module: math.nan,
    )
    assert result.kept == 2
    assert result.head.weight.item() == pytest.approx(2.0, abs=1e-4)


def test_the_average_is_that_of_the_weights_after_each_step():
    # The weights are 1, 2, 3 and 4; a young average moves faster than its decay says.
    mean = 0.0
    for step, weight in enumerate((1.0, 2.0, 3.0, 4.0), start=1):
        decay = min(0.3, (1 + step) / (10 + step))
        mean = decay * mean + (1 - decay) * weight
    assert mean == pytest.approx(3.583, abs=1e-3)
    result = run(plain(average=0.3))
    assert result.head.weight.item() == pytest.approx(mean, abs=1e-3)


def test_without_patience_all_epochs_run():
    assert run(plain(epochs=5), rows=1, scores=[0.1, 0.5, 0.4, 0.5, 0.9]).kept == 5


def test_patience_needs_scores():
    assert len(run(plain(epochs=6, patience=1), rows=1).history) == 6


def test_nothing_to_train_comes_back_at_once():
    module = nn.Flatten()
    result = run_epochs(
        module, 3, plain(), compute_loss=lambda *_: pytest.fail(), compute_score=lambda _: 0.0
    )
    assert (result.history, result.kept, result.stopped) == ((), 0, False)
    assert not result.head.training


@pytest.mark.parametrize(("clip", "given"), [(0.0, -100.0), (0.1, -0.1)])
def test_long_gradients_are_cut(monkeypatch, clip: float, given: float):
    seen = []

    def step(self):
        seen.append(self.param_groups[0]["params"][0].grad.item())

    monkeypatch.setattr(torch.optim.AdamW, "step", step)
    config = plain(gradient_clip=clip)
    run_epochs(
        Slope(),
        1,
        config,
        compute_loss=lambda module, *_: -100 * module.weight,
        compute_score=lambda _: math.nan,
    )
    assert seen == pytest.approx([given], rel=1e-4)


def test_an_epoch_starts_with_a_look_at_the_module():
    seen = []

    def start(module):
        assert not module.training and not torch.is_grad_enabled()
        seen.append(round(module.weight.item(), 3))

    run(plain(epochs=3), rows=1, start_epoch=start)
    assert seen == [0.0, 1.0, 2.0]
