"""One modality's way through a head: scaling, stand-in, projection, adapter, unit length."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize, pad

from memeclip_core.heads.parts.assembled import Assembled


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


class ZeroPad(Assembled):
    """Make features as wide as the other modality's, so that both can share one space.

    Zeros are added at the end; they change neither lengths nor angles.
    """

    dim: int

    def forward(self, features: Tensor) -> Tensor:
        """Map features (B, D) to (B, dim), dim ≥ D."""
        return pad(features, (0, self.dim - features.shape[-1]))


class Projection(Assembled):
    """Linear → Dropout, then (ReLU → Linear → Dropout) for each further layer.

    MemeCLIP has one layer (paper, section 4.1); MemeSense's ``num_layers`` adds more. SimCLIP
    puts a GELU in front of the first.
    """

    layers: nn.Sequential

    def forward(self, features: Tensor) -> Tensor:
        """Map features (B, D) to (B, M)."""
        projected: Tensor = self.layers(features)
        return projected


class SharedProjection(Assembled):
    """One projection for both modalities (SimCLIP); the narrower one is padded with zeros."""

    pad: ZeroPad
    scaler: Unit | None
    projection: Projection

    def forward(self, features: Tensor) -> Tensor:
        """Map features (B, D) of either modality to (B, M)."""
        scaled = features if self.scaler is None else self.scaler(features)
        projected: Tensor = self.projection(self.pad(scaled))
        return projected


def build_projection(
    *,
    input_dim: int,
    map_dim: int,
    num_layers: int = 1,
    dropout: float = 0.1,
    activate_first: bool = False,
) -> Projection:
    """Build a projection from ``input_dim`` to ``map_dim``."""
    parts: list[nn.Module] = [nn.GELU()] if activate_first else []
    parts += [nn.Linear(input_dim, map_dim), nn.Dropout(dropout)]
    for _ in range(num_layers - 1):
        parts += [nn.ReLU(), nn.Linear(map_dim, map_dim), nn.Dropout(dropout)]
    return Projection(layers=nn.Sequential(*parts))


class ResidualAdapter(Assembled):
    """Mix features with their adapted version: ``ratio * adapter(x) + (1 - ratio) * x``.

    The adapter is Linear(M, M / reduction) → ReLU → Linear(M / reduction, M) → ReLU without
    biases, and has no residual of its own (paper, section 4.2 and equation 3; alpha = 0.2).
    """

    down: nn.Linear
    up: nn.Linear
    ratio: float

    def forward(self, features: Tensor) -> Tensor:
        """Map features (B, M) to (B, M); ratio 0 is the identity."""
        adapted = self.up(self.down(features).relu()).relu()
        mixed: Tensor = self.ratio * adapted + (1.0 - self.ratio) * features
        return mixed


def build_adapter(*, dim: int, reduction: int = 4, ratio: float = 0.2) -> ResidualAdapter:
    """Build a residual adapter of width ``dim`` with a bottleneck of ``dim // reduction``."""
    hidden = max(1, dim // reduction)
    return ResidualAdapter(
        down=nn.Linear(dim, hidden, bias=False),
        up=nn.Linear(hidden, dim, bias=False),
        ratio=ratio,
    )


class Branch(Assembled):
    """Scaling → stand-in (optional) → projection → adapter → L2 normalisation (optional)."""

    stand_in: StandIn | None
    projection: nn.Module
    adapter: nn.Module
    scaler: Standardizer | Unit | None
    unit: bool
    unit_order: float

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
        return normalize(mapped, p=self.unit_order, dim=-1) if self.unit else mapped

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
