import pytest
import torch

from memeclip_core.heads.parts.fusion import FUSIONS, fused_dim

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
