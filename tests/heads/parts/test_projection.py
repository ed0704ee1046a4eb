import torch
from torch import nn

from memeclip_core.heads.parts.projection import build_projection


def fill(projection, value: float) -> None:
    for parameter in projection.parameters():
        nn.init.constant_(parameter, value)


def test_one_layer_by_hand():
    projection = build_projection(input_dim=2, map_dim=3).eval()
    fill(projection, 0.5)
    # 0.5*2 + 0.5*4 + bias 0.5
    torch.testing.assert_close(projection(torch.tensor([[2.0, 4.0]])), torch.full((1, 3), 3.5))


def test_a_second_layer_starts_with_relu():
    projection = build_projection(input_dim=1, map_dim=2, num_layers=2).eval()
    fill(projection, 1.0)
    # -3 + 1 = -2; relu 0; 0 + 0 + bias 1.
    torch.testing.assert_close(projection(torch.tensor([[-3.0]])), torch.ones(1, 2))


def test_the_published_size():
    projection = build_projection(input_dim=768, map_dim=1024)
    assert sum(p.numel() for p in projection.parameters()) == 787_456
