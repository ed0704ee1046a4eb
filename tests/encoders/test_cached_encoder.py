"""What was encoded once is not encoded again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from memeclip_core.encoders.cache import FeatureCache
from memeclip_core.encoders.cached_encoder import CachedEncoder
from memeclip_core.encoders.fake import FakeEncoder
from memeclip_core.storage.home import Home

RED = Image.new("RGB", (4, 4), (255, 0, 0))
ID = "a" * 64


class CountingEncoder(FakeEncoder):
    """Count what is really encoded."""

    def __init__(self) -> None:
        self.texts = 0
        self.images = 0

    def encode_texts(self, texts):
        self.texts += len(texts)
        return super().encode_texts(texts)

    def encode_images(self, images):
        self.images += len(images)
        return super().encode_images(images)


@pytest.fixture
def cache(tmp_path: Path) -> FeatureCache:
    return FeatureCache(Home(tmp_path))


def test_a_text_is_encoded_once_however_often_it_stands(cache: FeatureCache) -> None:
    encoder = CountingEncoder()
    made = CachedEncoder(encoder=encoder, cache=cache)
    first = made.texts(["eat", "tea", "eat"])
    assert encoder.texts == 2
    assert np.array_equal(first[0], first[2])
    assert np.array_equal(np.array(first), FakeEncoder().encode_texts(["eat", "tea", "eat"]))
    again = CachedEncoder(encoder=encoder, cache=cache).texts(["tea", "new"])
    assert encoder.texts == 3
    assert np.array_equal(again[0], first[1])


def test_a_cached_image_is_not_even_opened(cache: FeatureCache) -> None:
    made = CachedEncoder(encoder=CountingEncoder(), cache=cache)
    assert not made.knows_image(ID, tokens=False)
    first = made.images([ID], [lambda: RED])
    assert made.knows_image(ID, tokens=False)
    assert not made.knows_image(ID, tokens=True)

    def refuse() -> Image.Image:
        raise AssertionError("opened")

    assert np.array_equal(made.images([ID], [refuse])[0], first[0])
    assert first[0].tolist() == [1.0, 0.0, 0.0, 1.0]


def test_sequences_are_cached_as_well(cache: FeatureCache) -> None:
    encoder = CountingEncoder()
    made = CachedEncoder(encoder=encoder, cache=cache)
    (words,) = made.text_tokens(["eat a tea"])
    (patches,) = made.image_tokens([ID], [lambda: RED])
    assert words.shape == (3, 7)
    assert patches.shape == (2, 4)
    counts = (encoder.texts, encoder.images)
    assert np.array_equal(made.text_tokens(["eat a tea"])[0], words)
    assert np.array_equal(made.image_tokens([ID], [lambda: RED])[0], patches)
    assert (encoder.texts, encoder.images) == counts


def test_without_a_cache_everything_is_encoded() -> None:
    encoder = CountingEncoder()
    made = CachedEncoder(encoder=encoder, cache=None)
    assert made.texts([]) == []
    made.texts(["eat", "eat"])
    made.texts(["eat"])
    assert encoder.texts == 3
    assert not made.knows_image(ID, tokens=False)
