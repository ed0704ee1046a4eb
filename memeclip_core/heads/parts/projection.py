"""The linear projection that takes one modality's features into the head's own space."""

from __future__ import annotations

from torch import Tensor, nn

from memeclip_core.heads.parts.branch import ZeroPad


class Projection(nn.Module):
    """Linear → Dropout, then (ReLU → Linear → Dropout) for each further layer.

    MemeCLIP has one layer (paper, section 4.1); MemeSense's ``num_layers`` adds more. SimCLIP
    puts a GELU in front of the first.
    """

    def __init__(self, *, layers: nn.Sequential) -> None:
        super().__init__()
        self.layers = layers

    def forward(self, features: Tensor) -> Tensor:
        """Map features (B, D) to (B, M)."""
        projected: Tensor = self.layers(features)
        return projected


class SharedProjection(nn.Module):
    """One projection for both modalities (SimCLIP); the narrower one is padded with zeros."""

    def __init__(self, *, pad: ZeroPad, projection: Projection) -> None:
        super().__init__()
        self.pad = pad
        self.projection = projection

    def forward(self, features: Tensor) -> Tensor:
        """Map features (B, D) of either modality to (B, M)."""
        projected: Tensor = self.projection(self.pad(features))
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
