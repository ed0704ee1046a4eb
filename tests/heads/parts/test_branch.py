import torch
from torch import nn

from memeclip_core.heads.parts.branch import (
    Branch,
    Standardizer,
    StandIn,
    build_adapter,
    build_projection,
)

ROWS = torch.tensor([[1.0, 5.0], [3.0, 5.0], [100.0, 100.0]])
PRESENT = torch.tensor([True, True, False])


def test_scaling_by_hand():
    scaler = Standardizer(dim=2)
    scaler.estimate(ROWS, PRESENT)
    # Mean 2, deviation 1; the second never changes.
    torch.testing.assert_close(scaler(torch.tensor([[4.0, 7.0]])), torch.tensor([[2.0, 2.0]]))


def test_before_it_is_estimated_scaling_is_the_identity():
    assert torch.equal(Standardizer(dim=2)(ROWS), ROWS)


def test_rows_without_the_modality_teach_nothing():
    scaler = Standardizer(dim=2)
    scaler.estimate(ROWS, torch.zeros(3).bool())
    assert torch.equal(scaler(ROWS), ROWS)


def test_it_is_saved_but_not_learnt():
    scaler = Standardizer(dim=2)
    assert not list(scaler.parameters())
    assert set(scaler.state_dict()) == {"mean", "deviation"}


def fill(projection, value: float) -> None:
    for parameter in projection.parameters():
        nn.init.constant_(parameter, value)


def test_a_projection_of_one_layer_by_hand():
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


def make_adapter(ratio: float):
    adapter = build_adapter(dim=2, reduction=2, ratio=ratio)
    with torch.no_grad():
        adapter.down.weight.copy_(torch.tensor([[1.0, 2.0]]))
        adapter.up.weight.copy_(torch.tensor([[3.0], [-1.0]]))
    return adapter


def test_an_adapter_by_hand():
    # down: 1*1 + 2*2 = 5; relu 5; up: [15, -5]; relu: [15, 0]; 0.2*[15, 0] + 0.8*[1, 2].
    out = make_adapter(0.2)(torch.tensor([[1.0, 2.0]]))
    torch.testing.assert_close(out, torch.tensor([[3.8, 1.6]]))


def test_the_bottleneck_clips_what_is_negative():
    # down: -5; relu 0; up: 0; what remains is 0.8 of the input.
    out = make_adapter(0.2)(torch.tensor([[-1.0, -2.0]]))
    torch.testing.assert_close(out, torch.tensor([[-0.8, -1.6]]))


def test_ratio_zero_is_the_identity():
    features = torch.randn(4, 2)
    assert torch.equal(make_adapter(0.0)(features), features)


def test_ratio_one_leaves_the_adapter_alone():
    out = make_adapter(1.0)(torch.tensor([[1.0, 2.0]]))
    torch.testing.assert_close(out, torch.tensor([[15.0, 0.0]]))


def test_no_biases_and_a_quarter_of_the_width():
    adapter = build_adapter(dim=1024)
    assert {n: tuple(p.shape) for n, p in adapter.named_parameters()} == {
        "down.weight": (256, 1024),
        "up.weight": (1024, 256),
    }


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
        scaler=None,
        unit=True,
        unit_order=2.0,
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
