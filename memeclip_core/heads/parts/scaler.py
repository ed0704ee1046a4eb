"""Standardisation: features as distances from their mean, in standard deviations."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Standardizer(nn.Module):
    """Subtract the mean and divide by the deviation of the rows that training starts from.

    Neither is learnt by gradient. Before ``estimate`` it is the identity.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, *, dim: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(dim))
        self.register_buffer("deviation", torch.ones(dim))

    def estimate(self, features: Tensor, present: Tensor) -> None:
        """Take mean and deviation from those rows of features (N, D) where present (N,) is true.

        A feature that never changes is left as it is, less its mean.
        """
        rows = features[present]
        if len(rows):
            deviation = rows.std(dim=0, correction=0)
            self.mean.copy_(rows.mean(dim=0))
            self.deviation.copy_(torch.where(deviation > 1e-6, deviation, 1.0))

    def forward(self, features: Tensor) -> Tensor:
        """Map features (B, D) to (B, D)."""
        scaled: Tensor = (features - self.mean) / self.deviation
        return scaled
