"""How to train, and what training gives back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from torch import nn

from memeclip_core.errors import ConfigError

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

    epochs: int = 10
    batch_size: int = 16
    lr: float = 1e-4
    weight_decay: float = 1e-4
    schedule: Literal["constant", "cosine"] = "constant"
    warmup: float = 0.0
    modality_dropout: float = 0.0
    class_weights: Literal["none", "balanced"] = "none"
    label_smoothing: float = 0.0
    calibration: Literal["one", "each"] = "one"
    average: float = 0.0
    keep: Literal["best", "last"] = "best"
    patience: int = 0
    seed: int = 42

    def __post_init__(self) -> None:
        faults = [
            f"{name} is {getattr(self, name)}, at least {least} is needed"
            for name, least in (("epochs", 1), ("batch_size", 1), ("patience", 0))
            if getattr(self, name) < least
        ]
        faults += [
            f"{name} is {getattr(self, name)}, allowed is 0 up to below 1"
            for name in ("warmup", "modality_dropout", "label_smoothing", "average")
            if not 0 <= getattr(self, name) < 1
        ]
        if self.lr <= 0:
            faults.append(f"lr is {self.lr}, it must be above 0")
        if self.weight_decay < 0:
            faults.append(f"weight_decay is {self.weight_decay}, it must not be below 0")
        for name, known in _CHOICES.items():
            if getattr(self, name) not in known:
                faults.append(f"{name} is '{getattr(self, name)}', known are {' and '.join(known)}")
        if faults:
            raise ConfigError("Training cannot start: " + "; ".join(faults) + ".")


_CHOICES = {
    "schedule": ("constant", "cosine"),
    "class_weights": ("none", "balanced"),
    "calibration": ("one", "each"),
    "keep": ("best", "last"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one epoch came to: mean training loss, and the validation score (NaN without rows)."""

    epoch: int
    epochs: int
    loss: float
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FitResult:
    """A trained head in eval mode, its history and the epoch whose weights it has.

    ``stopped`` says that somebody asked to stop; early stopping is not that.
    """

    head: nn.Module
    history: tuple[Step, ...]
    kept: int
    stopped: bool
