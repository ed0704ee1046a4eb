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


class LogOddsClassifier(nn.Module):
    """One affine map for two classes that exclude each other: half of it speaks for the second.

    The logits are -z / 2 and z / 2, whose softmax is the sigmoid of z and its rest, and whose
    cross-entropy is the binary one of z.
    """

    def __init__(self, *, dim: int) -> None:
        super().__init__()
        self.linear = nn.Linear(dim, 1)

    @property
    def weight(self) -> Tensor:
        """One weight row per class: (2, M)."""
        half = self.linear.weight / 2
        return torch.cat([-half, half])

    def forward(self, features: Tensor) -> HeadOutput:
        """Map features (B, M) to logits and cosines (B, 2)."""
        half = self.linear(features) / 2
        return HeadOutput(
            logits=torch.cat([-half, half], dim=-1), cosines=compute_cosines(features, self.weight)
        )


def compute_cosines(features: Tensor, weight: Tensor) -> Tensor:
    """Return the cosines (B, C) between rows of features (B, M) and of weight (C, M)."""
    cosines = normalize(features, dim=-1) @ normalize(weight, dim=-1).T
    # Rounding can carry a cosine of parallel vectors a few ulp past 1.
    return cosines.clamp(-1.0, 1.0)


Classifier = CosineClassifier | LinearClassifier | LogOddsClassifier
ClassifierName = Literal["cosine", "linear"]
BlockName = Literal["plain", "normed"]


def build_classifier(
    kind: ClassifierName, *, num_classes: int, dim: int, scale: float, one_logit: bool = False
) -> Classifier:
    """Build a ``cosine`` or ``linear`` classifier; ``scale`` is the cosines' factor.

    Args:
        one_logit: whether two classes share a logit, if linear.
    """
    if kind == "cosine":
        return CosineClassifier(num_classes=num_classes, dim=dim, scale=scale)
    if one_logit and num_classes == 2:
        return LogOddsClassifier(dim=dim)
    return LinearClassifier(num_classes=num_classes, dim=dim)


def build_pre_output(
    *,
    width: int,
    map_dim: int,
    layers: int,
    fused_dropout: float,
    output_dropout: float,
    block: BlockName = "plain",
) -> nn.Sequential:
    """Build what stands before a classifier: dropout, then ``layers`` of Linear → ReLU → dropout.

    It maps (B, width) to (B, map_dim); without layers, to (B, width). ``normed`` layers are
    LayerNorm → Linear → GELU → dropout (the last without), and keep the width.
    """
    parts: list[nn.Module] = [nn.Dropout(fused_dropout)]
    if block == "normed":
        for _ in range(layers):
            parts += [nn.LayerNorm(width), nn.Linear(width, width), nn.GELU()]
            parts += [nn.Dropout(output_dropout)]
        return nn.Sequential(*parts[: -1 if layers else None])
    for _ in range(layers):
        parts += [nn.Linear(width, map_dim), nn.ReLU(), nn.Dropout(output_dropout)]
        width = map_dim
    return nn.Sequential(*parts)
