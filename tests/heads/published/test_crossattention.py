import math
from dataclasses import replace

import pytest
import torch

from memeclip_core.errors import HeadError
from memeclip_core.heads.published.crossattention import (
    CrossAttentionConfig,
    build_crossattention,
    contrast_rows,
)
from tests.factories.heads import DIMS, make_batch

SMALL = CrossAttentionConfig(map_dim=8, attention_heads=2, experts=3, expert_dim=4, alignment=0.5)


def build(**changes):
    torch.manual_seed(0)
    return build_crossattention(dims=DIMS, num_classes=3, config=replace(SMALL, **changes))


def test_each_modality_changes_through_the_other():
    head, batch = build().eval(), make_batch(3)
    seen = {}
    head.mixture.register_forward_hook(lambda _, given, __: seen.update(means=given[0]))
    head(batch)
    before = seen["means"]
    head(replace(batch, image_tokens=make_batch(3, seed=4).image_tokens))
    # The first half is the text's mean: it attended to the image, whose patches have changed.
    assert (before[:, :8] - seen["means"][:, :8]).abs().min(dim=1).values.max() > 0
    assert not torch.equal(before[:, 8:], seen["means"][:, 8:])


def test_alignment_is_a_loss_of_training_alone():
    head, batch = build(), make_batch(5)
    assert head.eval()(batch).auxiliary is None
    assert build(alignment=0.0).train()(batch).auxiliary is None
    losses = head.train()(batch).auxiliary
    assert losses.shape == (5,)
    assert (losses > 0).all()


def test_alignment_weighs_what_it_is_told():
    batch = make_batch(5)
    one, two = (
        build(alignment=weight, dropout=0.0, output_dropout=0.0).train()(batch).auxiliary
        for weight in (0.5, 1.0)
    )
    torch.testing.assert_close(2 * one, two)


def test_rows_with_one_modality_are_not_aligned():
    batch = make_batch(4)
    has_image = torch.tensor([True, True, False, True])
    losses = build().train()(batch.hide(has_image, batch.has_text)).auxiliary
    assert (losses == 0).tolist() == [False, False, True, False]


def test_alignment_draws_the_two_views_together():
    batch = make_batch(12)
    head = build(dropout=0.0, output_dropout=0.0).train()
    optimizer = torch.optim.Adam(head.parameters(), lr=1e-2)
    losses = []
    for _ in range(40):
        loss = head(batch).auxiliary.mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.3 * losses[0]


def test_all_faults_at_once():
    with pytest.raises(HeadError, match=r"experts is 0.*alignment is -1.*temperature is 0"):
        CrossAttentionConfig(experts=0, alignment=-1, temperature=0)
    with pytest.raises(HeadError, match="attention_heads is 3, it must divide map_dim"):
        CrossAttentionConfig(map_dim=8, attention_heads=3)


ALL = torch.tensor([True, True])
X, Y = [1.0, 0.0], [0.0, 3.0]


def test_the_contrast_by_hand():
    # Cosines are 1 with their own and 0 with the other view: softmax of 2 and 0, both ways.
    views = torch.tensor([X, Y])
    found = contrast_rows(views, views, ALL, temperature=0.5)
    expected = -math.log(math.exp(2) / (math.exp(2) + 1))
    torch.testing.assert_close(found, torch.tensor([expected, expected]))


def test_both_directions_of_the_contrast_count():
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
