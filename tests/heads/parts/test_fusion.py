import pytest
import torch
from torch import nn

from memeclip_core.heads.parts.fusion import FUSIONS, Combiner, build_combiner, fused_dim

IMAGE, TEXT = torch.tensor([[1.0, 2.0]]), torch.tensor([[4.0, -0.5]])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("multiply", [4.0, -1.0]),
        ("concatenate", [1.0, 2.0, 4.0, -0.5]),
        ("four-part", [4.0, -0.5, 1.0, 2.0, 3.0, 2.5, 4.0, -1.0]),
        ("outer", [4.0, -0.5, 8.0, -1.0]),
        ("image", [1.0, 2.0]),
        ("text", [4.0, -0.5]),
    ],
)
def test_numbers_by_hand(name: str, expected: list[float]):
    assert FUSIONS[name](IMAGE, TEXT).tolist() == [expected]
    assert fused_dim(name, 2, 2) == len(expected)


def test_every_fusion_is_tested_above():
    assert set(FUSIONS) == {"multiply", "concatenate", "four-part", "outer", "image", "text"}


def test_widths_of_unequal_vectors():
    assert [fused_dim(name, 3, 5) for name in ("concatenate", "outer", "image", "text")] == [
        8,
        15,
        3,
        5,
    ]


class Fixed(nn.Module):
    """Says the same whatever it hears."""

    def __init__(self, value: list[float]) -> None:
        super().__init__()
        self.value = torch.tensor([value])

    def forward(self, features):
        return self.value.expand(len(features), -1)


def test_the_share_lies_between_image_and_text():
    image, text = torch.tensor([[4.0, 0.0]]), torch.tensor([[0.0, 8.0]])

    def combine(share: float) -> list[float]:
        made = Combiner(
            image=nn.Identity(),
            text=nn.Identity(),
            share=Fixed([share]),
            central=Fixed([1.0, 1.0]),
        )
        return made(image, text)[0].tolist()

    assert combine(0.0) == [1 + 2, 1 + 4]  # the sigmoid of 0 is a half
    assert combine(-100.0) == [1 + 4, 1 + 0]
    assert combine(100.0) == [1 + 0, 1 + 8]


def test_the_branches_read_the_product():
    made = Combiner(
        image=nn.Identity(), text=nn.Identity(), share=Fixed([0.0]), central=nn.Identity()
    )
    image, text = torch.tensor([[2.0, 3.0]]), torch.tensor([[5.0, -1.0]])
    expected = image * text + (image + text) / 2
    assert torch.equal(made(image, text), expected)


def test_sizes_are_those_of_the_released_code():
    made = build_combiner(dim=6, dropout=0.5)
    widen = 2 * (6 * 12 + 12)
    share = 12 * 24 + 24 + 24 + 1
    central = 12 * 24 + 24 + 24 * 6 + 6
    assert sum(p.numel() for p in made.parameters()) == widen + share + central
    assert made.train()(torch.randn(3, 6), torch.randn(3, 6)).shape == (3, 6)
