"""The one training loop: epochs of shuffled batches, AdamW, the best or the last weights."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_

from memeclip_core.heads.checks import check_memory
from memeclip_core.training.config import FitConfig, FitResult, OnStep, ShouldStop, Step

Loss = Callable[[nn.Module, Tensor, torch.Generator], Tensor]
"""(module, places of the batch's rows, generator) → the batch's mean loss."""


def run_epochs(
    module: nn.Module,
    rows: int,
    config: FitConfig,
    *,
    compute_loss: Loss,
    compute_score: Callable[[nn.Module], float],
    start_epoch: Callable[[nn.Module], object] | None = None,
    on_step: OnStep | None = None,
    should_stop: ShouldStop | None = None,
    device: str = "cpu",
) -> FitResult:
    """Train a copy of ``module``; the one passed in is left as it is.

    A module without parameters comes back as it is, without an epoch.

    Args:
        module: what to train.
        rows: how many rows there are to shuffle.
        compute_loss: of a batch.
        compute_score: judges the module after each epoch, NaN if it cannot; higher is better.
        start_epoch: is shown the module before each epoch, in eval mode and without gradients.
        should_stop: asked before each batch; training then ends with what it has.
        device: ``cpu`` or ``cuda``: where ``compute_loss`` and ``compute_score`` find the module.
            The trained one comes back on the CPU.

    Raises:
        HeadError: if the training would not fit into the device's memory.
    """
    check_memory(module, device)
    module = copy.deepcopy(module).to(device).train().requires_grad_(True)
    if next(module.parameters(), None) is None:
        return FitResult(head=module.eval(), history=(), kept=0, stopped=False)
    # Fused: the same steps in one pass over the weights, which on a CPU halves the whole training.
    optimizer = torch.optim.AdamW(
        module.parameters(), lr=config.lr, weight_decay=config.weight_decay, fused=True
    )
    steps_per_epoch = math.ceil(rows / config.batch_size)
    generator = torch.Generator().manual_seed(config.seed)
    average = _Average(module, config.average)
    history: list[Step] = []
    best: tuple[float, int, nn.Module] | None = None
    peak, peak_epoch, stopped = -math.inf, 0, False
    with torch.random.fork_rng(devices=[] if device == "cpu" else [device]):
        torch.manual_seed(config.seed)
        for epoch in range(1, config.epochs + 1):
            total = 0.0
            if start_epoch is not None:
                _look(module, start_epoch)
            order = torch.randperm(rows, generator=generator)
            for index, places in enumerate(torch.split(order, config.batch_size)):
                if should_stop is not None and should_stop():
                    stopped = True
                    break
                done = ((epoch - 1) * steps_per_epoch + index) / (config.epochs * steps_per_epoch)
                _set_lr(optimizer, config, done)
                loss = compute_loss(module, places, generator)
                optimizer.zero_grad(set_to_none=True)
                loss.backward()  # type: ignore[no-untyped-call]
                if config.gradient_clip:
                    clip_grad_norm_(module.parameters(), config.gradient_clip)
                optimizer.step()
                average.update(module)
                total += loss.item() * len(places)
            if stopped:
                break
            current = average.module(module)
            step = Step(
                epoch=epoch,
                epochs=config.epochs,
                loss=total / rows,
                score=_look(current, compute_score),
            )
            history.append(step)
            if on_step is not None:
                on_step(step)
            if best is None or _replaces(step, best[0], config):
                best = (step.score, epoch, copy.deepcopy(current))
            # Without validation rows no epoch has a score, and patience has nothing to go by.
            if step.score > peak or (math.isnan(step.score) and peak == -math.inf):
                peak, peak_epoch = max(peak, step.score), epoch
            if config.patience and epoch - peak_epoch >= config.patience:
                break
    kept = best[2] if best is not None else module
    return FitResult(
        head=kept.cpu().eval().requires_grad_(False),
        history=tuple(history),
        kept=best[1] if best is not None else 0,
        stopped=stopped,
    )


def _replaces(step: Step, best: float, config: FitConfig) -> bool:
    """Say whether an epoch's weights are kept instead of those before.

    What is not a number never replaces what is one: neither as a score nor as a loss, after which
    the weights are none either.
    """
    if not math.isfinite(step.loss):
        return False
    return config.keep == "last" or step.score > best or math.isnan(best)


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


@torch.no_grad()
def _look(module: nn.Module, look: Callable[[nn.Module], Any]) -> Any:
    """Return what a function finds in a module in eval mode, which is left in its own."""
    was_training = module.training
    found = look(module.eval())
    module.train(was_training)
    return found


def _set_lr(optimizer: torch.optim.Optimizer, config: FitConfig, done: float) -> None:
    """Set the rate of a step, ``done`` in [0, 1) of the way."""
    factor = 1.0
    if config.schedule == "cosine":
        factor = 0.5 * (1 + math.cos(math.pi * done))
    if done < config.warmup:
        factor *= done / config.warmup
    for group in optimizer.param_groups:
        group["lr"] = config.lr * factor
