"""One modality's way through a head: stand-in, projection, adapter, unit length."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from memeclip_core.heads.projection import Projection


class StandIn(nn.Module):
    """A learned vector that replaces the features of rows whose modality is missing."""

    def __init__(self, *, dim: int) -> None:
        super().__init__()
        self.vector = nn.Parameter(torch.zeros(dim))

    def forward(self, features: Tensor, present: Tensor) -> Tensor:
        """Replace rows of features (B, D) where present (B,) is false."""
        return torch.where(present[:, None], features, self.vector)


class Branch(nn.Module):
    """Stand-in (optional) → projection → adapter (or identity) → L2 normalisation."""

    def __init__(
        self, *, stand_in: StandIn | None, projection: Projection, adapter: nn.Module
    ) -> None:
        super().__init__()
        self.stand_in = stand_in
        self.projection = projection
        self.adapter = adapter

    def forward(self, features: Tensor, present: Tensor) -> Tensor:
        """Map features (B, D) and their presence (B,) to unit vectors (B, M).

        Without a stand-in a missing modality is a row of zeros, as in the published code.
        """
        if self.stand_in is None:
            features = features * present[:, None]
        else:
            features = self.stand_in(features, present)
        return normalize(self.adapter(self.projection(features)), dim=-1)
