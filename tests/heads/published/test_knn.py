from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from memeclip_core.encoders.features import FeatureDims
from memeclip_core.errors import HeadError
from memeclip_core.heads.batch import Batch
from memeclip_core.heads.published.knn import NearestConfig, NearestHead

DIMS = FeatureDims(image=2, text=2)


def batch(text: list[list[float]], has_text: bool = True) -> Batch:
    rows = len(text)
    return Batch(
        image=torch.full((rows, 2), math.nan),
        text=torch.tensor(text),
        has_image=torch.zeros(rows, dtype=torch.bool),
        has_text=torch.full((rows,), has_text),
    )


def head(*, neighbours: int = 2, temperature: float = 0.5) -> NearestHead:
    """Return a head that knows two memes of the first class, at a right angle, and one of the
    second, opposite to the first.
    """
    config = NearestConfig(neighbours=neighbours, temperature=temperature)
    made = NearestHead(dims=DIMS, num_classes=2, config=config)
    targets = torch.tensor([[1, 0], [1, 0], [0, 1]])
    made.keep(batch([[1.0, 0.0], [0.0, 3.0], [-2.0, 0.0]]), targets, exclusive=True)
    return made


def test_votes_by_hand():
    out = head()(batch([[2.0, 0.0]]))
    # The nearest has a vote of 1 and the second, a right angle away, exp(-1 / 0.5); the shares of
    # the classes, one row added to each, are (3 + 1) / 5 and so on.
    second, base = math.exp(-2.0), 3 / 5
    share = (1 + second + base) / (1 + second + 1)
    assert out.logits.softmax(-1)[0].tolist() == pytest.approx([share, 1 - share], abs=1e-6)
    assert out.cosines[0].tolist() == pytest.approx([1.0, -1.0], abs=1e-3)


def test_only_so_many_vote():
    assert head(neighbours=1)(batch([[-1.0, 0.1]])).logits.argmax().item() == 1
    # All three, of which two are of the other class, at nearly equal weight.
    assert head(neighbours=3, temperature=100.0)(batch([[-1.0, 0.1]])).logits.argmax().item() == 0


def test_labels_that_hold_together_are_weighed_alone():
    made = head()
    made.keep(batch([[1.0, 0.0], [0.0, 1.0]]), torch.tensor([[1, 1], [0, 1]]), exclusive=False)
    shares = made(batch([[1.0, 0.0]])).logits.sigmoid()[0]
    second = math.exp(-2.0)
    wanted = [(1 + 2 / 4) / (2 + second), (1 + second + 3 / 4) / (2 + second)]
    assert shares.tolist() == pytest.approx(wanted, abs=1e-6)


def test_a_meme_of_nothing_gets_the_shares_of_the_training_memes():
    out = head()(batch([[1.0, 0.0]], has_text=False))
    assert out.logits.softmax(-1)[0].tolist() == pytest.approx([3 / 5, 2 / 5])


def test_before_training_nothing_is_known():
    made = NearestHead(dims=DIMS, num_classes=3, config=NearestConfig())
    out = made(batch([[1.0, 0.0]]))
    assert not out.logits.any() and not out.cosines.any()


def test_a_checkpoint_brings_its_memes_and_one_of_other_widths_is_refused():
    made = NearestHead(
        dims=DIMS, num_classes=2, config=NearestConfig(neighbours=2, temperature=0.5)
    )
    made.load_state_dict(head().state_dict())
    asked = batch([[0.3, -2.0]])
    assert torch.equal(made(asked).logits, head()(asked).logits)
    wide = NearestHead(dims=replace(DIMS, text=5), num_classes=2, config=NearestConfig())
    with pytest.raises(RuntimeError, match="size mismatch"):
        wide.load_state_dict(head().state_dict())


def test_settings_that_cannot_be_are_refused():
    with pytest.raises(HeadError, match="neighbours"):
        NearestConfig(neighbours=0)
