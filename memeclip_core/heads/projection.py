"""The linear projection that takes one modality's features into the head's own space."""

from __future__ import annotations

from torch import Tensor, nn


class Projection(nn.Module):
    """Linear → Dropout, then (ReLU → Linear → Dropout) for each further layer.

    MemeCLIP has one layer (paper, section 4.1); MemeSense's ``num_layers`` adds more.
    """

    def __init__(self, *, layers: nn.Sequential) -> None:
        super().__init__()
        self.layers = layers

    def forward(self, features: Tensor) -> Tensor:
        """Map features (B, D) to (B, M)."""
        projected: Tensor = self.layers(features)
        return projected


def build_projection(
    *, input_dim: int, map_dim: int, num_layers: int = 1, dropout: float = 0.1
) -> Projection:
    """Build a projection from ``input_dim`` to ``map_dim``."""
    parts: list[nn.Module] = [nn.Linear(input_dim, map_dim), nn.Dropout(dropout)]
    for _ in range(num_layers - 1):
        parts += [nn.ReLU(), nn.Linear(map_dim, map_dim), nn.Dropout(dropout)]
    return Projection(layers=nn.Sequential(*parts))
