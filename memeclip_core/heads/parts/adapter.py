"""The feature adapter and its residual mixing."""

from __future__ import annotations

from torch import Tensor, nn


class ResidualAdapter(nn.Module):
    """Mix features with their adapted version: ``ratio * adapter(x) + (1 - ratio) * x``.

    The adapter is Linear(M, M / reduction) → ReLU → Linear(M / reduction, M) → ReLU without
    biases, and has no residual of its own (paper, section 4.2 and equation 3; alpha = 0.2).
    """

    def __init__(self, *, down: nn.Linear, up: nn.Linear, ratio: float) -> None:
        super().__init__()
        self.down = down
        self.up = up
        self.ratio = ratio

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
