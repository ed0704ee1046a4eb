import math

import torch
from torch import nn

from memeclip_core.heads.parts.mixture import Mixture, build_mixture


class Times(nn.Module):
    def __init__(self, factor: float):
        super().__init__()
        self.factor = factor

    def forward(self, features):
        return self.factor * features


def test_by_hand():
    gate = nn.Linear(1, 2)
    with torch.no_grad():
        gate.weight.copy_(torch.tensor([[1.0], [0.0]]))
        gate.bias.zero_()
    mixture = Mixture(gate=gate, experts=nn.ModuleList([Times(1.0), Times(10.0)]))
    # At ln 3 the gate gives 3/4 and 1/4; at 0 one half each.
    out = mixture(torch.tensor([[math.log(3)], [0.0]]))
    torch.testing.assert_close(out, torch.tensor([[(0.75 + 2.5) * math.log(3)], [0.0]]))


def test_equal_experts_are_one():
    mixture = build_mixture(input_dim=3, hidden_dim=4, output_dim=2, experts=3, dropout=0.0)
    for expert in mixture.experts[1:]:
        expert.load_state_dict(mixture.experts[0].state_dict())
    features = torch.randn(5, 3)
    torch.testing.assert_close(mixture(features), mixture.experts[0](features))


def test_gate_and_experts_all_learn():
    mixture = build_mixture(input_dim=3, hidden_dim=4, output_dim=2, experts=3, dropout=0.1)
    mixture(torch.randn(5, 3)).sum().backward()
    assert all(p.grad is not None and p.grad.any() for p in mixture.parameters())
