"""One modality's way through a head: stand-in, projection, adapter, unit length."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize, pad

from memeclip_core.heads.parts.scaler import Standardizer


class StandIn(nn.Module):
    """A learned vector that replaces the features of rows whose modality is missing."""

    def __init__(self, *, dim: int) -> None:
        super().__init__()
        self.vector = nn.Parameter(torch.zeros(dim))

    def forward(self, features: Tensor, present: Tensor) -> Tensor:
        """Replace rows of features (B, D) where present (B,) is false."""
        return torch.where(present[:, None], features, self.vector)


class Unit(nn.Module):
    """Rows of length 1; a row of zeros stays one."""

    def forward(self, features: Tensor) -> Tensor:
        """Map features (B, D) to (B, D)."""
        return normalize(features, dim=-1)


class ZeroPad(nn.Module):
    """Make features as wide as the other modality's, so that both can share one space.

    Zeros are added at the end; they change neither lengths nor angles.
    """

    def __init__(self, *, dim: int) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, features: Tensor) -> Tensor:
        """Map features (B, D) to (B, dim), dim ≥ D."""
        return pad(features, (0, self.dim - features.shape[-1]))


class Branch(nn.Module):
    """Scaling → stand-in (optional) → projection → adapter → L2 normalisation (optional)."""

    def __init__(
        self,
        *,
        stand_in: StandIn | None,
        projection: nn.Module,
        adapter: nn.Module,
        scaler: Standardizer | Unit | None = None,
        unit: bool = True,
    ) -> None:
        super().__init__()
        self.stand_in = stand_in
        self.projection = projection
        self.adapter = adapter
        self.scaler = scaler
        self.unit = unit

    def forward(self, features: Tensor, present: Tensor) -> Tensor:
        """Map features (B, D) and their presence (B,) to vectors (B, M), of unit length or not.

        Without a stand-in a missing modality is a row of zeros, as in the published code.
        """
        if self.scaler is not None:
            features = self.scaler(features)
        if self.stand_in is None:
            features = torch.where(present[:, None], features, 0.0)
        else:
            features = self.stand_in(features, present)
        mapped: Tensor = self.adapter(self.projection(features))
        return normalize(mapped, dim=-1) if self.unit else mapped

    def estimate(self, features: Tensor, present: Tensor) -> None:
        """Take from training rows what is not learnt by gradient."""
        if isinstance(self.scaler, Standardizer):
            self.scaler.estimate(features, present)


class Unread(nn.Module):
    """The branch of a modality that a head does not read: nothing in, nothing to train."""

    def forward(self, features: Tensor, present: Tensor) -> Tensor:
        """Map features (B, D) to (B, 0)."""
        return features[:, :0]

    def estimate(self, features: Tensor, present: Tensor) -> None:
        """Take nothing."""
