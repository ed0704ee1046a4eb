"""A mixture of experts: several small networks, and a gate that says how much each counts."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from memeclip_core.heads.parts.assembled import Assembled


class Mixture(Assembled):
    """``sum_k softmax(gate(x))_k * expert_k(x)``: dense, every expert sees every row."""

    gate: nn.Linear
    experts: nn.ModuleList

    def forward(self, features: Tensor) -> Tensor:
        """Map features (B, D) to (B, M)."""
        shares = self.gate(features).softmax(dim=-1)
        answers = torch.stack([expert(features) for expert in self.experts], dim=1)
        mixed: Tensor = (shares[:, :, None] * answers).sum(dim=1)
        return mixed


def build_mixture(
    *, input_dim: int, hidden_dim: int, output_dim: int, experts: int, dropout: float
) -> Mixture:
    """Build experts Linear → GELU → Dropout → Linear and a linear gate."""
    return Mixture(
        gate=nn.Linear(input_dim, experts),
        experts=nn.ModuleList(
            nn.Sequential(
                nn.Linear(input_dim, hidden_dim),
                nn.GELU(),
                nn.Dropout(dropout),
                nn.Linear(hidden_dim, output_dim),
            )
            for _ in range(experts)
        ),
    )
