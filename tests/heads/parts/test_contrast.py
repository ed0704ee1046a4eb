import math

import pytest
import torch

from memeclip_core.heads.parts.contrast import contrast_rows

ALL = torch.tensor([True, True])
X, Y = [1.0, 0.0], [0.0, 3.0]


def test_by_hand():
    # Cosines are 1 with their own and 0 with the other view: softmax of 2 and 0, both ways.
    views = torch.tensor([X, Y])
    found = contrast_rows(views, views, ALL, temperature=0.5)
    expected = -math.log(math.exp(2) / (math.exp(2) + 1))
    torch.testing.assert_close(found, torch.tensor([expected, expected]))


def test_both_directions_count():
    # Both second views are Y: the first way row 0 has 0 against 0, row 1 has 1 against 1; the
    # way back row 0's view prefers row 1: 0 against 1, and row 1's has 1 against 0.
    found = contrast_rows(torch.tensor([X, Y]), torch.tensor([Y, Y]), ALL, temperature=1.0)
    there = math.log(2)
    back = [math.log(1 + math.e), math.log(1 + math.exp(-1))]
    torch.testing.assert_close(found, torch.tensor([(there + b) / 2 for b in back]))


def test_rows_without_both_views_stay_out():
    first, second = torch.randn(3, 4), torch.randn(3, 4)
    valid = torch.tensor([True, False, True])
    found = contrast_rows(first, second, valid, temperature=0.1)
    pair = contrast_rows(first[valid], second[valid], ALL, temperature=0.1)
    assert found[1] == 0
    torch.testing.assert_close(found[valid], pair)


@pytest.mark.parametrize("valid", [[False, False], [True, False]])
def test_one_row_has_nothing_to_stand_against(valid: list[bool]):
    views = torch.randn(2, 3)
    found = contrast_rows(views, views, torch.tensor(valid), temperature=0.1)
    assert found.tolist() == [0.0, 0.0]
