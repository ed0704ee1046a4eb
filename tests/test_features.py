from dataclasses import replace

import numpy as np
import pytest

from memeclip_core.features import feature_key, stack_features
from tests.heads.examples import make_features


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
