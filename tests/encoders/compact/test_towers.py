"""What the compact encoder's towers give beyond one vector per image and text."""

import numpy as np
import pytest
from PIL import Image

from memeclip_core.encoders.compact import compact, efficientnet, sentence

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def towers() -> compact.Towers:
    return compact.load_towers()


def test_regions_average_to_the_whole_image(towers):
    images = [
        Image.fromarray(np.random.default_rng(seed).integers(0, 255, (90, 120, 3), dtype=np.uint8))
        for seed in range(2)
    ]
    regions = towers.image.encode_patches(images)
    assert regions.shape == (2, efficientnet.GRID**2, efficientnet.WIDTH)
    np.testing.assert_allclose(regions.mean(axis=1), towers.image.encode(images), atol=1e-5)
    assert towers.image.encode_patches([]).shape == (0, efficientnet.GRID**2, efficientnet.WIDTH)


def test_regions_know_where_they_are(towers):
    image = Image.new("RGB", (260, 260), (0, 0, 0))
    noise = np.random.default_rng(0).integers(0, 255, (80, 80, 3), dtype=np.uint8)
    image.paste(Image.fromarray(noise), (0, 0))
    blank = towers.image.encode_patches([Image.new("RGB", (260, 260), (0, 0, 0))])[0]
    change = np.abs(towers.image.encode_patches([image])[0] - blank).sum(axis=1)
    assert change.argmax() == 0


def test_words_are_the_last_layer_s_states(towers):
    texts = ["big red house by the sea", "", "cat"]
    words = towers.sentence.encode_words(texts)
    assert [rows.shape for rows in words] == [(6, 384), (0, 384), (1, 384)]
    # Batches do not show: the same words alone.
    alone = towers.sentence.encode_words(texts[2:])[0]
    np.testing.assert_allclose(words[2], alone, atol=1e-5)


def test_words_see_each_other(towers):
    river, money = (towers.sentence.encode_words([t])[0] for t in ("river bank", "money bank"))
    assert np.abs(river[1] - money[1]).max() > 0.05
    assert river.shape[1] == sentence.WIDTH
