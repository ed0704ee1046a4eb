import numpy as np
import pytest

from memeclip_core.errors import CheckpointError
from memeclip_core.features import Features
from memeclip_core.stores.replay import TRAIN, VAL, Replay, decode_replay, encode_replay

SHAPE = {"image_dim": 4, "text_dim": 2, "fingerprint": "f"}


def make(*, images=True):
    generator = np.random.default_rng(0)
    has_image = np.array([images, False, images])
    image = generator.normal(size=(3, 4)).astype(np.float16).astype(np.float32)
    return Replay(
        features=Features(
            ids=("0" * 64, "f" * 64, "ab" * 32),
            image=image * has_image[:, None],
            text=generator.normal(size=(3, 2)).astype(np.float16).astype(np.float32),
            has_image=has_image,
            has_text=np.array([True, True, True]),
            fingerprint="f",
        ),
        labels={
            "one": np.array([2, -1, 0]),
            "many": np.array([[1, 0], [-1, -1], [0, 0]]),
        },
        split=np.array([TRAIN, VAL, TRAIN], np.uint8),
    )


@pytest.mark.parametrize("images", [True, False])
def test_a_replay_comes_back_as_it_was(images):
    replay = make(images=images)
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


def test_features_take_half_the_space():
    with_images, without = (len(encode_replay(make(images=i))) for i in (True, False))
    assert with_images - without >= 3 * 4 * 2
    assert with_images - without < 3 * 4 * 4 + 100


def test_damage_and_other_dimensions_are_named():
    data = encode_replay(make())
    for bad in (b"", data[:40], data[:-1]):
        with pytest.raises(CheckpointError, match="damaged"):
            decode_replay(bad, **SHAPE)
    with pytest.raises(CheckpointError, match="shape"):
        decode_replay(data, **{**SHAPE, "image_dim": 5})
