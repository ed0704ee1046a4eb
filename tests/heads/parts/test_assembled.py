from copy import deepcopy

import pytest
import torch
from torch import Tensor, nn

from memeclip_core.heads.parts.assembled import Assembled


class Twice(Assembled):
    """A toy."""

    second: nn.Linear
    first: nn.Module | None
    bias: nn.Parameter
    factor: float

    def forward(self, features: Tensor) -> Tensor:
        return self.factor * self.second(features) + self.bias


def build(first=None):
    return Twice(second=nn.Linear(2, 1), first=first, bias=nn.Parameter(torch.zeros(1)), factor=2.0)


def test_fields_are_parts_in_their_order():
    module = build(nn.Linear(3, 3, bias=False))
    assert list(module.state_dict()) == ["bias", "second.weight", "second.bias", "first.weight"]
    assert build().first is None
    assert module(torch.ones(1, 2)) == 2 * module.second(torch.ones(1, 2))


def test_a_copy_has_parts_of_its_own():
    module = build()
    copied = deepcopy(module)
    with torch.no_grad():
        copied.second.weight.add_(1)
    assert not torch.equal(copied.second.weight, module.second.weight)
    assert copied.factor == 2.0


def test_what_is_missing_or_unknown_is_refused_and_two_are_never_equal():
    with pytest.raises(TypeError, match="factor"):
        Twice(second=None, first=None, bias=None)
    with pytest.raises(TypeError, match="more"):
        Twice(second=None, first=None, bias=None, factor=1.0, more=1)
    assert build() != build()
    assert len({build(), build()}) == 2
