"""Train one head on cached features; the encoder is never touched.

There is no parameter through which held-out rows of a final evaluation could enter.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from memeclip_core.errors import ConfigError
from memeclip_core.heads.model import to_tensors
from memeclip_core.training.targets import Examples

Score = Callable[[np.ndarray, np.ndarray], float]
"""(labels, probabilities) of all validation rows → a number, higher is better."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FitConfig:
    """How to train; the defaults are MemeCLIP's published recipe.

    Attributes:
        epochs, batch_size, lr, weight_decay: of AdamW.
        schedule: ``constant``, or ``cosine`` from ``lr`` down to 0.
        modality_dropout: chance per row that one of its two modalities is hidden.
        class_weights: ``none``, or ``balanced`` (inverse class frequency, multiclass only).
        label_smoothing: in [0, 1), multiclass only.
        average: decay of a running average of the weights, in [0, 1); 0 keeps the last ones.
        keep: ``best`` epoch by the validation score, or the ``last``.
        seed: of shuffling, dropout and modality dropout.

    Raises:
        ConfigError: listing every value that cannot be.
    """

    epochs: int = 10
    batch_size: int = 16
    lr: float = 1e-4
    weight_decay: float = 1e-4
    schedule: Literal["constant", "cosine"] = "constant"
    modality_dropout: float = 0.0
    class_weights: Literal["none", "balanced"] = "none"
    label_smoothing: float = 0.0
    average: float = 0.0
    keep: Literal["best", "last"] = "best"
    seed: int = 42

    def __post_init__(self) -> None:
        faults = [
            f"{name} is {getattr(self, name)}, at least 1 is needed"
            for name in ("epochs", "batch_size")
            if getattr(self, name) < 1
        ]
        faults += [
            f"{name} is {getattr(self, name)}, allowed is 0 up to below 1"
            for name in ("modality_dropout", "label_smoothing", "average")
            if not 0 <= getattr(self, name) < 1
        ]
        if self.lr <= 0:
            faults.append(f"lr is {self.lr}, it must be above 0")
        if faults:
            raise ConfigError("Training cannot start: " + "; ".join(faults) + ".")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one epoch came to: mean training loss, and the validation score (NaN without rows)."""

    epoch: int
    epochs: int
    loss: float
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FitResult:
    """A trained head in eval mode, its history and the epoch whose weights it has."""

    head: nn.Module
    history: tuple[Step, ...]
    kept: int
    stopped: bool


def fit(
    head: nn.Module,
    train: Examples,
    val: Examples | None,
    config: FitConfig,
    *,
    score: Score | None = None,
    on_step: Callable[[Step], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> FitResult:
    """Train a copy of ``head``; the one passed in is left as it is.

    Args:
        head: maps (image, text, has_image, has_text) to a ``HeadOutput``.
        train: the rows to learn from.
        val: the rows to choose the epoch on; ``None`` keeps the last epoch.
        config: the recipe.
        score: how to judge validation rows; without it the negative loss decides.
        on_step: called after each epoch.
        should_stop: asked before each batch; training then ends with what it has.

    Raises:
        ConfigError: if there is nothing to learn from.
    """
    if len(train) == 0:
        raise ConfigError("Training cannot start: there are no labelled rows to learn from.")
    module = copy.deepcopy(head).train().requires_grad_(True)
    optimizer = torch.optim.AdamW(
        module.parameters(), lr=config.lr, weight_decay=config.weight_decay
    )
    tensors = (*to_tensors(train.features), torch.from_numpy(train.labels), _row_weights(train))
    class_weights = _class_weights(train, config)
    steps_per_epoch = math.ceil(len(train) / config.batch_size)
    generator = torch.Generator().manual_seed(config.seed)
    average = _Average(module, config.average)
    history: list[Step] = []
    best: tuple[float, int, nn.Module] | None = None
    stopped = False
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        for epoch in range(1, config.epochs + 1):
            total = 0.0
            order = torch.randperm(len(train), generator=generator)
            for index, rows in enumerate(torch.split(order, config.batch_size)):
                if should_stop is not None and should_stop():
                    stopped = True
                    break
                done = ((epoch - 1) * steps_per_epoch + index) / (config.epochs * steps_per_epoch)
                _set_lr(optimizer, config, done)
                image, text, has_image, has_text, labels, weights = (t[rows] for t in tensors)
                has_image, has_text = hide_modalities(
                    has_image, has_text, config.modality_dropout, generator
                )
                logits = module(image, text, has_image, has_text).logits
                losses = _losses(logits, labels, train.kind, class_weights, config)
                loss = (losses * weights).sum() / weights.sum()
                optimizer.zero_grad(set_to_none=True)
                loss.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
                average.update(module)
                total += loss.item() * len(rows)
            if stopped:
                break
            current = average.module(module)
            step = Step(
                epoch=epoch,
                epochs=config.epochs,
                loss=total / len(train),
                score=_score_rows(current, val, score),
            )
            history.append(step)
            if on_step is not None:
                on_step(step)
            if best is None or config.keep == "last" or not step.score <= best[0]:
                best = (step.score, epoch, copy.deepcopy(current))
    kept = best[2] if best is not None else module
    return FitResult(
        head=kept.eval().requires_grad_(False),
        history=tuple(history),
        kept=best[1] if best is not None else 0,
        stopped=stopped,
    )


def hide_modalities(
    has_image: Tensor, has_text: Tensor, rate: float, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Hide one modality of some rows that have both, each with half the rate.

    Args:
        has_image, has_text: bool (B,).
        rate: the chance per row.
        generator: draws which.
    """
    if rate == 0.0:
        return has_image, has_text
    draw = torch.rand(len(has_image), generator=generator)
    both = has_image & has_text
    return has_image & ~(both & (draw < rate / 2)), has_text & ~(both & (draw >= 1 - rate / 2))


def choose_threshold(labels: np.ndarray, probabilities: np.ndarray, score: Score) -> float:
    """Return the multilabel threshold in 0.05 … 0.95 with the best score.

    Args:
        labels: (N, C) of 0 and 1.
        probabilities: (N, C).
        score: (labels, decisions of 0 and 1) → a number. Ties go to the middle of their run.
    """
    grid = np.round(np.arange(0.05, 0.951, 0.01), 2)
    scores = np.array([score(labels, (probabilities >= t).astype(np.int64)) for t in grid])
    winners = grid[scores >= scores.max() - 1e-12]
    return float(winners[len(winners) // 2])


class _Average:
    """A running average of a module's weights; decay 0 means the module itself."""

    def __init__(self, module: nn.Module, decay: float) -> None:
        self.decay = decay
        self.mean = copy.deepcopy(module) if decay else None
        self.steps = 0

    @torch.no_grad()
    def update(self, module: nn.Module) -> None:
        if self.mean is None:
            return
        self.steps += 1
        # A young average would remember the random start: let the decay grow with its age.
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        for mean, new in zip(self.mean.parameters(), module.parameters(), strict=True):
            mean.lerp_(new, 1 - decay)

    def module(self, module: nn.Module) -> nn.Module:
        return module if self.mean is None else self.mean


def _losses(
    logits: Tensor,
    labels: Tensor,
    kind: str,
    class_weights: Tensor | None,
    config: FitConfig,
) -> Tensor:
    if kind == "multilabel":
        return binary_cross_entropy_with_logits(logits, labels.float(), reduction="none").mean(-1)
    return cross_entropy(
        logits,
        labels,
        weight=class_weights,
        reduction="none",
        label_smoothing=config.label_smoothing,
    )


def _row_weights(examples: Examples) -> Tensor:
    if examples.weights is None:
        return torch.ones(len(examples))
    return torch.from_numpy(examples.weights.astype(np.float32))


def _class_weights(train: Examples, config: FitConfig) -> Tensor | None:
    if config.class_weights == "none" or train.kind == "multilabel":
        return None
    counts = np.bincount(train.labels, minlength=train.num_classes)
    weights = len(train) / (train.num_classes * np.maximum(counts, 1))
    return torch.from_numpy(weights.astype(np.float32))


def _set_lr(optimizer: torch.optim.Optimizer, config: FitConfig, done: float) -> None:
    if config.schedule == "cosine":
        for group in optimizer.param_groups:
            group["lr"] = config.lr * 0.5 * (1 + math.cos(math.pi * done))


@torch.no_grad()
def _score_rows(module: nn.Module, val: Examples | None, score: Score | None) -> float:
    if val is None or len(val) == 0:
        return math.nan
    was_training = module.training
    logits = module.eval()(*to_tensors(val.features)).logits
    module.train(was_training)
    if score is None:
        labels = torch.from_numpy(val.labels)
        return -float(_losses(logits, labels, val.kind, None, FitConfig()).mean())
    probabilities = logits.softmax(-1) if val.kind == "multiclass" else logits.sigmoid()
    return score(val.labels, probabilities.double().numpy())
