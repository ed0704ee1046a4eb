from dataclasses import replace

import numpy as np
import pytest

from memeclip_core.encoders.features import (
    VECTORS,
    Needs,
    Tokens,
    feature_key,
    pad_ids,
    pad_tokens,
    stack_features,
)
from tests.factories.heads import EVERYTHING, make_features


def test_take_keeps_rows_together():
    features = make_features(5)
    some = features.take([3, 1])
    assert some.ids == (features.ids[3], features.ids[1])
    np.testing.assert_array_equal(some.text, features.text[[3, 1]])
    np.testing.assert_array_equal(some.image, features.image[[3, 1]])


def test_stacking_the_parts_gives_the_whole():
    features = make_features(5)
    again = stack_features([features.take([0, 1]), features.take([]), features.take([2, 3, 4])])
    assert again.ids == features.ids
    np.testing.assert_array_equal(again.text, features.text)


def test_different_encoders_do_not_stack():
    features = make_features(2)
    with pytest.raises(ValueError, match="different encoders"):
        stack_features([features, replace(features, fingerprint="1" * 64)])
    with pytest.raises(ValueError, match="no features"):
        stack_features([])
    captioned = replace(features, captioner="c")
    assert stack_features([captioned, captioned]).captioner == "c"
    with pytest.raises(ValueError, match="different captioners"):
        stack_features([features, captioned])


def test_hiding_a_modality_hides_its_numbers_too():
    features = make_features(3)
    assert not features.without_image().image.any()
    assert not features.without_image().has_image.any()
    assert features.without_image().has_text.all()
    assert not features.without_text().text.any()
    assert features.without_text().has_image.all()


def test_lengths_must_agree():
    with pytest.raises(ValueError, match=r"different lengths: \[2, 3\]"):
        replace(make_features(3), has_text=np.ones(2, dtype=bool))


def test_each_part_of_the_key_counts():
    keys = {
        feature_key("a", "b", "c"),
        feature_key("ab", "", "c"),
        feature_key("a", "bc", ""),
        feature_key("", "ab", "c"),
        feature_key("a", "b", "d"),
    }
    assert len(keys) == 5
    assert feature_key("a", "b", "c") == feature_key("a", "b", "c")


def tokens(lengths: list[int]) -> Tokens:
    return pad_tokens([np.full((n, 2), n, np.float16) for n in lengths], 2)


def test_sequences_are_padded_to_the_longest():
    padded = pad_tokens([np.ones((1, 2)), None, np.full((3, 2), 2.0)], 2)
    assert padded.mask.tolist() == [[True, False, False], [False] * 3, [True] * 3]
    assert padded.values[:, :, 0].tolist() == [[1, 0, 0], [0, 0, 0], [2, 2, 2]]
    assert (padded.values.dtype, padded.dim) == (np.float16, 2)
    assert pad_tokens([], 2).values.shape == (0, 0, 2)


def test_sequences_travel_with_their_rows():
    features = replace(make_features(3), text_tokens=tokens([1, 2, 3]))
    some = features.take([2, 0])
    assert some.text_tokens.mask.sum(axis=1).tolist() == [3, 1]
    assert some.image_tokens is None
    again = stack_features([some, replace(make_features(1), text_tokens=tokens([4]))])
    assert again.text_tokens.mask.sum(axis=1).tolist() == [3, 1, 4]
    assert again.text_tokens.values[2].tolist() == [[4, 4]] * 4


def test_sequences_survive_only_if_every_part_has_them():
    features = replace(make_features(3), text_tokens=tokens([1, 2, 3]))
    assert stack_features([features, make_features(2)]).text_tokens is None


def test_a_hidden_modality_has_no_sequence():
    features = replace(make_features(2), text_tokens=tokens([1, 2]), image_tokens=tokens([2, 2]))
    hidden = features.without_text()
    assert not hidden.text_tokens.mask.any()
    assert not hidden.text_tokens.values.any()
    assert hidden.image_tokens.mask.all()
    assert not features.without_image().image_tokens.mask.any()


def test_sequences_must_fit():
    with pytest.raises(ValueError, match=r"different lengths: \[2, 3\]"):
        replace(make_features(3), text_tokens=tokens([1, 2]))
    with pytest.raises(ValueError, match=r"shape \(2, 1, 2\) with a mask of \(2, 3\)"):
        Tokens(values=np.zeros((2, 1, 2)), mask=np.zeros((2, 3), bool))


def test_ids_are_whole_numbers_and_travel_with_their_rows():
    ids = pad_ids([np.array([7, 50_000]), None, np.array([3])])
    assert ids.values.dtype == np.int32
    np.testing.assert_array_equal(ids.values, [[7, 50_000], [0, 0], [3, 0]])
    np.testing.assert_array_equal(ids.mask, [[True, True], [False, False], [True, False]])
    features = make_features(3, needs=EVERYTHING)
    some = features.take([2, 0])
    np.testing.assert_array_equal(some.word_ids.values, features.word_ids.values[[2, 0]])
    again = stack_features([features.take([0]), features.take([1, 2])])
    np.testing.assert_array_equal(again.word_ids.mask, features.word_ids.mask)
    assert not features.without_text().word_ids.mask.any()
    assert features.without_image().word_ids.mask.any()


def test_needs_add_up():
    assert Needs(tokens=True) | Needs(captions=True) == Needs(tokens=True, captions=True)
    assert Needs() == VECTORS | VECTORS
    assert (Needs(words=True) | VECTORS).words
