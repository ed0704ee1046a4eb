import torch
from torch import nn

from memeclip_core.heads.parts.adapter import build_adapter
from memeclip_core.heads.parts.branch import Branch, StandIn
from memeclip_core.heads.parts.projection import build_projection


def identity_branch(stand_in: bool) -> Branch:
    projection = build_projection(input_dim=2, map_dim=2, dropout=0.0)
    linear = projection.layers[0]
    with torch.no_grad():
        linear.weight.copy_(torch.eye(2))
        linear.bias.zero_()
    return Branch(
        stand_in=StandIn(dim=2) if stand_in else None,
        projection=projection,
        adapter=build_adapter(dim=2, ratio=0.0),
    ).eval()


def test_unit_length():
    out = identity_branch(False)(torch.tensor([[3.0, 4.0]]), torch.tensor([True]))
    torch.testing.assert_close(out, torch.tensor([[0.6, 0.8]]))


def test_a_stand_in_replaces_only_missing_rows():
    branch = identity_branch(True)
    nn.init.constant_(branch.stand_in.vector, 1.0)
    features = torch.tensor([[3.0, 4.0], [float("nan"), 7.0]])
    out = branch(features, torch.tensor([True, False]))
    half = 0.5**0.5
    torch.testing.assert_close(out, torch.tensor([[0.6, 0.8], [half, half]]))


def test_without_a_stand_in_a_missing_row_is_zero():
    out = identity_branch(False)(torch.tensor([[3.0, 4.0]]), torch.tensor([False]))
    torch.testing.assert_close(out, torch.zeros(1, 2))


def test_the_stand_in_learns_only_from_missing_rows():
    branch = identity_branch(True).train()
    nn.init.constant_(branch.stand_in.vector, 1.0)
    branch(torch.tensor([[3.0, 4.0]]), torch.tensor([True]))[0, 0].backward()
    assert torch.equal(branch.stand_in.vector.grad, torch.zeros(2))
    branch(torch.tensor([[3.0, 4.0]]), torch.tensor([False]))[0, 0].backward()
    assert branch.stand_in.vector.grad.abs().sum() > 0
