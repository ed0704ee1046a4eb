import math

import torch
from torch import nn

from memeclip_core.heads.parts.attention import build_attention


def plain(dim: int, heads: int):
    attention = build_attention(dim=dim, heads=heads)
    for part in (attention.query, attention.key, attention.value, attention.out):
        nn.init.eye_(part.weight)
        nn.init.zeros_(part.bias)
    return attention


def test_by_hand():
    keys = torch.tensor([[[1.0, 0.0], [0.0, 1.0]]])
    query = torch.tensor([[[math.sqrt(2) * math.log(3), 0.0]]])
    out = plain(2, 1)(query, keys, torch.tensor([[True, True]]))
    # Scores ln 3 and 0 after dividing by the root of the width: shares 3/4 and 1/4.
    torch.testing.assert_close(out, torch.tensor([[[0.75, 0.25]]]))


def test_what_is_masked_is_not_attended_to():
    keys = torch.tensor([[[1.0, 0.0], [0.0, 1.0]]])
    out = plain(2, 1)(torch.ones(1, 1, 2), keys, torch.tensor([[False, True]]))
    torch.testing.assert_close(out, torch.tensor([[[0.0, 1.0]]]))


def test_each_head_has_its_own_part_of_the_width():
    keys = torch.tensor([[[1.0, 0.0], [0.0, 1.0]]])
    query = torch.tensor([[[math.log(3), 0.0]]])
    out = plain(2, 2)(query, keys, torch.tensor([[True, True]]))
    # The first head scores ln 3 and 0, the second 0 and 0.
    torch.testing.assert_close(out, torch.tensor([[[0.75, 0.5]]]))


def test_every_query_is_answered():
    attention = build_attention(dim=4, heads=2)
    queries, keys, mask = torch.randn(3, 5, 4), torch.randn(3, 2, 4), torch.ones(3, 2).bool()
    whole = attention(queries, keys, mask)
    torch.testing.assert_close(whole[:, 2:3], attention(queries[:, 2:3], keys, mask))
    assert whole.shape == (3, 5, 4)


def test_a_single_query_is_answered_the_same():
    torch.manual_seed(0)
    attention = build_attention(dim=12, heads=3)
    queries, keys = torch.randn(4, 1, 12), torch.randn(4, 6, 12)
    mask = torch.arange(6) < torch.tensor([1, 6, 3, 4])[:, None]
    single = attention.summarize(queries[:, 0], keys, mask)
    torch.testing.assert_close(single, attention(queries, keys, mask)[:, 0])


def test_queries_that_do_not_count_take_nothing_and_change_nothing():
    attention = build_attention(dim=4, heads=2)
    queries, keys, mask = torch.randn(3, 5, 4), torch.randn(3, 2, 4), torch.ones(3, 2).bool()
    asking = torch.arange(5) < torch.tensor([5, 1, 3])[:, None]
    whole, part = attention(queries, keys, mask), attention(queries, keys, mask, asking)
    torch.testing.assert_close(part[asking], whole[asking])
    assert not part[~asking].any()
