"""How to train, and what training gives back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from torch import nn

from memeclip_core.errors import ConfigError
from memeclip_core.records.job import Progress
from memeclip_core.records.limits import Count, Natural, NotNegative, Positive, Rate, find_faults

Score = Callable[[np.ndarray, np.ndarray], float]
"""(labels, probabilities) of all validation rows → a number, higher is better."""

OnStep = Callable[["Step"], None]
ShouldStop = Callable[[], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class FitConfig:
    """How to train; the defaults are MemeCLIP's published recipe.

    Attributes:
        epochs, batch_size, lr, weight_decay: of AdamW.
        schedule: ``constant``, or ``cosine`` from ``lr`` down to 0.
        warmup: share of all steps in which the rate rises from 0, in [0, 1).
        gradient_clip: longer gradients of a step are scaled down to this length; 0 leaves them.
        modality_dropout: chance per row that one of its two modalities is hidden.
        class_weights: ``none``, or ``balanced``: inverse class frequency if multiclass; if
            multilabel, positives weigh as much as negatives, at most ``MAX_POSITIVE`` times.
        label_smoothing: in [0, 1), multiclass only.
        calibration: of multilabel probabilities: ``one`` temperature, or a line for ``each``
            class, where validation rows name classes at other rates than training rows do.
        average: decay of a running average of the weights, in [0, 1); 0 keeps the last ones.
        keep: ``best`` epoch by the validation score, or the ``last``.
        patience: stop after so many epochs without a better validation score; 0 never stops.
        seed: of shuffling, dropout and modality dropout.

    Raises:
        ConfigError: listing every value that cannot be.
    """

    epochs: Count = 10
    batch_size: Count = 16
    lr: Positive = 1e-4
    weight_decay: NotNegative = 1e-4
    schedule: Literal["constant", "cosine"] = "constant"
    warmup: Rate = 0.0
    gradient_clip: NotNegative = 0.0
    modality_dropout: Rate = 0.0
    class_weights: Literal["none", "balanced"] = "none"
    label_smoothing: Rate = 0.0
    calibration: Literal["one", "each"] = "one"
    average: Rate = 0.0
    keep: Literal["best", "last"] = "best"
    patience: Natural = 0
    seed: int = 42

    def __post_init__(self) -> None:
        if faults := find_faults(self):
            raise ConfigError("Training cannot start: " + "; ".join(faults) + ".")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one epoch came to: mean training loss, and the validation score (NaN without rows)."""

    epoch: int
    epochs: int
    loss: float
    score: float


def report_steps(
    on_progress: Callable[[Progress], None] | None, what: str, done: int, total: int
) -> OnStep | None:
    """Return what reports each epoch as progress; ``done`` of ``total`` epochs lie behind it."""
    if on_progress is None:
        return None
    return lambda step: on_progress(
        Progress(
            done=done + step.epoch,
            total=total,
            message=f"{what}: epoch {step.epoch} of {step.epochs}",
            loss=step.loss,
            score=step.score,
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FitResult:
    """A trained head in eval mode, its history and the epoch whose weights it has.

    ``stopped`` says that somebody asked to stop; early stopping is not that.
    """

    head: nn.Module
    history: tuple[Step, ...]
    kept: int
    stopped: bool
