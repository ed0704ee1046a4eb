"""Classifiers: the last layer of a head, and the layers right before it."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from memeclip_core.heads.batch import HeadOutput


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
        cosines = compute_cosines(features, self.weight)
        return HeadOutput(logits=self.scale * cosines, cosines=cosines)


class LinearClassifier(nn.Module):
    """An affine map to logits; its cosines are those between the input and each weight row."""

    def __init__(self, *, num_classes: int, dim: int) -> None:
        super().__init__()
        self.linear = nn.Linear(dim, num_classes)

    @property
    def weight(self) -> Tensor:
        """One weight row per class: (C, M)."""
        return self.linear.weight

    def forward(self, features: Tensor) -> HeadOutput:
        """Map features (B, M) to logits and cosines (B, C)."""
        return HeadOutput(
            logits=self.linear(features), cosines=compute_cosines(features, self.weight)
        )


def compute_cosines(features: Tensor, weight: Tensor) -> Tensor:
    """Return the cosines (B, C) between rows of features (B, M) and of weight (C, M)."""
    cosines = normalize(features, dim=-1) @ normalize(weight, dim=-1).T
    # Rounding can carry a cosine of parallel vectors a few ulp past 1.
    return cosines.clamp(-1.0, 1.0)


Classifier = CosineClassifier | LinearClassifier
ClassifierName = Literal["cosine", "linear"]


def build_classifier(
    kind: ClassifierName, *, num_classes: int, dim: int, scale: float
) -> Classifier:
    """Build a ``cosine`` or ``linear`` classifier; ``scale`` is the cosines' factor."""
    if kind == "cosine":
        return CosineClassifier(num_classes=num_classes, dim=dim, scale=scale)
    return LinearClassifier(num_classes=num_classes, dim=dim)


def build_pre_output(
    *, width: int, map_dim: int, layers: int, fused_dropout: float, output_dropout: float
) -> nn.Sequential:
    """Build what stands before a classifier: dropout, then ``layers`` of Linear → ReLU → dropout.

    It maps (B, width) to (B, map_dim); without layers, to (B, width).
    """
    parts: list[nn.Module] = [nn.Dropout(fused_dropout)]
    for _ in range(layers):
        parts += [nn.Linear(width, map_dim), nn.ReLU(), nn.Dropout(output_dropout)]
        width = map_dim
    return nn.Sequential(*parts)
