import torch

from memeclip_core.heads.parts.adapter import build_adapter


def hand_made(ratio: float):
    adapter = build_adapter(dim=2, reduction=2, ratio=ratio)
    with torch.no_grad():
        adapter.down.weight.copy_(torch.tensor([[1.0, 2.0]]))
        adapter.up.weight.copy_(torch.tensor([[3.0], [-1.0]]))
    return adapter


def test_numbers_by_hand():
    # down: 1*1 + 2*2 = 5; relu 5; up: [15, -5]; relu: [15, 0]; 0.2*[15, 0] + 0.8*[1, 2].
    out = hand_made(0.2)(torch.tensor([[1.0, 2.0]]))
    torch.testing.assert_close(out, torch.tensor([[3.8, 1.6]]))


def test_the_bottleneck_clips_what_is_negative():
    # down: -5; relu 0; up: 0; what remains is 0.8 of the input.
    out = hand_made(0.2)(torch.tensor([[-1.0, -2.0]]))
    torch.testing.assert_close(out, torch.tensor([[-0.8, -1.6]]))


def test_ratio_zero_is_the_identity():
    features = torch.randn(4, 2)
    assert torch.equal(hand_made(0.0)(features), features)


def test_ratio_one_leaves_the_adapter_alone():
    out = hand_made(1.0)(torch.tensor([[1.0, 2.0]]))
    torch.testing.assert_close(out, torch.tensor([[15.0, 0.0]]))


def test_no_biases_and_a_quarter_of_the_width():
    adapter = build_adapter(dim=1024)
    assert {n: tuple(p.shape) for n, p in adapter.named_parameters()} == {
        "down.weight": (256, 1024),
        "up.weight": (1024, 256),
    }
