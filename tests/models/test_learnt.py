import numpy as np
import pytest

from memeclip_core.errors import CheckpointError
from memeclip_core.memes.splits import SKETCH, GroupKeys
from memeclip_core.models.learnt import Learnt, decode_learnt, encode_learnt


def test_it_comes_back_as_it_was():
    keys = GroupKeys(
        ids=("ab" * 32, "0" * 64),
        texts=np.array([2**64 - 1, 0], np.uint64),
        sketches=np.arange(2 * SKETCH, dtype=np.uint8).reshape(2, SKETCH),
    )
    digests = frozenset({"0123456789abcdef"})
    learnt = Learnt(keys=keys, sides=np.array([1, 0], np.uint8), digests=digests)
    found = decode_learnt(encode_learnt(learnt))
    assert (found.keys.ids, found.digests) == (keys.ids, digests)
    assert found.keys.texts.tolist() == keys.texts.tolist()
    assert np.array_equal(found.keys.sketches, keys.sketches)
    assert found.sides.tolist() == [1, 0]


def test_nothing_comes_back_as_nothing():
    found = decode_learnt(encode_learnt(Learnt()))
    assert (len(found.keys), found.sides.tolist(), found.digests) == (0, [], frozenset())


def test_damage_is_told():
    with pytest.raises(CheckpointError, match="is damaged"):
        decode_learnt(b"x" * 20)
