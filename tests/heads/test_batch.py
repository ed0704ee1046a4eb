from dataclasses import replace

import numpy as np
import pytest
import torch

from memeclip_core.heads.batch import to_batch
from memeclip_core.heads.registry import build_head
from tests.factories.heads import DIMS, EVERYTHING, make_batch, make_features


def test_features_become_tensors():
    features = make_features(3, needs=EVERYTHING)
    batch = to_batch(features)
    assert len(batch) == 3
    np.testing.assert_array_equal(batch.text.numpy(), features.text)
    np.testing.assert_array_equal(batch.image_tokens.values.numpy(), features.image_tokens.values)
    np.testing.assert_array_equal(batch.text_tokens.mask.numpy(), features.text_tokens.mask)
    np.testing.assert_array_equal(batch.word_ids.values.numpy(), features.word_ids.values)
    assert to_batch(make_features(3)).text_tokens is None
    assert to_batch(make_features(3)).word_ids is None


def test_sequences_stay_in_half_precision():
    assert make_batch(2).text_tokens.values.dtype == torch.float16


def test_rows_are_taken_together():
    batch = make_batch(4)
    some = batch.take(torch.tensor([3, 1]))
    for name in ("image", "text", "has_image", "has_text"):
        assert torch.equal(getattr(some, name), getattr(batch, name)[[3, 1]])
    for name in ("image_tokens", "text_tokens", "word_ids"):
        for rows in (torch.tensor([3, 1]), slice(1, 3)):
            taken, whole = getattr(batch.take(rows), name), getattr(batch, name)
            length = taken.mask.shape[1]
            assert torch.equal(taken.values, whole.values[rows][:, :length])
            assert torch.equal(taken.mask, whole.mask[rows][:, :length])
            # Nothing is cut off but places that none of the rows has.
            assert taken.mask[:, -1].any()
            assert not whole.mask[rows][:, length:].any()


def test_sequences_that_no_row_has_are_empty():
    batch = make_batch(2)
    tokens = replace(batch.text_tokens, mask=torch.zeros_like(batch.text_tokens.mask))
    empty = replace(batch, text_tokens=tokens).take(slice(0, 2))
    assert empty.text_tokens.values.shape[:2] == (2, 0)


@pytest.mark.parametrize("name", ["momenta", "crossattention-moe"])
def test_places_that_no_row_has_change_no_answer(name):
    batch = make_batch(4)
    head = build_head(name, dims=DIMS, num_classes=3).eval()
    short = replace(
        batch, text_tokens=replace(batch.text_tokens, mask=batch.text_tokens.mask.clone())
    )
    short.text_tokens.mask[:, 2:] = False
    with torch.no_grad():
        torch.testing.assert_close(head(short).logits, head(short.take(slice(0, 4))).logits)
    assert short.take(slice(0, 4)).text_tokens.mask.shape[1] <= 2


def test_hiding_changes_only_the_masks():
    batch = make_batch(2)
    hidden = batch.hide(torch.tensor([False, True]), torch.tensor([True, False]))
    assert hidden.has_image.tolist() == [False, True]
    assert hidden.has_text.tolist() == [True, False]
    assert hidden.image is batch.image


def test_moving_keeps_every_part():
    batch = make_batch(2)
    moved = batch.to(torch.device("cpu"))
    assert torch.equal(moved.image, batch.image)
    assert torch.equal(moved.text_tokens.mask, batch.text_tokens.mask)
