"""Classifiers: the last layer of a head."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from memeclip_core.heads.output import HeadOutput


class CosineClassifier(nn.Module):
    """Scaled cosine similarity to one weight vector per class, without bias.

    ``logits = scale * cos(x, w_c)`` (MemeCLIP, equation 6; scale sigma = 30), so |logit| ≤ scale.
    """

    def __init__(self, *, num_classes: int, dim: int, scale: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(num_classes, dim))
        nn.init.kaiming_uniform_(self.weight, a=5**0.5)
        self.scale = scale

    def forward(self, features: Tensor) -> HeadOutput:
        """Map features (B, M) to logits and cosines (B, C)."""
        cosines = normalize(features, dim=-1) @ normalize(self.weight, dim=-1).T
        # Rounding can carry a cosine of parallel vectors a few ulp past 1.
        cosines = cosines.clamp(-1.0, 1.0)
        return HeadOutput(logits=self.scale * cosines, cosines=cosines)
