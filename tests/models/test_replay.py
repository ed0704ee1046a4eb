from dataclasses import replace

import numpy as np
import pytest

from memeclip_core.encoders.features import SEQUENCES, Tokens, pad_ids, pad_tokens
from memeclip_core.errors import CheckpointError
from memeclip_core.memes.splits import SKETCH, GroupKeys
from memeclip_core.models.replay import TRAIN, VAL, Replay, decode_replay, encode_replay
from tests.factories.heads import make_small_replay

SHAPE = {"image_dim": 4, "text_dim": 2, "fingerprint": "f"}


@pytest.mark.parametrize("images", [True, False])
def test_a_replay_comes_back_as_it_was(images):
    replay = make_small_replay(images=images)
    found = decode_replay(encode_replay(replay), **SHAPE)
    assert found.features.ids == replay.features.ids
    for name in ("image", "text", "has_image", "has_text"):
        assert np.array_equal(getattr(found.features, name), getattr(replay.features, name)), name
    assert found.features.image.dtype == np.float32
    assert found.features.fingerprint == "f"
    assert {key: labels.tolist() for key, labels in found.labels.items()} == {
        "one": [2, -1, 0],
        "many": [[1, 0], [-1, -1], [0, 0]],
    }
    assert {labels.dtype for labels in found.labels.values()} == {np.dtype(np.int64)}
    assert found.rows(TRAIN).tolist() == [0, 2]
    assert found.rows(VAL).tolist() == [1]


def test_what_rows_are_recognised_by_comes_back_and_older_files_have_none():
    replay = make_small_replay()
    keys = GroupKeys(
        ids=replay.features.ids,
        texts=np.array([1, 0, 2**64 - 1], np.uint64),
        sketches=np.arange(3 * SKETCH, dtype=np.uint8).reshape(3, SKETCH),
    )
    found = decode_replay(encode_replay(replace(replay, keys=keys)), **SHAPE).keys
    assert (found.ids, found.texts.tolist()) == (keys.ids, keys.texts.tolist())
    assert np.array_equal(found.sketches, keys.sketches)
    assert decode_replay(encode_replay(replay), **SHAPE).keys is None


def test_features_take_half_the_space():
    with_images, without = (len(encode_replay(make_small_replay(images=i))) for i in (True, False))
    assert with_images - without >= 3 * 4 * 2
    assert with_images - without < 3 * 4 * 4 + 100


def test_damage_and_other_dimensions_are_named():
    data = encode_replay(make_small_replay())
    for bad in (b"", data[:40], data[:-1]):
        with pytest.raises(CheckpointError, match="damaged"):
            decode_replay(bad, **SHAPE)
    with pytest.raises(CheckpointError, match="shape"):
        decode_replay(data, **{**SHAPE, "image_dim": 5})


def with_sequences():
    replay = make_small_replay()
    vectors = [np.ones((2, 3), np.float16), np.zeros((0, 3), np.float16), np.full((1, 3), 7.5)]
    features = replace(
        replay.features,
        image_tokens=pad_tokens(vectors, 3),
        text_tokens=pad_tokens([None, None, None], 2),
        word_ids=pad_ids([np.array([70_000, 2, 3]), None, np.array([9])]),
        captioner="c" * 64,
    )
    return replace(replay, features=features)


SEQUENCE_SHAPE = {**SHAPE, "image_token_dim": 3, "text_token_dim": 2, "captioner": "c" * 64}


def test_sequences_come_back_as_they_were_without_their_padding_in_the_file():
    replay = with_sequences()
    data = encode_replay(replay)
    found = decode_replay(data, **SEQUENCE_SHAPE).features
    for name in SEQUENCES:
        before, after = getattr(replay.features, name), getattr(found, name)
        assert np.array_equal(before.values, after.values), name
        assert np.array_equal(before.mask, after.mask), name
        assert before.values.dtype == after.values.dtype
    assert found.captioner == "c" * 64
    assert decode_replay(encode_replay(make_small_replay()), **SHAPE).features.word_ids is None
    padded = replace(replay.features, image_tokens=replay.features.image_tokens)
    wide = np.pad(padded.image_tokens.values, [(0, 0), (0, 50), (0, 0)])
    mask = np.pad(padded.image_tokens.mask, [(0, 0), (0, 50)])
    more = replace(padded, image_tokens=Tokens(values=wide, mask=mask))
    assert len(encode_replay(replace(replay, features=more))) == len(data)


def test_sequences_of_another_width_are_refused():
    data = encode_replay(with_sequences())
    with pytest.raises(CheckpointError, match="image_tokens of the shape"):
        decode_replay(data, **{**SEQUENCE_SHAPE, "image_token_dim": 4})


def test_no_rows_stay_no_rows():
    empty = with_sequences()
    nothing = np.zeros(0, np.int64)
    empty = Replay(
        features=empty.features.take(nothing),
        labels={key: labels[nothing] for key, labels in empty.labels.items()},
        split=empty.split[nothing],
    )
    assert len(decode_replay(encode_replay(empty), **SEQUENCE_SHAPE).features.word_ids) == 0
