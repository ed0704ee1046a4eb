import numpy as np
import torch

from memeclip_core.heads.batch import to_batch
from tests.heads.examples import EVERYTHING, make_batch, make_features


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
    assert torch.equal(some.text_tokens.values, batch.text_tokens.values[[3, 1]])
    assert torch.equal(some.word_ids.values, batch.word_ids.values[[3, 1]])
    assert torch.equal(batch.take(slice(1, 3)).image_tokens.mask, batch.image_tokens.mask[1:3])


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
